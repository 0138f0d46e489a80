"""A private note on a ticket that no person wrote; once for its key, told to whom it concerns."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.notices import NoticeKind, concerned, tell
from kb_app.ticket_log import SYSTEM, add_message
from models import Message, MessageKind, Ticket

LONGEST = 20_000


def note(session: Session, ticket_id: int, text: str, key: str, author: str = "") -> None:
    """Add the note in the caller's transaction."""
    client_key = f"{ticket_id}:mail-{key}"[:64]
    known = sa.select(Message.id).where(Message.client_key == client_key)
    if session.scalar(known) is not None:
        return
    message = Message(
        ticket_id=ticket_id,
        author_name=author or SYSTEM.name,
        from_staff=True,
        kind=MessageKind.NOTE,
        body=text[:LONGEST],
        client_key=client_key,
    )
    add_message(session, message)
    ticket = session.get_one(Ticket, ticket_id)
    tell(session, concerned(session, ticket), ticket_id, NoticeKind.CUSTOMER_WROTE, key[:60])
