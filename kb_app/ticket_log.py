"""The two things that are only ever added to a ticket: a line of history, and a message."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kb_app import bridging_marks
from kb_app.ticket_news import (
    CAUSE,
    CUSTOMER,
    OF_HISTORY,
    RULE,
    STAFF,
    Item,
    News,
    by_whom,
    report,
)
from models import (
    Message,
    MessageKind,
    Role,
    Ticket,
    TicketEvent,
    Viewer,
    put_text,
    text_ref,
    utcnow,
)

SYSTEM = Viewer(Role.OWNER, None, "system", frozenset(), "system")
LONGEST_CHANGE = 200
# In the key of what another ticket brought along: nobody has said it just now.
MERGED = ":merged-"


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
    if action in OF_HISTORY:
        by = by_whom(session, viewer)
        report(session, ticket.id, Item(OF_HISTORY[action], before, after, viewer.name, by))


def add_message(session: Session, message: Message) -> Message:
    """Store a message and make its text findable."""
    session.add(message)
    session.flush()
    put_text(session, text_ref(message.ticket_id, message.id), message.body)
    if MERGED not in message.client_key:
        report(session, message.ticket_id, _said(session, message))
        bridging_marks.said(session, message)
    return message


def _said(session: Session, message: Message) -> Item:
    by = STAFF if message.from_staff else CUSTOMER
    news = News.STAFF_REPLIED if message.from_staff else News.CUSTOMER_REPLIED
    if message.kind is MessageKind.NOTE:
        news = News.NOTE
    by = RULE if CAUSE in session.info else by
    return Item(news, actor=message.author_name, by=by, message_id=message.id)


def findable(session: Session, ticket: Ticket) -> None:
    """Make the ticket's own text findable; call once, when it has its number."""
    put_text(session, text_ref(ticket.id), own_text(ticket))


def own_text(ticket: Ticket) -> str:
    """The text under which a ticket itself is found."""
    return f"{ticket.number}\n{ticket.subject}\n{ticket.body}"
