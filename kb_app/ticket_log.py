"""The two things that are only ever added to a ticket: a line of history, and a message."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models import Message, Role, Ticket, TicketEvent, Viewer, put_text, text_ref, utcnow

SYSTEM = Viewer(Role.OWNER, None, "system", frozenset(), "system")
LONGEST_CHANGE = 200


def log(session: Session, ticket: Ticket, viewer: Viewer, action: str, *change: str) -> None:
    """Add a line to the ticket's history; `change` is (before, after)."""
    before, after = (*change, "", "")[:2]
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            actor_id=viewer.user_id,
            actor_name=viewer.name,
            action=action,
            before=before[:LONGEST_CHANGE],
            after=after[:LONGEST_CHANGE],
            created_at=utcnow(),
        )
    )


def add_message(session: Session, message: Message) -> Message:
    """Store a message and make its text findable."""
    session.add(message)
    session.flush()
    put_text(session, text_ref(message.ticket_id, message.id), message.body)
    return message


def findable(session: Session, ticket: Ticket) -> None:
    """Make the ticket's own text findable; call once, when it has its number."""
    put_text(session, text_ref(ticket.id), own_text(ticket))


def own_text(ticket: Ticket) -> str:
    """The text under which a ticket itself is found."""
    return f"{ticket.number}\n{ticket.subject}\n{ticket.body}"
