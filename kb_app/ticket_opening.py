"""A question becomes a ticket; the one place where tickets begin."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb_app.letters import TICKET_BODY, TICKET_SUBJECT
from kb_app.ports import Ports
from models import (
    JobKind,
    Question,
    QuestionStatus,
    Ticket,
    TicketEvent,
    Viewer,
    enqueue,
    record,
)

SUBJECT_CHARS = 60
FIRST_NUMBER = 1000


@dataclass(frozen=True)
class Added:
    """What the asker added on the way to a person, already checked."""

    extra: str = ""
    email: str = ""


def open_ticket(
    ports: Ports, session: Session, viewer: Viewer, question: Question, added: Added
) -> Ticket:
    """The ticket of a question that has none yet, in the caller's transaction."""
    ticket = _ticket(ports, viewer, question, added)
    session.add(ticket)
    session.flush()
    ticket.number = f"WD-{FIRST_NUMBER + ticket.id}"
    question.status = QuestionStatus.ESCALATED
    _tell(ports, session, viewer, ticket)
    return ticket


def _ticket(ports: Ports, viewer: Viewer, question: Question, added: Added) -> Ticket:
    first_line = " ".join(question.text.split())
    subject = first_line[:SUBJECT_CHARS] + ("…" if len(first_line) > SUBJECT_CHARS else "")
    return Ticket(
        number=f"new-{question.public_id[:12]}",
        question_id=question.id,
        requester_id=viewer.user_id,
        requester_key=viewer.voter_key,
        requester_name=viewer.name,
        requester_email=added.email or question.contact_email or viewer.email,
        subject=subject,
        body=f"{question.text}\n\n{added.extra}".strip(),
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
