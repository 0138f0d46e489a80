"""Automations: every hour over the tickets that may fit, in jobs of a thousand.

On one ticket an automation acts once until a person or a mail has changed the ticket again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.rules.facts import facts_of
from kb_app.rules.letters import ACTOR_PREFIX
from kb_app.rules.running import News, run_one
from kb_app.rules.stored import rule_of
from kb_app.ticket_news import Cause
from models import (
    JobKind,
    Message,
    RuleKind,
    Ticket,
    TicketEvent,
    TicketRule,
    TicketStatus,
    enqueue,
    reading,
    unit_of_work,
)
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.triggers import NOBODY, Condition, Op, Rule, fits

EVERY = timedelta(hours=1)
CHUNK = 1000
# Tickets that ended longer ago are looked at only by rules that ask for their state.
LOOK_BACK = timedelta(days=90)


def tend(ports: Ports) -> int:
    """Begin the automations whose hour has come; returns how many."""
    now = ports.clock()
    due = sa.and_(
        TicketRule.is_active,
        TicketRule.kind == RuleKind.AUTOMATION,
        sa.or_(TicketRule.next_at.is_(None), TicketRule.next_at <= now),
    )
    with reading(ports.database) as session:
        if session.scalar(sa.select(TicketRule.id).where(due).limit(1)) is None:
            return 0
    with unit_of_work(ports.database) as session:
        rows = session.scalars(
            sa.select(TicketRule.id)
            .where(due)
            .order_by(TicketRule.position, TicketRule.id)
            .with_for_update(skip_locked=True)
        ).all()
        for rule_id in rows:
            enqueue(session, JobKind.RUN_RULES, rule_id=rule_id, after=0)
        later = sa.update(TicketRule).where(TicketRule.id.in_(rows)).values(next_at=now + EVERY)
        session.execute(later)
        return len(rows)


def swept(ports: Ports, rule_id: int, after: int) -> int:
    """One automation over the next thousand tickets after this id; returns how many it fitted."""
    found: list[tuple[int, str]] = []
    with reading(ports.database) as session:
        row = session.get(TicketRule, rule_id)
        if row is None or not row.is_active:
            return 0
        rule = rule_of(row.body)
        rules = [*candidates(rule, ports.clock()), Ticket.id > after]
        tickets = session.scalars(
            sa.select(Ticket).where(*rules).order_by(Ticket.id).limit(CHUNK)
        ).all()
        facts = facts_of(ports, session, tickets)
        fitting = [ticket.id for ticket in tickets if fits(rule, facts[ticket.id])]
        found = [(ticket_id, _last_change(session, ticket_id)) for ticket_id in fitting]
    for ticket_id, change in found:
        run_one(ports, rule_id, News(ticket_id, (), Cause(f"hour-{change}", 0)))
    if len(tickets) == CHUNK:
        with unit_of_work(ports.database) as session:
            enqueue(session, JobKind.RUN_RULES, rule_id=rule_id, after=tickets[-1].id)
    return len(found)


def _last_change(session: Session, ticket_id: int) -> str:
    """Names the last thing on the ticket that no rule has done."""
    event = sa.select(sa.func.max(TicketEvent.id)).where(
        TicketEvent.ticket_id == ticket_id, TicketEvent.actor_name.not_like(f"{ACTOR_PREFIX}%")
    )
    message = sa.select(sa.func.max(Message.id)).where(
        Message.ticket_id == ticket_id, Message.client_key.not_like("%:rule-%")
    )
    return f"{session.scalar(event) or 0}-{session.scalar(message) or 0}"


def candidates(rule: Rule, now: datetime) -> list[sa.ColumnElement[bool]]:
    """What the database can say beforehand; never leaves out a ticket that would fit."""
    found: list[sa.ColumnElement[bool]] = [
        Ticket.status.not_in(sorted(HIDDEN)),
        Ticket.merged_into_id.is_(None),
    ]
    known = list(_known(rule, now))
    asks_for_state = any(each.field == "status" for each in rule.conditions)
    if not asks_for_state:
        recent = Ticket.updated_at > now - LOOK_BACK
        found.append(sa.or_(Ticket.status != TicketStatus.CLOSED, recent))
    return [*found, *known]


def _known(rule: Rule, now: datetime) -> Iterator[sa.ColumnElement[bool]]:
    for each in rule.conditions:
        if not each.every:
            continue
        if each.op is Op.IS and each.field in _COLUMNS:
            yield _is(each)
        if each.field == "since_created" and each.op is Op.AT_LEAST:
            yield Ticket.created_at <= now - timedelta(hours=float(each.values[0]))


_COLUMNS = {
    "status": Ticket.status,
    "priority": Ticket.priority,
    "channel": Ticket.channel,
    "team": Ticket.team_id,
    "agent": Ticket.assignee_id,
}
_NUMBERS = frozenset({"priority", "team", "agent"})


def _is(condition: Condition) -> sa.ColumnElement[bool]:
    column = _COLUMNS[condition.field]
    given = [value for value in condition.values if value != NOBODY]
    values = [int(value) for value in given] if condition.field in _NUMBERS else given
    nobody = column.is_(None) if NOBODY in condition.values else sa.false()
    return sa.or_(column.in_(values), nobody)
