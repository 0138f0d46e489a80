"""A ticket as other systems are told of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.ticket_news import Item
from models import Message, Ticket, TicketTag

LONGEST_BODY = 20_000


def ticket_data(ports: Ports, session: Session, ticket: Ticket) -> dict[str, Any]:
    """The ticket as it is now."""
    tags = session.scalars(
        sa.select(TicketTag.tag).where(TicketTag.ticket_id == ticket.id).order_by(TicketTag.tag)
    )
    times = ("created_at", "updated_at", "first_reply_at", "solved_at", "closed_at")
    facts = {
        "number": ticket.number,
        "subject": ticket.subject,
        "body": ticket.body[:LONGEST_BODY],
        "status": ticket.status.value,
        "priority": ticket.priority,
        "channel": ticket.channel,
        "team": ticket.team.name if ticket.team else None,
        "assignee": ticket.assignee.name if ticket.assignee else None,
        "catalogue": ticket.node.name if ticket.node else None,
        "category": ticket.category.name if ticket.category else None,
        "tags": list(tags),
        "requester": {"name": ticket.requester_name, "email": ticket.requester_email},
        "rating": ticket.rating,
        "url": f"{ports.config.base_url}/desk/tickets/{ticket.number}",
    }
    moments = {name: getattr(ticket, name) for name in times}
    stamps = {
        name: at.isoformat(timespec="seconds") if at else None for name, at in moments.items()
    }
    return {"ticket": {**facts, **stamps}}


def news_data(session: Session, item: Item) -> dict[str, Any]:
    """What is known of the change itself."""
    change = {"before": item.before, "after": item.after, "by": item.by, "actor": item.actor}
    if item.message_id is None:
        return {"change": change}
    message = session.get(Message, item.message_id)
    if message is None:
        return {"change": change}
    said = {
        "id": message.id,
        "author": message.author_name,
        "kind": message.kind.value,
        "from_staff": message.from_staff,
        "body": message.body[:LONGEST_BODY],
    }
    return {"change": change, "message": said}
