"""Rules on pages: the list, one with its versions and its log, and the dry run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.rules.choices import RuleChoices, rule_choices
from kb_app.rules.stored import rule_of
from kb_app.rules.trying import Trial
from models import (
    RuleKind,
    RunOutcome,
    Ticket,
    TicketRule,
    TicketRuleRun,
    TicketRuleVersion,
    Viewer,
    reading,
)
from ticket_bridge.triggers import Rule

LOG = 50
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class RuleRow:
    """A rule in the list; `runs` and `faults` are those of a week."""

    rule_id: int
    name: str
    kind: RuleKind
    is_active: bool
    rule: Rule
    runs: int
    faults: int
    version: int


@dataclass(frozen=True)
class RunRow:
    """What a rule did on a ticket."""

    rule_id: int
    rule_name: str
    number: str
    subject: str
    outcome: RunOutcome
    changes: tuple[tuple[str, str, str], ...]
    created_at: datetime


@dataclass(frozen=True)
class VersionRow:
    """A rule as it was."""

    number: int
    name: str
    actor_name: str
    created_at: datetime
    rule: Rule


@dataclass(frozen=True)
class RulesPage:
    """All rules in their order."""

    rows: tuple[RuleRow, ...]
    choices: RuleChoices


@dataclass(frozen=True)
class RunsPage:
    """What rules did on one ticket."""

    number: str
    rows: tuple[RunRow, ...]
    choices: RuleChoices


@dataclass(frozen=True)
class RulePage:
    """One rule; `trial` is a dry run that was asked for."""

    row: RuleRow | None
    choices: RuleChoices
    versions: tuple[VersionRow, ...] = ()
    log: tuple[RunRow, ...] = ()
    trial: Trial | None = None


def rules(ports: Ports, viewer: Viewer) -> RulesPage:
    """All of them, triggers first."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        order = (TicketRule.kind.desc(), TicketRule.position, TicketRule.id)
        rows = session.scalars(sa.select(TicketRule).order_by(*order)).all()
        counts = _counts(ports, session)
        return RulesPage(tuple(_row(row, counts) for row in rows), rule_choices(session))


def rule(ports: Ports, viewer: Viewer, rule_id: int | None, trial: Trial | None = None) -> RulePage:
    """One rule, or an empty form."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        choices = rule_choices(session)
        if rule_id is None:
            return RulePage(None, choices, trial=trial)
        row = row_of(session, TicketRule, rule_id)
        versions = session.scalars(
            sa.select(TicketRuleVersion)
            .where(TicketRuleVersion.rule_id == rule_id)
            .order_by(TicketRuleVersion.number.desc())
        )
        return RulePage(
            _row(row, _counts(ports, session)),
            choices,
            tuple(
                VersionRow(
                    each.number, each.name, each.actor_name, each.created_at, rule_of(each.body)
                )
                for each in versions
            ),
            _log(session, TicketRuleRun.rule_id == rule_id),
            trial,
        )


def runs_on(ports: Ports, viewer: Viewer, number: str) -> RunsPage:
    """What rules did on one ticket; NotFound."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        if session.scalar(sa.select(Ticket.id).where(Ticket.number == number)) is None:
            raise NotFound(number)
        return RunsPage(number, _log(session, Ticket.number == number), rule_choices(session))


def _log(session: Session, where: sa.ColumnElement[bool]) -> tuple[RunRow, ...]:
    rows = session.execute(
        sa.select(TicketRuleRun, TicketRule.name, Ticket.number, Ticket.subject)
        .join(TicketRule, TicketRule.id == TicketRuleRun.rule_id)
        .join(Ticket, Ticket.id == TicketRuleRun.ticket_id)
        .where(where)
        .order_by(TicketRuleRun.id.desc())
        .limit(LOG)
    )
    return tuple(
        RunRow(
            run.rule_id,
            name,
            number,
            subject,
            run.outcome,
            tuple((deed, before, after) for deed, before, after in run.changes),
            run.created_at,
        )
        for run, name, number, subject in rows
    )


def _counts(ports: Ports, session: Session) -> dict[tuple[int, RunOutcome], int]:
    rows = session.execute(
        sa.select(TicketRuleRun.rule_id, TicketRuleRun.outcome, sa.func.count())
        .where(TicketRuleRun.created_at > ports.clock() - LATELY)
        .group_by(TicketRuleRun.rule_id, TicketRuleRun.outcome)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def _row(row: TicketRule, counts: dict[tuple[int, RunOutcome], int]) -> RuleRow:
    of_rule = {outcome: counts.get((row.id, outcome), 0) for outcome in RunOutcome}
    done = of_rule.pop(RunOutcome.DONE)
    return RuleRow(
        row.id,
        row.name,
        row.kind,
        row.is_active,
        rule_of(row.body),
        done,
        sum(of_rule.values()),
        row.version,
    )
