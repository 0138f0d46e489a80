"""A question becomes a ticket; the one place where tickets begin."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from answerer.dialogue import Why
from kb_app import assigning, bridging_marks, clocks
from kb_app.letters import (
    RESOLUTION_PROMISE,
    RESPONSE_PROMISE,
    TICKET_BODY,
    TICKET_MAIL_BODY,
    TICKET_SUBJECT,
)
from kb_app.ports import Ports
from kb_app.promises import promise_of
from kb_app.ticket_log import findable, log
from kb_app.ticket_moves import restand
from models import (
    JobKind,
    Question,
    QuestionForm,
    QuestionStatus,
    ServiceNode,
    Ticket,
    TicketClock,
    Viewer,
    enqueue,
    record,
)
from ticket_bridge.sla import priority

SUBJECT_CHARS = 60
FIRST_NUMBER = 1000
MIDDLE = 2


@dataclass(frozen=True)
class Added:
    """What the asker added on the way to a person, already checked; `quiet` sends no receipt."""

    extra: str = ""
    email: str = ""
    channel: str = "web"
    quiet: bool = False
    subject: str = ""


def open_ticket(
    ports: Ports, session: Session, viewer: Viewer, question: Question, added: Added
) -> Ticket:
    """The ticket of a question that has none yet, in the caller's transaction."""
    ticket = _ticket(ports, viewer, question, added)
    _as_filled_in(session, question, ticket)
    session.add(ticket)
    session.flush()
    ticket.number = f"WD-{FIRST_NUMBER + ticket.id}"
    question.status = QuestionStatus.ESCALATED
    findable(session, ticket)
    restand(session, ticket)
    log(session, ticket, viewer, "created", "", ticket.status.value)
    clocks.begin(ports, session, ticket)
    assigning.place(ports, session, ticket)
    bridging_marks.placed(session, ticket)
    record(session, viewer, "question.escalated", f"ticket:{ticket.id}")
    if not added.quiet:
        _tell(ports, session, ticket)
    return ticket


def _ticket(ports: Ports, viewer: Viewer, question: Question, added: Added) -> Ticket:
    first_line = added.subject or " ".join(question.text.split())
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
        channel=added.channel,
        urgency=MIDDLE,
        impact=MIDDLE,
        created_at=ports.clock(),
        updated_at=ports.clock(),
    )


def _as_filled_in(session: Session, question: Question, ticket: Ticket) -> None:
    """What was asked for and how urgent it is; what may be dangerous comes first."""
    form = session.get(QuestionForm, question.id)
    if form is not None:
        node = session.get(ServiceNode, form.node_id) if form.node_id else None
        ticket.node_id, ticket.urgency = form.node_id, form.urgency
        ticket.impact = node.impact if node else ticket.impact
    ticket.priority = priority(ticket.urgency, ticket.impact)
    if question.reason == Why.SAFETY:
        ticket.priority = 1


def _tell(ports: Ports, session: Session, ticket: Ticket) -> None:
    if ticket.requester_email:
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=ticket.requester_email,
            subject=TICKET_SUBJECT.format(number=ticket.number),
            body=(TICKET_BODY if _has_page(ticket) else TICKET_MAIL_BODY).format(
                subject=ticket.subject,
                number=ticket.number,
                promise=promised(ports, session, ticket),
                link=f"{ports.config.base_url}/tickets/{ticket.number}",
                site=ports.config.site_name,
            ),
            ticket_id=ticket.id,
            mail_kind="receipt",
        )


def _has_page(ticket: Ticket) -> bool:
    """Whether its requester can open it: an account, or the browser it was asked with."""
    return ticket.requester_key.startswith(("u:", "v:"))


def promised(ports: Ports, session: Session, ticket: Ticket) -> str:
    """By when somebody answers and when it is done, as a sentence; empty without a promise."""
    found = promise_of(session.get(TicketClock, ticket.id), ports.clock())
    if found is None:
        return ""
    zone = ZoneInfo(ports.config.timezone)
    told = []
    for words, due in (
        (RESPONSE_PROMISE, found.response_due),
        (RESOLUTION_PROMISE, found.resolution_due),
    ):
        if due is not None:
            local = due.astimezone(zone)
            told.append(words.format(moment=f"{local.month} 月 {local.day} 日 {local:%H:%M}"))
    return "".join(told)
