"""Rules at work: news of a ticket goes to webhooks and triggers, hours go to automations.

Guards: a rule runs once on a ticket for one cause, at most MOST_PER_HOUR times an hour, and a
chain of rules ends after MOST_DEPTH. Each rule has a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import IllegalMove, InvalidInput
from kb_app.ports import Ports
from kb_app.rules.acting import Doing, act
from kb_app.rules.facts import at_change, facts_of
from kb_app.rules.stored import rule_of
from kb_app.ticket_news import Cause, Item, caused_by, items_of
from kb_app.webhooks.events import event_of
from kb_app.webhooks.payloads import news_data, ticket_data
from kb_app.webhooks.queueing import tell
from models import (
    Job,
    JobKind,
    Message,
    RuleKind,
    RunOutcome,
    Ticket,
    TicketRule,
    TicketRuleRun,
    enqueue,
    unit_of_work,
)
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.triggers import MOST_DEPTH, MOST_PER_HOUR, Step, fits, plan

ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class News:
    """What happened to which ticket, and which chain of rules it belongs to."""

    ticket_id: int
    items: tuple[Item, ...]
    cause: Cause


def heard(ports: Ports, job: Job) -> None:
    """One job of news; harmless when run twice."""
    items = items_of(job.payload)
    ticket_id = int(job.payload["ticket_id"])
    with unit_of_work(ports.database) as session:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None or _taken_back_or_held(ports, session, job, items):
            return
        _tell_webhooks(ports, session, ticket, (job.id, items))
        rule_ids = list(session.scalars(_triggers()))
    root = str(job.payload.get("root") or f"job-{job.id}")
    news = News(ticket_id, items, Cause(root, int(job.payload.get("depth") or 0)))
    for rule_id in rule_ids:
        run_one(ports, rule_id, news)


def _triggers() -> sa.Select[int]:
    return (
        sa.select(TicketRule.id)
        .where(TicketRule.is_active, TicketRule.kind == RuleKind.TRIGGER)
        .order_by(TicketRule.position, TicketRule.id)
    )


def _taken_back_or_held(ports: Ports, session: Session, job: Job, items: Sequence[Item]) -> bool:
    """Whether nothing is to be told: what was said is gone, or may still be taken back."""
    for item in items:
        if item.message_id is None:
            continue
        message = session.get(Message, item.message_id)
        if message is None:
            return True
        if message.held_until is not None and ports.clock() < message.held_until:
            later = enqueue(session, JobKind.RUN_RULES, run_after=message.held_until)
            later.payload = {**job.payload, "root": job.payload.get("root") or f"job-{job.id}"}
            return True
    return False


def _tell_webhooks(
    ports: Ports, session: Session, ticket: Ticket, said: tuple[int, Sequence[Item]]
) -> None:
    job_id, items = said
    data = None
    for place, item in enumerate(items):
        data = data or ticket_data(ports, session, ticket)
        told = {**data, **news_data(session, item)}
        tell(session, event_of(item.news), f"job-{job_id}-{place}", ports.clock(), told)


def run_one(ports: Ports, rule_id: int, news: News) -> RunOutcome | None:
    """One rule on one ticket, in its own transaction; None when it did not fit or did run."""
    with unit_of_work(ports.database) as session:
        ticket = session.get(Ticket, news.ticket_id, with_for_update=True)
        row = session.get(TicketRule, rule_id)
        if ticket is None or row is None or not row.is_active or ticket.status in HIDDEN:
            return None
        if ticket.merged_into_id is not None or _ran(session, rule_id, news):
            return None
        steps = planned(ports, session, row, ticket, news.items)
        if not steps:
            return None
        outcome = _guarded(ports, session, (rule_id, news))
        if outcome is RunOutcome.DONE:
            caused_by(session, Cause(news.cause.root, news.cause.depth + 1))
            outcome = _carried_out(ports, session, (row, ticket, news), steps)
        _note(ports, session, (rule_id, news, outcome), steps)
        return outcome


def planned(
    ports: Ports, session: Session, row: TicketRule, ticket: Ticket, items: Sequence[Item]
) -> tuple[Step, ...]:
    """What a rule would change on a ticket now; nothing when it does not fit."""
    rule = rule_of(row.body)
    facts = at_change(session, facts_of(ports, session, [ticket])[ticket.id], items)
    events = [item.news.value for item in items]
    return plan(rule, facts) if fits(rule, facts, events) else ()


def _ran(session: Session, rule_id: int, news: News) -> bool:
    query = sa.select(TicketRuleRun.id).where(
        TicketRuleRun.rule_id == rule_id,
        TicketRuleRun.ticket_id == news.ticket_id,
        TicketRuleRun.cause == news.cause.root,
    )
    return session.scalar(query) is not None


def _guarded(ports: Ports, session: Session, what: tuple[int, News]) -> RunOutcome:
    """DONE when it may run."""
    rule_id, news = what
    if news.cause.depth >= MOST_DEPTH:
        return RunOutcome.LOOPED
    lately = sa.select(sa.func.count()).where(
        TicketRuleRun.rule_id == rule_id,
        TicketRuleRun.ticket_id == news.ticket_id,
        TicketRuleRun.outcome == RunOutcome.DONE,
        TicketRuleRun.created_at > ports.clock() - ONE_HOUR,
    )
    return RunOutcome.LIMITED if (session.scalar(lately) or 0) >= MOST_PER_HOUR else RunOutcome.DONE


def _carried_out(
    ports: Ports,
    session: Session,
    what: tuple[TicketRule, Ticket, News],
    steps: tuple[Step, ...],
) -> RunOutcome:
    """All of its steps or none."""
    row, ticket, news = what
    mark = f"{row.id}-{ticket.id}-{news.cause.root}"
    try:
        with session.begin_nested():
            act(Doing(ports, session, ticket, row.id, row.name, mark), steps)
    except (IllegalMove, InvalidInput):
        session.info.pop("ticket_news", None)
        return RunOutcome.FAILED
    return RunOutcome.DONE


def _note(
    ports: Ports,
    session: Session,
    what: tuple[int, News, RunOutcome],
    steps: tuple[Step, ...],
) -> None:
    rule_id, news, outcome = what
    changes = [[step.deed.value, step.before[:200], step.after[:200]] for step in steps]
    session.add(
        TicketRuleRun(
            rule_id=rule_id,
            ticket_id=news.ticket_id,
            cause=news.cause.root,
            outcome=outcome,
            changes=changes,
            created_at=ports.clock(),
        )
    )
