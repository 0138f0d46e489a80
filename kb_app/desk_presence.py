"""Two agents on one ticket see each other, and what each has typed is kept."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.desk_side import Present, present
from kb_app.errors import InvalidInput, NotFound
from kb_app.held_replies import keep_draft
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    Message,
    MessageKind,
    Ticket,
    TicketPresence,
    Viewer,
    insert_if_absent,
    unit_of_work,
)

LONGEST_DRAFT = 20_000


@dataclass(frozen=True)
class Beat:
    """Who else is there, and how many messages there are now."""

    present: tuple[Present, ...]
    messages: int
    status: str


def beat(ports: Ports, viewer: Viewer, number: str, typing: bool) -> Beat:
    """I have this ticket open (and write); who else has?"""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = _ticket(session, number)
        if viewer.user_id is not None:
            place = {"ticket_id": ticket.id, "user_id": viewer.user_id}
            now = {"name": viewer.name, "typing": typing, "seen_at": ports.clock()}
            insert_if_absent(session, TicketPresence, **place, **now)
            session.execute(sa.update(TicketPresence).filter_by(**place).values(**now))
        count = sa.select(sa.func.count()).where(Message.ticket_id == ticket.id)
        return Beat(
            present(ports, session, viewer, ticket.id),
            session.scalar(count) or 0,
            ticket.status.value,
        )


def save_draft(ports: Ports, viewer: Viewer, number: str, kind: MessageKind, body: str) -> None:
    """Keep what I have typed; empty forgets it."""
    require(viewer, Permission.DESK)
    if len(body) > LONGEST_DRAFT:
        raise InvalidInput("body", "too_long")
    with unit_of_work(ports.database) as session:
        keep_draft(session, _ticket(session, number), viewer, body, kind.value)


def _ticket(session: Session, number: str) -> Ticket:
    ticket = session.scalar(sa.select(Ticket).where(Ticket.number == number))
    if ticket is None:
        raise NotFound(number)
    return ticket
