"""A ticket that staff begin for a customer: by phone, at the counter, from a template.

It takes the way of every ticket (form, promise, assignment, receipt); the customer is whoever
the address or number belongs to, so an account finds it among its own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import asking_forms
from kb_app.accounts import checked_email
from kb_app.asking_forms import Checked, Filled
from kb_app.errors import InvalidInput
from kb_app.mail.writers import writer
from kb_app.permissions import Permission, require
from kb_app.plans.letters import PHONE_LINE
from kb_app.ports import Ports
from kb_app.setup.agents import split_words
from kb_app.setup.teams import CHANNELS
from kb_app.ticket_facts import set_tags, to_agent, to_team
from kb_app.ticket_log import add_message, log
from kb_app.ticket_opening import Added, open_ticket
from kb_app.typed_text import clean_line, optional, required
from models import (
    PUBLIC_KEY,
    Message,
    MessageKind,
    Question,
    QuestionStatus,
    Role,
    Ticket,
    TicketTemplate,
    Viewer,
    record,
    unit_of_work,
)

PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,24}")
PHONE_KEY, NAME_KEY = "t:", "n:"
LONGEST_BODY, LONGEST_SUBJECT = 5_000, 60


@dataclass(frozen=True)
class NewTicket:
    """A ticket as staff typed it; `given` are answers to its form; `receipt` mails the customer."""

    subject: str = ""
    body: str = ""
    channel: str = "phone"
    name: str = ""
    email: str = ""
    phone: str = ""
    node_id: int | None = None
    urgency: int = 2
    team_id: int | None = None
    agent_id: int | None = None
    tags: str = ""
    note: str = ""
    given: Mapping[str, Sequence[str]] = field(default_factory=dict)
    receipt: bool = False
    submission_key: str = ""
    template_id: int | None = None


@dataclass(frozen=True)
class _Typed:
    """The same, checked."""

    subject: str
    body: str
    customer: tuple[str, str, str]
    tags: tuple[str, ...]
    note: str
    form: Checked | None


def open_by_hand(ports: Ports, viewer: Viewer, form: NewTicket) -> str:
    """Begin it; returns its number. The same `submission_key` begins it once."""
    require(viewer, Permission.DESK)
    typed = _checked(ports, viewer, form)
    key = f"hand-{clean_line(form.submission_key)[:50] or secrets.token_urlsafe(18)}"
    with unit_of_work(ports.database) as session:
        known = session.scalar(
            sa.select(Ticket.number)
            .join(Question, Question.id == Ticket.question_id)
            .where(Question.submission_key == key)
        )
        if known is not None:
            return known
        ticket = begin(ports, session, viewer, (form, typed, key))
        if form.team_id is not None and form.team_id != ticket.team_id:
            to_team(ports, session, ticket, viewer, form.team_id)
        if form.agent_id is not None:
            to_agent(session, ticket, viewer, form.agent_id)
        if form.template_id is not None:
            count_use(session, form.template_id)
        record(session, viewer, "ticket.opened_by_hand", f"ticket:{ticket.id}")
        return ticket.number


def _checked(ports: Ports, viewer: Viewer, form: NewTicket) -> _Typed:
    if form.channel not in CHANNELS:
        raise InvalidInput("channel", "unknown")
    return _Typed(
        required("subject", clean_line(form.subject), LONGEST_SUBJECT),
        required("body", form.body, LONGEST_BODY),
        customer_of(form),
        split_words("tags", form.tags),
        optional("note", form.note, LONGEST_BODY),
        asking_forms.check(ports, viewer, Filled(form.node_id, form.urgency, form.given)),
    )


def customer_of(form: NewTicket) -> tuple[str, str, str]:
    """Name, address, number; at least one of them, each as it should be."""
    name = clean_line(form.name)[:80]
    email = checked_email(form.email) if form.email.strip() else ""
    phone = clean_line(form.phone)
    if phone and not PHONE.fullmatch(phone):
        raise InvalidInput("phone", "invalid")
    if not (name or email or phone):
        raise InvalidInput("name", "nobody")
    return name, email, phone


def typed_of(form: NewTicket) -> _Typed:
    """What a schedule begins: a template was checked when it was saved; its form may be gone."""
    return _Typed(
        clean_line(form.subject)[:LONGEST_SUBJECT],
        form.body,
        customer_of(form),
        split_words("tags", form.tags),
        form.note,
        None,
    )


def begin(
    ports: Ports, session: Session, viewer: Viewer, what: tuple[NewTicket, _Typed, str]
) -> Ticket:
    """Question and ticket in the caller's transaction; the history names who began it."""
    form, typed, key = what
    customer = _customer(session, typed.customer)
    name, email, phone = typed.customer
    question = Question(
        public_id=secrets.token_urlsafe(12),
        text=typed.body,
        asker_id=customer.user_id,
        asker_key=customer.voter_key,
        contact_email=email,
        status=QuestionStatus.RECEIVED,
        submission_key=key,
    )
    session.add(question)
    session.flush()
    asking_forms.keep(session, question, typed.form)
    extra = PHONE_LINE.format(phone=phone) if phone else ""
    quiet = not form.receipt
    added = Added(extra, email, form.channel, quiet=quiet, subject=typed.subject)
    ticket = open_ticket(ports, session, customer, question, added)
    log(session, ticket, viewer, "opened_for", form.channel, name or email or phone)
    if typed.tags:
        set_tags(session, ticket, viewer, typed.tags)
    if typed.note:
        add_note(session, ticket, viewer, typed.note)
    return ticket


def _customer(session: Session, said: tuple[str, str, str]) -> Viewer:
    name, email, phone = said
    if email:
        return writer(session, email, name)
    digits = re.sub(r"\D", "", phone)
    key = PHONE_KEY + digits if digits else NAME_KEY + secrets.token_hex(12)
    return Viewer(Role.VISITOR, None, key, frozenset({PUBLIC_KEY}), (name or phone)[:80])


def add_note(session: Session, ticket: Ticket, viewer: Viewer, text: str) -> None:
    """For colleagues, with the ticket from its beginning."""
    add_message(
        session,
        Message(
            ticket_id=ticket.id,
            author_id=viewer.user_id,
            author_name=viewer.name,
            from_staff=True,
            kind=MessageKind.NOTE,
            body=text,
            client_key=f"{ticket.id}:opening-{secrets.token_hex(4)}",
        ),
    )


def count_use(session: Session, template_id: int) -> None:
    """One more; no edit of the template."""
    uses = sa.update(TicketTemplate).where(TicketTemplate.id == template_id)
    session.execute(uses.values(uses=TicketTemplate.uses + 1))
