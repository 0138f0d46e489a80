"""没解决: a question becomes a ticket, with everything the asker was shown attached."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.accounts import checked_email
from kb_app.errors import InvalidInput
from kb_app.letters import TICKET_BODY, TICKET_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.questions import extra_text, own_question
from models import (
    JobKind,
    Question,
    QuestionStatus,
    Ticket,
    TicketEvent,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)

SUBJECT_CHARS = 60
FIRST_NUMBER = 1000


@dataclass(frozen=True)
class Escalation:
    """What the asker adds on the way to a person."""

    extra: str
    email: str


def escalate(ports: Ports, viewer: Viewer, public_id: str, form: Escalation) -> str:
    """Open the ticket and return its number; asking twice gives the same ticket."""
    require(viewer, Permission.ASK)
    extra = extra_text(form.extra)
    email = checked_email(form.email) if form.email.strip() else ""
    with unit_of_work(ports.database) as session:
        question = own_question(session, viewer, public_id)
        known = session.scalar(sa.select(Ticket.number).where(Ticket.question_id == question.id))
        if known is not None:
            return known
        if question.status is QuestionStatus.DEFLECTED:
            raise InvalidInput("question", "settled")
        ticket = _ticket(ports, viewer, question, extra, email)
        session.add(ticket)
        session.flush()
        ticket.number = f"WD-{FIRST_NUMBER + ticket.id}"
        question.status = QuestionStatus.ESCALATED
        _tell(ports, session, viewer, ticket)
        return ticket.number


def _ticket(ports: Ports, viewer: Viewer, question: Question, extra: str, email: str) -> Ticket:
    first_line = " ".join(question.text.split())
    subject = first_line[:SUBJECT_CHARS] + ("…" if len(first_line) > SUBJECT_CHARS else "")
    return Ticket(
        number=f"new-{question.public_id[:12]}",
        question_id=question.id,
        requester_id=viewer.user_id,
        requester_key=viewer.voter_key,
        requester_name=viewer.name,
        requester_email=email or question.contact_email or viewer.email,
        subject=subject,
        body=f"{question.text}\n\n{extra}".strip(),
        category_id=question.category_id,
        product_id=question.product_id,
        created_at=ports.clock(),
        updated_at=ports.clock(),
    )


def _tell(ports: Ports, session: Session, viewer: Viewer, ticket: Ticket) -> None:
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            actor_id=viewer.user_id,
            actor_name=viewer.name,
            action="created",
            after=ticket.status.value,
        )
    )
    record(session, viewer, "question.escalated", f"ticket:{ticket.id}")
    if ticket.requester_email:
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=ticket.requester_email,
            subject=TICKET_SUBJECT.format(number=ticket.number),
            body=TICKET_BODY.format(
                subject=ticket.subject,
                number=ticket.number,
                link=f"{ports.config.base_url}/tickets/{ticket.number}",
                site=ports.config.site_name,
            ),
        )
