"""Tickets in lists: rows, counts, paging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from answerer.dialogue import Why
from kb_app.cards import PAGE_SIZE, Crumb, crumb, page_count
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Message, MessageKind, Question, Ticket, TicketStatus, Viewer, reading
from ticket_bridge.lifecycle import ENDED

UNASSIGNED, MINE, ALL = "unassigned", "mine", "all"


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


@dataclass(frozen=True)
class QueueFilter:
    """Which view of the queue, and which page of it."""

    selected: str = UNASSIGNED
    page: int = 1


@dataclass(frozen=True)
class QueuePage:
    """The agents' queue; `counts` has a number for every view."""

    rows: tuple[TicketRow, ...]
    counts: dict[str, int]
    selected: str
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class Part:
    """Which rows of a list: a page of `size`, and in which order those waiting come."""

    size: int
    page: int = 1
    longest_waiting: bool = False


def views(viewer: Viewer) -> dict[str, sa.ColumnElement[bool]]:
    """Every view of the queue and its rule."""
    active = Ticket.status.not_in(ENDED)
    return {
        UNASSIGNED: sa.and_(active, Ticket.assignee_id.is_(None)),
        MINE: sa.and_(active, Ticket.assignee_id == viewer.user_id),
        **{status.value: Ticket.status == status for status in TicketStatus},
        ALL: sa.true(),
    }


def queue(ports: Ports, viewer: Viewer, wanted: QueueFilter) -> QueuePage:
    """The tickets of a view: those waiting for us first, the longest waiting at the top."""
    require(viewer, Permission.DESK)
    rules = views(viewer)
    selected = wanted.selected if wanted.selected in rules else UNASSIGNED
    with reading(ports.database) as session:
        columns = [sa.func.count().filter(rule).label(name) for name, rule in rules.items()]
        counted = session.execute(sa.select(*columns).select_from(Ticket)).one()
        counts = dict(zip(rules, counted, strict=True))
        pages = page_count(counts[selected])
        page = min(max(1, wanted.page), pages)
        part = Part(PAGE_SIZE, page, longest_waiting=True)
        rows = ticket_rows(session, [rules[selected]], part)
    return QueuePage(rows, counts, selected, page, pages, counts[selected])


def ticket_rows(
    session: Session, rules: Sequence[sa.ColumnElement[bool]], part: Part
) -> tuple[TicketRow, ...]:
    """Rows under these rules: those waiting for staff, those waiting for the customer, ended.

    Within each the newest change comes first; what concerns somebody's safety leads the queue.
    With `longest_waiting` the first part is turned round, as a queue is served.
    """
    waiting = waits_for_staff().label("waiting")
    danger = sa.case((sa.and_(waiting, Question.reason == Why.SAFETY.value), 0), else_=1)
    served = [danger, sa.case((waiting, Ticket.updated_at)).asc()]
    moments = served if part.longest_waiting else []
    found = session.execute(
        sa.select(Ticket, waiting)
        .outerjoin(Ticket.question)
        .where(*rules)
        .options(
            contains_eager(Ticket.question),
            selectinload(Ticket.category),
            selectinload(Ticket.assignee),
            selectinload(Ticket.requester),
        )
        .order_by(
            waiting.desc(),
            Ticket.status.in_(sorted(ENDED)),
            *moments,
            Ticket.updated_at.desc(),
            Ticket.id.desc(),
        )
        .limit(part.size)
        .offset((part.page - 1) * part.size)
    )
    return tuple(_row(ticket, waits) for ticket, waits in found)


def waits_for_staff() -> sa.ColumnElement[bool]:
    """Not ended, and new or the last public word is the customer's (the first always is)."""
    last_from_staff = (
        sa.select(Message.from_staff)
        .where(Message.ticket_id == Ticket.id, Message.kind == MessageKind.REPLY)
        .order_by(Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.case(
        (Ticket.status.in_(sorted(ENDED)), sa.false()),
        (Ticket.status == TicketStatus.NEW, sa.true()),
        else_=sa.not_(sa.func.coalesce(last_from_staff, sa.false())),
    )


def _row(ticket: Ticket, waits: bool) -> TicketRow:
    return TicketRow(
        number=ticket.number,
        subject=ticket.subject,
        status=ticket.status,
        requester_name=ticket.requester_name or ticket.requester_email,
        assignee_name=ticket.assignee.name if ticket.assignee else "",
        category=crumb(ticket.category),
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        waiting_for_us=waits,
        rating=ticket.rating,
        handed=handed_why(ticket),
    )


def handed_why(ticket: Ticket) -> str:
    """Why a person took the question at once; empty when the customer decided it."""
    reason = ticket.question.reason if ticket.question else ""
    return reason if reason in set(Why) else ""
