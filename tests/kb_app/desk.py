"""What an agent does with a ticket, in a few words, for tests."""

from __future__ import annotations

import sqlalchemy as sa

from kb_app.ports import Ports
from kb_app.tickets import (
    Posting,
    change_status,
    post_message,
)
from models import (
    Message,
    MessageKind,
    Ticket,
    TicketEvent,
    TicketStatus,
    Viewer,
    reading,
)


def ticket(ports: Ports, number: str) -> Ticket:
    """The ticket as it is now."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()


def say(
    ports: Ports, viewer: Viewer, number: str, body: str, status: TicketStatus | None = None
) -> None:
    """An agent's reply to the ticket as it stands now."""
    version = ticket(ports, number).version
    post_message(
        ports, viewer, number, Posting(MessageKind.REPLY, body, body[:20], version, status)
    )


def move(ports: Ports, viewer: Viewer, number: str, *statuses: TicketStatus) -> None:
    """Through these states, one after the other."""
    for status in statuses:
        change_status(ports, viewer, number, status, ticket(ports, number).version)


def log_of(ports: Ports, number: str) -> list[tuple[str, str, str]]:
    """The ticket's history."""
    found = ticket(ports, number)
    with reading(ports.database) as session:
        events = session.scalars(
            sa.select(TicketEvent).where(TicketEvent.ticket_id == found.id).order_by(TicketEvent.id)
        )
        return [(event.action, event.before, event.after) for event in events]


def bodies(ports: Ports) -> list[str]:
    """Every message there is."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(Message.body).order_by(Message.id)))
