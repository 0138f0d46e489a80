"""What rules see of tickets, read for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.ticket_news import Item, News
from kb_app.work_time import WorkTime
from models import (
    Message,
    MessageKind,
    ServiceNode,
    Ticket,
    TicketClock,
    TicketEvent,
    TicketTag,
    TicketWatch,
    User,
)
from models.user import user_group
from ticket_bridge.triggers import NOBODY, Facts

ONE_HOUR = timedelta(hours=1)
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True)
class _Read:
    """What was read beside the tickets themselves, by ticket or by customer."""

    tags: Mapping[int, frozenset[str]]
    followers: Mapping[int, frozenset[str]]
    groups: Mapping[int, frozenset[str]]
    levels: Mapping[int, str]
    clocks: Mapping[int, TicketClock]
    customer_at: Mapping[int, datetime]
    staff_at: Mapping[int, datetime]
    status_at: Mapping[int, datetime]
    parents: Mapping[int, int | None]


def facts_of(ports: Ports, session: Session, tickets: Sequence[Ticket]) -> dict[int, Facts]:
    """The facts of these tickets by their ids."""
    now = ports.clock()
    read = _read(session, [t.id for t in tickets], [t.requester_id for t in tickets])
    times = WorkTime(ports, session)
    hours = OPEN if times.calendar(None).is_open(now) else CLOSED
    return {ticket.id: _facts(ticket, read, now, hours) for ticket in tickets}


def _facts(ticket: Ticket, read: _Read, now: datetime, hours: str) -> Facts:
    customer = ticket.requester_id or 0
    choices = {
        "status": _one(ticket.status.value),
        "priority": _one(str(ticket.priority)),
        "urgency": _one(str(ticket.urgency)),
        "channel": _one(ticket.channel),
        "team": _one(_id(ticket.team_id)),
        "agent": _one(_id(ticket.assignee_id)),
        "node": _path(ticket.node_id, read.parents),
        "category": _one(_id(ticket.category_id)),
        "group": read.groups.get(customer, _one(NOBODY)),
        "level": _one(read.levels.get(customer, NOBODY)),
        "hours": _one(hours),
        "followers": read.followers.get(ticket.id, frozenset()),
    }
    texts = {"subject": ticket.subject, "text": ticket.body, "email": ticket.requester_email}
    numbers = _numbers(ticket, read, now)
    return Facts(choices, texts, numbers, read.tags.get(ticket.id, frozenset()))


def _numbers(ticket: Ticket, read: _Read, now: datetime) -> dict[str, float]:
    """Hours, and the rating; what has not happened is left out.

    `since_customer` runs from the last words of a customer who has had no answer to them.
    """
    wrote = read.customer_at.get(ticket.id, ticket.created_at)
    answered = read.staff_at.get(ticket.id)
    found: dict[str, float | None] = {
        "rating": ticket.rating,
        "since_created": (now - ticket.created_at) / ONE_HOUR,
        "since_status": (now - read.status_at.get(ticket.id, ticket.created_at)) / ONE_HOUR,
    }
    if answered is None or answered < wrote:
        found["since_customer"] = (now - wrote) / ONE_HOUR
    else:
        found["since_staff"] = (now - answered) / ONE_HOUR
    clock = read.clocks.get(ticket.id)
    if clock is not None:
        for name, due in (
            ("to_response", clock.response_due_at),
            ("to_resolution", clock.resolution_due_at),
        ):
            found[name] = (due - now) / ONE_HOUR if due is not None else None
    return {name: value for name, value in found.items() if value is not None}


def _one(value: str) -> frozenset[str]:
    return frozenset({value})


def _id(value: int | None) -> str:
    return NOBODY if value is None else str(value)


def _path(node_id: int | None, parents: Mapping[int, int | None]) -> frozenset[str]:
    """A node and everything above it: a rule for a branch holds for its twigs."""
    found: list[str] = []
    while node_id is not None and str(node_id) not in found:
        found.append(str(node_id))
        node_id = parents.get(node_id)
    return frozenset(found) or _one(NOBODY)


def _read(session: Session, ids: Sequence[int], customers: Sequence[int | None]) -> _Read:
    people = [user_id for user_id in customers if user_id is not None]
    tags = sa.select(TicketTag.ticket_id, TicketTag.tag).where(TicketTag.ticket_id.in_(ids))
    follows = sa.select(TicketWatch.ticket_id, TicketWatch.user_id).where(
        TicketWatch.ticket_id.in_(ids), TicketWatch.follows
    )
    groups = sa.select(user_group.c.user_id, user_group.c.group_id).where(
        user_group.c.user_id.in_(people)
    )
    levels = sa.select(User.id, User.level_id).where(
        User.id.in_(people), User.level_id.is_not(None)
    )
    clocks = session.scalars(sa.select(TicketClock).where(TicketClock.ticket_id.in_(ids)))
    moved = (
        sa.select(TicketEvent.ticket_id, sa.func.max(TicketEvent.created_at))
        .where(TicketEvent.ticket_id.in_(ids), TicketEvent.action == "status")
        .group_by(TicketEvent.ticket_id)
    )
    nodes = session.execute(sa.select(ServiceNode.id, ServiceNode.parent_id))
    return _Read(
        _sets(session.execute(tags)),
        _sets(session.execute(follows)),
        _sets(session.execute(groups)),
        {row[0]: str(row[1]) for row in session.execute(levels)},
        {clock.ticket_id: clock for clock in clocks},
        {row[0]: row[1] for row in session.execute(_last_said(ids, from_staff=False))},
        {row[0]: row[1] for row in session.execute(_last_said(ids, from_staff=True))},
        {row[0]: row[1] for row in session.execute(moved)},
        {row[0]: row[1] for row in nodes},
    )


def _last_said(ids: Sequence[int], *, from_staff: bool) -> sa.Select[int, datetime]:
    """When each side last said something; what a rule said is no answer."""
    return (
        sa.select(Message.ticket_id, sa.func.max(Message.created_at))
        .where(
            Message.ticket_id.in_(ids),
            Message.from_staff.is_(from_staff),
            Message.kind == MessageKind.REPLY,
            Message.client_key.not_like("%:rule-%"),
        )
        .group_by(Message.ticket_id)
    )


def _sets(rows: Iterable[Any]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row[0], set()).add(str(row[1]))
    return {key: frozenset(values) for key, values in found.items()}


def at_change(session: Session, facts: Facts, items: Iterable[Item]) -> Facts:
    """The facts with what is known of the change itself: from which state, by whom, what words."""
    choices, texts = dict(facts.choices), dict(facts.texts)
    for item in items:
        choices["by"] = choices.get("by", frozenset()) | _one(item.by)
        if item.news is News.STATUS:
            choices["was"] = _one(item.before)
        if item.message_id is not None:
            message = session.get(Message, item.message_id)
            texts["message"] = message.body if message else ""
    return replace(facts, choices=choices, texts=texts)
