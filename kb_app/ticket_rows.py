"""Tickets in lists: rows, counts, paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, selectinload

from answerer.dialogue import Why
from kb_app.cards import Choice, Crumb, crumb
from kb_app.promises import promise_of
from kb_app.view_rules import ViewRules
from models import (
    Question,
    ServiceNode,
    Standing,
    Team,
    Ticket,
    TicketClock,
    TicketStatus,
    TicketTag,
    User,
    Viewer,
    utcnow,
)
from ticket_bridge.lifecycle import HIDDEN, RESTING
from ticket_bridge.sla import Colour

UNASSIGNED, MINE, ALL = "unassigned", "mine", "all"
FIRST_COME = frozenset({Standing.DANGER, Standing.WAITING})


@dataclass(frozen=True)
class TicketRow:
    """A ticket in a list; `handed` says why it went to a person at once, if it did."""

    number: str
    subject: str
    status: TicketStatus
    requester_name: str
    assignee_name: str
    category: Crumb | None
    created_at: datetime
    updated_at: datetime
    waiting_for_us: bool
    rating: int | None
    handed: str = ""
    team_name: str = ""
    node_name: str = ""
    priority: int = 3
    channel: str = "web"
    tags: tuple[str, ...] = ()
    colour: Colour = Colour.NONE
    due_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class QueueFilter:
    """Which view of the queue, which page of it, and what else is asked for."""

    selected: str = ""
    page: int = 1
    rules: ViewRules = field(default_factory=ViewRules)


@dataclass(frozen=True)
class SavedTab:
    """A kept view with its number of tickets; `full` when there are more than are counted."""

    view_id: int
    name: str
    count: int
    full: bool
    shared: bool
    mine: bool


@dataclass(frozen=True)
class QueueChoices:
    """What the filters of the queue offer."""

    agents: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    nodes: tuple[Choice, ...]
    categories: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class QueuePage:
    """The agents' queue; `counts` has a number for every view."""

    rows: tuple[TicketRow, ...]
    counts: dict[str, int]
    selected: str
    page: int
    pages: int
    total: int
    rules: ViewRules
    columns: tuple[str, ...]
    saved: tuple[SavedTab, ...]
    choices: QueueChoices
    unread: int
    may_share: bool
    undo_id: int | None = None


@dataclass(frozen=True)
class Part:
    """Which rows of a list: a page of `size`, and in which order those waiting come."""

    size: int
    page: int = 1
    longest_waiting: bool = False


def views(viewer: Viewer) -> dict[str, sa.ColumnElement[bool]]:
    """Every view of the queue and its rule."""
    active = Ticket.status.not_in(sorted(RESTING))
    return {
        UNASSIGNED: sa.and_(active, Ticket.assignee_id.is_(None)),
        MINE: sa.and_(active, Ticket.assignee_id == viewer.user_id),
        **{status.value: Ticket.status == status for status in TicketStatus},
        ALL: Ticket.status.not_in(sorted(HIDDEN)),
    }


def ticket_rows(
    session: Session, rules: Sequence[sa.ColumnElement[bool]], part: Part
) -> tuple[TicketRow, ...]:
    """Rows under these rules: those waiting for staff, those waiting for the customer, ended.

    Within each the newest change comes first; what concerns somebody's safety leads the queue.
    With `longest_waiting` those waiting are turned round, as a queue is served.
    """
    newest = (Ticket.updated_at.desc(), Ticket.id.desc())
    if not part.longest_waiting:
        group = sa.case((Ticket.standing == Standing.DANGER.value, 1), else_=Ticket.standing)
        return _rows(session, rules, (group, *newest), (part.page - 1) * part.size, part.size)
    return _served(session, rules, newest, part)


def _served(
    session: Session,
    rules: Sequence[sa.ColumnElement[bool]],
    newest: tuple[sa.UnaryExpression[Any], ...],
    part: Part,
) -> tuple[TicketRow, ...]:
    """One short query for each standing that has rows on this page; each can use an index."""
    skip, left = (part.page - 1) * part.size, part.size
    found: list[TicketRow] = []
    for place in Standing:
        here = (*rules, Ticket.standing == place)
        if skip:
            count = session.scalar(sa.select(sa.func.count()).select_from(Ticket).where(*here)) or 0
            if skip >= count:
                skip -= count
                continue
        oldest = (Ticket.updated_at, newest[-1])
        rows = _rows(session, here, oldest if place in FIRST_COME else newest, skip, left)
        found.extend(rows)
        skip, left = 0, left - len(rows)
        if not left:
            break
    return tuple(found)


def _rows(
    session: Session,
    rules: Sequence[sa.ColumnElement[bool]],
    order: Sequence[Any],
    skip: int,
    most: int,
) -> tuple[TicketRow, ...]:
    found = session.execute(
        sa.select(Ticket, TicketClock)
        .outerjoin(TicketClock, TicketClock.ticket_id == Ticket.id)
        .where(*rules)
        .options(
            defer(Ticket.body),
            selectinload(Ticket.question).load_only(Question.reason),
            selectinload(Ticket.category),
            selectinload(Ticket.assignee).load_only(User.name),
            selectinload(Ticket.team).load_only(Team.name),
            selectinload(Ticket.node).load_only(ServiceNode.name),
        )
        .order_by(*order)
        .limit(most)
        .offset(skip)
    ).all()
    tags = _tags(session, [ticket.id for ticket, _clock in found])
    now = utcnow()
    return tuple(_row(ticket, clock, tags.get(ticket.id, ()), now) for ticket, clock in found)


def _tags(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    query = sa.select(TicketTag).where(TicketTag.ticket_id.in_(ids)).order_by(TicketTag.tag)
    for tag in session.scalars(query):
        found[tag.ticket_id] = (*found.get(tag.ticket_id, ()), tag.tag)
    return found


def _row(
    ticket: Ticket, clock: TicketClock | None, tags: tuple[str, ...], now: datetime
) -> TicketRow:
    promise = promise_of(clock, now)
    return TicketRow(
        number=ticket.number,
        subject=ticket.subject,
        status=ticket.status,
        requester_name=ticket.requester_name or ticket.requester_email,
        assignee_name=ticket.assignee.name if ticket.assignee else "",
        category=crumb(ticket.category),
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        waiting_for_us=ticket.standing in FIRST_COME,
        rating=ticket.rating,
        handed=handed_why(ticket),
        team_name=ticket.team.name if ticket.team else "",
        node_name=ticket.node.name if ticket.node else "",
        priority=ticket.priority,
        channel=ticket.channel,
        tags=tags,
        colour=promise.next_colour if promise else Colour.NONE,
        due_at=promise.next_due if promise else None,
        version=ticket.version,
    )


def handed_why(ticket: Ticket) -> str:
    """Why a person took the question at once; empty when the customer decided it."""
    reason = ticket.question.reason if ticket.question else ""
    return reason if reason in set(Why) else ""
