"""What agents are told in the product: written with its cause, once for the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.notice_mails import want
from kb_app.notice_settings import chosen
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    DeskNotice,
    Ticket,
    TicketWatch,
    Viewer,
    insert_if_absent,
    reading,
    unit_of_work,
    utcnow,
)

SHOWN = 50


class NoticeKind(StrEnum):
    """What happened."""

    ASSIGNED = "assigned"
    RESPONSE_SOON = "response_soon"
    RESPONSE_LATE = "response_late"
    RESOLUTION_SOON = "resolution_soon"
    RESOLUTION_LATE = "resolution_late"
    CUSTOMER_WROTE = "customer_wrote"
    COLLEAGUE_WROTE = "colleague_wrote"
    HANDOVER_FAILED = "handover_failed"
    RULE = "rule"
    CALL_DUE = "call_due"


@dataclass(frozen=True)
class NoticeRow:
    """One notice."""

    notice_id: int
    kind: str
    number: str
    subject: str
    created_at: datetime
    is_new: bool


@dataclass(frozen=True)
class NoticesPage:
    """A person's notices, newest first."""

    rows: tuple[NoticeRow, ...]
    unread: int


def tell(
    session: Session, user_ids: Iterable[int], ticket_id: int, kind: NoticeKind, mark: str = ""
) -> None:
    """A notice for each of them, as they chose; one kind and mark on one ticket is said once."""
    mark = mark or utcnow().isoformat(timespec="seconds")
    choices = chosen(session, user_ids)
    for user_id in sorted(user_id for user_id in choices if choices[user_id].in_app(kind)):
        insert_if_absent(
            session,
            DeskNotice,
            user_id=user_id,
            ticket_id=ticket_id,
            kind=kind.value,
            mark=mark,
            created_at=utcnow(),
        )
    want(session, choices, ticket_id, kind.value, mark)


def concerned(session: Session, ticket: Ticket, but: int | None = None) -> set[int]:
    """Whom a change on a ticket concerns: who has it and who follows it, without the doer."""
    ids = set(
        session.scalars(
            sa.select(TicketWatch.user_id).where(
                TicketWatch.ticket_id == ticket.id, TicketWatch.follows
            )
        )
    )
    if ticket.assignee_id is not None:
        ids.add(ticket.assignee_id)
    return ids - {but}


def notices(ports: Ports, viewer: Viewer) -> NoticesPage:
    """My notices."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(DeskNotice, Ticket.number, Ticket.subject)
            .join(Ticket, Ticket.id == DeskNotice.ticket_id)
            .where(DeskNotice.user_id == viewer.user_id)
            .order_by(DeskNotice.id.desc())
            .limit(SHOWN)
        )
        found = tuple(
            NoticeRow(n.id, n.kind, number, subject, n.created_at, n.read_at is None)
            for n, number, subject in rows
        )
        return NoticesPage(found, unread(session, viewer))


def unread(session: Session, viewer: Viewer) -> int:
    """How many notices are new."""
    query = sa.select(sa.func.count()).where(
        DeskNotice.user_id == viewer.user_id, DeskNotice.read_at.is_(None)
    )
    return session.scalar(query) or 0


def read_all(ports: Ports, viewer: Viewer) -> None:
    """I have seen them."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        session.execute(
            sa.update(DeskNotice)
            .where(DeskNotice.user_id == viewer.user_id, DeskNotice.read_at.is_(None))
            .values(read_at=ports.clock())
        )
