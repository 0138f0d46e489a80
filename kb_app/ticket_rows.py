"""Tickets in lists: rows, counts, paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.dialogue import Why
from kb_app.cards import Choice, Crumb
from kb_app.promises import promise_of
from kb_app.view_rules import ViewRules
from models import (
    Category,
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
    if part.longest_waiting:
        return _rows(session, _served(session, rules, newest, part))
    group = sa.case((Ticket.standing == Standing.DANGER.value, 1), else_=Ticket.standing)
    here = (group, *newest)
    return _rows(session, _ids(session, rules, here, ((part.page - 1) * part.size, part.size)))


def _served(
    session: Session,
    rules: Sequence[sa.ColumnElement[bool]],
    newest: tuple[sa.UnaryExpression[Any], ...],
    part: Part,
) -> list[int]:
    """One short query for each standing that has rows on this page; each can use an index."""
    skip, left = (part.page - 1) * part.size, part.size
    found: list[int] = []
    for place in Standing:
        here = (*rules, Ticket.standing == place)
        if skip:
            count = session.scalar(sa.select(sa.func.count()).select_from(Ticket).where(*here)) or 0
            if skip >= count:
                skip -= count
                continue
        oldest = (Ticket.updated_at, newest[-1])
        ids = _ids(session, here, oldest if place in FIRST_COME else newest, (skip, left))
        found.extend(ids)
        skip, left = 0, left - len(ids)
        if not left:
            break
    return found


def _ids(
    session: Session,
    rules: Sequence[sa.ColumnElement[bool]],
    order: Sequence[Any],
    part: tuple[int, int],
) -> list[int]:
    """The ids of (skip, most) alone, so that what is skipped is not read."""
    skip, most = part
    query = sa.select(Ticket.id).where(*rules).order_by(*order).limit(most).offset(skip)
    return list(session.scalars(query))


def _rows(session: Session, ids: Sequence[int]) -> tuple[TicketRow, ...]:
    """What a list shows of these, in this order: one query, and one for their tags."""
    query = (
        sa.select(*_SHOWN, TicketClock)
        .outerjoin(TicketClock, TicketClock.ticket_id == Ticket.id)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .outerjoin(ServiceNode, ServiceNode.id == Ticket.node_id)
        .outerjoin(Category, Category.id == Ticket.category_id)
        .outerjoin(Question, Question.id == Ticket.question_id)
        .where(Ticket.id.in_(ids))
    )
    found = {row.id: row for row in session.execute(query)} if ids else {}
    tags, now = _tags(session, ids), utcnow()
    # One may be gone since its id was read.
    return tuple(_row(found[each], tags.get(each, ()), now) for each in ids if each in found)


_SHOWN = (
    Ticket.id,
    Ticket.number,
    Ticket.subject,
    Ticket.status,
    Ticket.standing,
    Ticket.requester_name,
    Ticket.requester_email,
    Ticket.created_at,
    Ticket.updated_at,
    Ticket.rating,
    Ticket.priority,
    Ticket.channel,
    Ticket.version,
    User.name.label("assignee"),
    Team.name.label("team"),
    ServiceNode.name.label("node"),
    Category.slug,
    Category.name.label("category"),
    Question.reason,
)


def _tags(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    query = sa.select(TicketTag.ticket_id, TicketTag.tag).where(TicketTag.ticket_id.in_(ids))
    for ticket_id, tag in session.execute(query.order_by(TicketTag.tag)):
        found[ticket_id] = (*found.get(ticket_id, ()), tag)
    return found


def _row(ticket: Any, tags: tuple[str, ...], now: datetime) -> TicketRow:
    promise = promise_of(ticket.TicketClock, now)
    return TicketRow(
        number=ticket.number,
        subject=ticket.subject,
        status=ticket.status,
        requester_name=ticket.requester_name or ticket.requester_email,
        assignee_name=ticket.assignee or "",
        category=Crumb(ticket.slug, ticket.category) if ticket.slug is not None else None,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        waiting_for_us=ticket.standing in FIRST_COME,
        rating=ticket.rating,
        handed=_handed(ticket.reason),
        team_name=ticket.team or "",
        node_name=ticket.node or "",
        priority=ticket.priority,
        channel=ticket.channel,
        tags=tags,
        colour=promise.next_colour if promise else Colour.NONE,
        due_at=promise.next_due if promise else None,
        version=ticket.version,
    )


def handed_why(ticket: Ticket) -> str:
    """Why a person took the question at once; empty when the customer decided it."""
    return _handed(ticket.question.reason if ticket.question else "")


def _handed(reason: str | None) -> str:
    return reason if reason in set(Why) else ""
