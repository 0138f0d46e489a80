"""A dry run: which past tickets a rule would have wanted, and what it would have changed.

A trigger is held against what happened to each ticket lately, with the ticket as it is today;
nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rules.building import RuleInput, checked_rule
from kb_app.rules.facts import at_change, facts_of
from kb_app.rules.hourly import candidates
from kb_app.ticket_news import CUSTOMER, OF_HISTORY, RULE, STAFF, SYSTEM, Item, News
from models import Message, MessageKind, Ticket, TicketEvent, Viewer, reading
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.triggers import Facts, Rule, Step, fits, plan

LOOKED_AT = 1000
SHOWN = 50
DAYS = timedelta(days=30)


@dataclass(frozen=True)
class TrialRow:
    """One ticket the rule would have wanted, the event that would have set it off, the steps."""

    number: str
    subject: str
    event: str
    times: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Trial:
    """How many tickets were looked at, how many fitted, and the first of those."""

    looked_at: int
    fitted: int
    rows: tuple[TrialRow, ...]


def try_rule(ports: Ports, viewer: Viewer, form: RuleInput) -> Trial:
    """The rule as it is typed, over the thousand tickets that changed last."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        rule = checked_rule(session, form)
        where: list[sa.ColumnElement[bool]] = [
            Ticket.status.not_in(sorted(HIDDEN)),
            Ticket.merged_into_id.is_(None),
        ]
        if not rule.events:
            where = candidates(rule, ports.clock())
        tickets = session.scalars(
            sa.select(Ticket).where(*where).order_by(Ticket.updated_at.desc()).limit(LOOKED_AT)
        ).all()
        facts = facts_of(ports, session, tickets)
        news = _news(ports, session, tickets) if rule.events else {}
        # Held here, the session finds each of them without asking again.
        _held = _words(session, rule, news)
        rows = [
            row
            for ticket in tickets
            if (row := _row(session, rule, ticket, facts[ticket.id], news.get(ticket.id, ())))
        ]
        return Trial(len(tickets), len(rows), tuple(rows[:SHOWN]))


def _row(
    session: Session, rule: Rule, ticket: Ticket, facts: Facts, items: Sequence[Item]
) -> TrialRow | None:
    if not rule.events:
        steps = plan(rule, facts) if fits(rule, facts) else ()
        return TrialRow(ticket.number, ticket.subject, "", 1, steps) if steps else None
    wanted = [item for item in items if item.news.value in rule.events]
    told = [(item, at_change(session, facts, [item])) for item in wanted]
    set_off = [(item, then) for item, then in told if fits(rule, then, [item.news.value])]
    if not set_off:
        return None
    item, then = set_off[-1]
    steps = plan(rule, then)
    if not steps:
        return None
    return TrialRow(ticket.number, ticket.subject, item.news.value, len(set_off), steps)


def _news(ports: Ports, session: Session, tickets: Sequence[Ticket]) -> dict[int, list[Item]]:
    """What happened to them within a month, in order."""
    ids, since = [ticket.id for ticket in tickets], ports.clock() - DAYS
    found: dict[int, list[Item]] = {}
    events = session.scalars(
        sa.select(TicketEvent)
        .where(TicketEvent.ticket_id.in_(ids), TicketEvent.created_at > since)
        .where(TicketEvent.action.in_(sorted(OF_HISTORY)))
        .order_by(TicketEvent.id)
    )
    for event in events:
        staff = STAFF if event.actor_id is not None else SYSTEM
        item = Item(OF_HISTORY[event.action], event.before, event.after, event.actor_name, staff)
        found.setdefault(event.ticket_id, []).append(item)
    said = session.execute(
        sa.select(
            Message.id, Message.ticket_id, Message.kind, Message.from_staff, Message.client_key
        )
        .where(Message.ticket_id.in_(ids), Message.created_at > since)
        .order_by(Message.id)
    )
    for row in said:
        item = _said(row)
        found.setdefault(row.ticket_id, []).append(item)
    return found


def _words(session: Session, rule: Rule, news: Mapping[int, Sequence[Item]]) -> list[Message]:
    """Every message that the rule would look into, read together."""
    wanted = [
        item.message_id
        for items in news.values()
        for item in items
        if item.message_id is not None and item.news.value in rule.events
    ]
    found: list[Message] = []
    for first in range(0, len(wanted), LOOKED_AT):
        some = wanted[first : first + LOOKED_AT]
        found += session.scalars(sa.select(Message).where(Message.id.in_(some)))
    return found


def _said(row: sa.Row[int, int, MessageKind, bool, str]) -> Item:
    message_id, _ticket_id, kind, from_staff, key = row
    by = STAFF if from_staff else CUSTOMER
    news = News.STAFF_REPLIED if from_staff else News.CUSTOMER_REPLIED
    news = News.NOTE if kind is MessageKind.NOTE else news
    return Item(news, by=RULE if ":rule-" in key else by, message_id=message_id)
