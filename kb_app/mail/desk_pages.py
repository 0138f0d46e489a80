"""What came and was not taken in, addresses that bounced, replies waiting for approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import NotAllowed, NotFound
from kb_app.mail.sending import fail
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_log import log
from models import (
    JobKind,
    MailIn,
    MailInState,
    MailOut,
    MailOutState,
    MailStop,
    Ticket,
    User,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

PER_PAGE = 30
LISTS = {
    "quarantined": (MailInState.QUARANTINED,),
    "ignored": (MailInState.IGNORED, MailInState.DUPLICATE),
    "done": (MailInState.DONE,),
}
RELEASABLE = (MailInState.QUARANTINED, MailInState.IGNORED)


@dataclass(frozen=True)
class IncomingRow:
    """A mail that came."""

    mail_id: int
    sender: str
    subject: str
    mailbox: str
    reason: str
    outcome: str
    number: str
    size: int
    received_at: datetime
    can_release: bool


@dataclass(frozen=True)
class IncomingPage:
    """One of the lists."""

    rows: tuple[IncomingRow, ...]
    counts: dict[str, int]
    selected: str
    page: int
    pages: int


@dataclass(frozen=True)
class StopsPage:
    """Addresses nothing is sent to."""

    rows: tuple[MailStop, ...]
    total: int


@dataclass(frozen=True)
class OutgoingRow:
    """A reply that waits, or a mail that failed."""

    out_id: int
    to_email: str
    subject: str
    body: str
    number: str
    author_name: str
    mine: bool
    created_at: datetime


@dataclass(frozen=True)
class OutgoingPage:
    """Replies waiting for somebody else than their writer."""

    rows: tuple[OutgoingRow, ...]


def incoming(ports: Ports, viewer: Viewer, selected: str, page: int) -> IncomingPage:
    """Mail that came, by what became of it."""
    require(viewer, Permission.MANAGE_DESK)
    chosen = selected if selected in LISTS else "quarantined"
    with reading(ports.database) as session:
        query = sa.select(MailIn.state, sa.func.count()).group_by(MailIn.state)
        by_state = {row[0]: row[1] for row in session.execute(query)}
        counts = {
            name: sum(by_state.get(state, 0) for state in states) for name, states in LISTS.items()
        }
        pages = max(1, -(-counts[chosen] // PER_PAGE))
        page = min(page, pages)
        rows = session.execute(
            sa.select(MailIn, Ticket.number)
            .outerjoin(Ticket, Ticket.id == MailIn.ticket_id)
            .where(MailIn.state.in_(LISTS[chosen]))
            .order_by(MailIn.id.desc())
            .offset((page - 1) * PER_PAGE)
            .limit(PER_PAGE)
        ).all()
        found = tuple(_incoming(row, number) for row, number in rows)
        return IncomingPage(found, counts, chosen, page, pages)


def _incoming(row: MailIn, number: str | None) -> IncomingRow:
    return IncomingRow(
        row.id,
        row.sender,
        row.subject,
        row.mailbox.name if row.mailbox else "",
        row.reason.partition(":")[0],
        row.outcome,
        number or "",
        row.size,
        row.received_at,
        row.state in RELEASABLE and bool(row.raw_hash),
    )


def release(ports: Ports, viewer: Viewer, mail_id: int) -> None:
    """Take it in after all: it becomes a ticket (or a note on its own)."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = _mail(session, mail_id)
        row.state, row.reason, row.released, row.done_at = MailInState.NEW, "", True, None
        enqueue(session, JobKind.READ_MAIL, mail_id=row.id)
        record(session, viewer, "mail.released", f"mail:{row.id}")


def discard(ports: Ports, viewer: Viewer, mail_id: int) -> None:
    """Away from the list; the mail itself stays at the server."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = _mail(session, mail_id)
        row.state, row.reason, row.done_at = MailInState.IGNORED, "discarded", ports.clock()
        record(session, viewer, "mail.discarded", f"mail:{row.id}")


def _mail(session: Session, mail_id: int) -> MailIn:
    row = session.get(MailIn, mail_id, with_for_update=True)
    if row is None or row.state not in RELEASABLE or not row.raw_hash:
        raise NotFound(mail_id)
    return row


def stops(ports: Ports, viewer: Viewer) -> StopsPage:
    """Addresses mail came back from, newest first."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        query = sa.select(MailStop).order_by(MailStop.created_at.desc(), MailStop.email)
        total = session.scalar(sa.select(sa.func.count()).select_from(MailStop)) or 0
        return StopsPage(tuple(session.scalars(query.limit(500))), total)


def let_through(ports: Ports, viewer: Viewer, email: str) -> None:
    """Send to this address again."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(MailStop, email.strip().lower())
        if found is None:
            raise NotFound(email)
        session.delete(found)
        record(session, viewer, "mail_stop.released", f"mail_stop:{found.email}"[:80])


def outgoing(ports: Ports, viewer: Viewer) -> OutgoingPage:
    """Replies that wait for a second reader, oldest first."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(MailOut, Ticket.number, User.name)
            .outerjoin(Ticket, Ticket.id == MailOut.ticket_id)
            .outerjoin(User, User.id == MailOut.author_id)
            .where(MailOut.state == MailOutState.HELD)
            .order_by(MailOut.id)
            .limit(100)
        )
        return OutgoingPage(
            tuple(
                OutgoingRow(
                    out.id,
                    out.to_email,
                    out.subject,
                    out.body,
                    number or "",
                    name or "",
                    out.author_id == viewer.user_id,
                    out.created_at,
                )
                for out, number, name in rows
            )
        )


def approve(ports: Ports, viewer: Viewer, out_id: int) -> None:
    """Let it go; not by whoever wrote it."""
    with unit_of_work(ports.database) as session:
        out = _held(session, viewer, out_id)
        out.state = MailOutState.WAITING
        enqueue(session, JobKind.SEND_MAIL, out_id=out.id)
        _noted(session, viewer, out, "mail_approved")


def reject(ports: Ports, viewer: Viewer, out_id: int) -> None:
    """It does not go; its writer sees so on the ticket."""
    with unit_of_work(ports.database) as session:
        out = _held(session, viewer, out_id)
        _noted(session, viewer, out, "mail_rejected")
        fail(session, out, "discarded")


def _held(session: Session, viewer: Viewer, out_id: int) -> MailOut:
    require(viewer, Permission.DESK)
    out = session.get(MailOut, out_id, with_for_update=True)
    if out is None or out.state is not MailOutState.HELD:
        raise NotFound(out_id)
    if out.author_id == viewer.user_id:
        raise NotAllowed("a second reader is somebody else")
    return out


def _noted(session: Session, viewer: Viewer, out: MailOut, action: str) -> None:
    record(session, viewer, action.replace("_", ".", 1), f"mail_out:{out.id}")
    ticket = session.get(Ticket, out.ticket_id) if out.ticket_id else None
    if ticket is not None:
        log(session, ticket, viewer, action, "", out.to_email)
