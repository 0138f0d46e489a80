"""Customers' mail passed on to the agent who has the ticket, who may answer by mail.

The answer is known by the Message-ID of this mail, which was sent to that person alone.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from kb_app.mail.queueing import Draft, box_for, queue
from kb_app.mail.texts import STAFF_BODY, STAFF_SUBJECT
from kb_app.ports import Ports
from models import NoticeSettings, Ticket, User


def tell_assignee(ports: Ports, session: Session, ticket: Ticket, mail_id: int, text: str) -> None:
    """Pass a mail on; nobody has the ticket, nobody is told."""
    agent = session.get(User, ticket.assignee_id) if ticket.assignee_id else None
    if agent is None or not agent.is_active or box_for(session, ticket.id) is None:
        return
    settings = session.get(NoticeSettings, agent.id)
    if settings is not None and settings.ways.get("customer_wrote") in {"app", "none"}:
        return
    body = STAFF_BODY.format(
        name=agent.name,
        who=ticket.requester_name or ticket.requester_email,
        text=text,
        link=f"{ports.config.base_url}/desk/tickets/{ticket.number}",
        site=ports.config.site_name,
    )
    subject = STAFF_SUBJECT.format(number=ticket.number, subject=ticket.subject)
    key = f"staff-{mail_id}"
    queue(ports, session, Draft(key, "staff", agent.email, subject, body, ticket_id=ticket.id))
