"""Calls at the desk: who is calling now, what is known of them, a ticket made of a call."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.accounts import checked_email
from kb_app.cards import PAGE_SIZE, page_count
from kb_app.errors import InvalidInput, NotFound
from kb_app.mail.writers import account, writer
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.ticket_log import log
from kb_app.ticket_moves import locked
from kb_app.ticket_opening import Added, open_ticket
from kb_app.ticket_rows import Part, TicketRow, ticket_rows
from kb_app.typed_text import clean_line, optional, required
from models import (
    PUBLIC_KEY,
    PhoneCall,
    Question,
    Role,
    Ticket,
    User,
    Viewer,
    find_tickets,
    reading,
    record,
    unit_of_work,
)

LIVE = timedelta(hours=4)
JUST_ENDED = timedelta(minutes=3)
MOST_LIVE = 5
NEAR = 6
PHONE_KEY = "p:"
LONGEST = 5_000
CHANNEL = "phone"
TAIL = 4


@dataclass(frozen=True)
class CallRow:
    """A call as lists and the pop-up show it."""

    call_id: int
    number: str
    direction: str
    state: str
    seconds: int
    agent_name: str
    customer_id: int | None
    customer_name: str
    ticket_number: str
    recording_url: str
    began_at: datetime


@dataclass(frozen=True)
class CallsPage:
    """Calls, newest first."""

    rows: tuple[CallRow, ...]
    number: str
    page: int
    pages: int


@dataclass(frozen=True)
class CallPage:
    """One call, and the tickets that may be about it."""

    call: CallRow
    customer_email: str
    tickets: tuple[TicketRow, ...]
    by_number: bool
    earlier: tuple[CallRow, ...]


@dataclass(frozen=True)
class CallTicket:
    """A ticket somebody writes down while they telephone."""

    text: str
    name: str = ""
    email: str = ""


def _rows(*rules: sa.ColumnElement[bool]) -> sa.Select[PhoneCall]:
    return sa.select(PhoneCall).where(*rules).order_by(PhoneCall.id.desc())


def _row(session: Session, call: PhoneCall) -> CallRow:
    agent = session.get(User, call.agent_id) if call.agent_id else None
    customer = session.get(User, call.customer_id) if call.customer_id else None
    ticket = session.get(Ticket, call.ticket_id) if call.ticket_id else None
    name = customer.name if customer else (ticket.requester_name if ticket else "")
    return CallRow(
        call.id,
        call.number,
        call.direction,
        call.state,
        call.seconds,
        agent.name if agent else "",
        call.customer_id,
        name,
        ticket.number if ticket else "",
        call.recording_url,
        call.began_at,
    )


def live(ports: Ports, viewer: Viewer) -> tuple[CallRow, ...]:
    """My calls of this moment, and those that ring for everybody."""
    require(viewer, Permission.DESK)
    now = ports.clock()
    mine = sa.and_(
        PhoneCall.agent_id == viewer.user_id,
        sa.or_(
            sa.and_(PhoneCall.state == "answered", PhoneCall.updated_at > now - LIVE),
            sa.and_(PhoneCall.state == "ringing", PhoneCall.updated_at > now - JUST_ENDED),
            sa.and_(
                PhoneCall.state == "ended",
                PhoneCall.ticket_id.is_(None),
                PhoneCall.updated_at > now - JUST_ENDED,
            ),
        ),
    )
    everybodys = sa.and_(
        PhoneCall.agent_id.is_(None),
        PhoneCall.state == "ringing",
        PhoneCall.updated_at > now - JUST_ENDED,
    )
    with reading(ports.database) as session:
        found = session.scalars(_rows(sa.or_(mine, everybodys)).limit(MOST_LIVE))
        return tuple(_row(session, call) for call in found)


def calls(ports: Ports, viewer: Viewer, number: str, page: int) -> CallsPage:
    """All calls, or those of one number."""
    require(viewer, Permission.DESK)
    digits = "".join(sign for sign in number if sign.isdigit())[:20]
    rules = [PhoneCall.number.contains(digits, autoescape=True)] if digits else []
    with reading(ports.database) as session:
        total = session.scalar(sa.select(sa.func.count()).select_from(PhoneCall).where(*rules))
        pages = page_count(total or 0)
        page = min(max(1, page), pages)
        query = _rows(*rules).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
        rows = tuple(_row(session, call) for call in session.scalars(query))
        return CallsPage(rows, digits, page, pages)


def call_page(ports: Ports, viewer: Viewer, call_id: int) -> CallPage:
    """One call with what is known of who calls."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        call = row_of(session, PhoneCall, call_id)
        customer = session.get(User, call.customer_id) if call.customer_id else None
        rules, by_number = _theirs(session, call), call.customer_id is None
        tickets = ticket_rows(session, [rules], Part(NEAR)) if rules is not None else ()
        same = _rows(PhoneCall.number == call.number, PhoneCall.id != call.id)
        earlier = tuple(_row(session, each) for each in session.scalars(same.limit(NEAR)))
        email = customer.email if customer else ""
        return CallPage(_row(session, call), email, tickets, by_number, earlier)


def _theirs(session: Session, call: PhoneCall) -> sa.ColumnElement[bool] | None:
    """Tickets of the known customer; else of this number, or with the number in their text."""
    if call.customer_id is not None:
        return Ticket.requester_id == call.customer_id
    ids = find_tickets(session, call.number.lstrip("+"), NEAR)
    return sa.or_(Ticket.requester_key == number_key(call.number), Ticket.id.in_(ids))


def number_key(number: str) -> str:
    """By which somebody without an account is known again when they call."""
    return PHONE_KEY + hashlib.sha256(number.encode()).hexdigest()[:40]


def link(ports: Ports, viewer: Viewer, call_id: int, number: str) -> str:
    """This call is about that ticket; from now on its number is that customer's."""
    require(viewer, Permission.DESK)
    wanted = required("into", clean_line(number), 20)
    with unit_of_work(ports.database) as session:
        call = row_of(session, PhoneCall, call_id)
        try:
            ticket = locked(session, wanted)
        except NotFound as error:
            raise InvalidInput("into", "unknown") from error
        _join(session, viewer, call, ticket)
        return ticket.number


def _join(session: Session, viewer: Viewer, call: PhoneCall, ticket: Ticket) -> None:
    if call.ticket_id == ticket.id:
        return
    call.ticket_id, call.customer_id = ticket.id, ticket.requester_id or call.customer_id
    call.agent_id = call.agent_id or viewer.user_id
    # The history is for ever: enough of the number to know the call by, no more.
    log(session, ticket, viewer, "called", call.number[-TAIL:], call.direction)
    record(session, viewer, "call.linked", f"call:{call.id}", ticket=ticket.number)


def make_ticket(ports: Ports, viewer: Viewer, call_id: int, form: CallTicket) -> str:
    """What was said on the telephone as a ticket of the caller; once for each call."""
    require(viewer, Permission.DESK)
    text = required("text", form.text, LONGEST)
    name = clean_line(optional("name", form.name, 80))
    email = checked_email(form.email) if form.email.strip() else ""
    with unit_of_work(ports.database) as session:
        call = session.get(PhoneCall, call_id, with_for_update=True)
        if call is None:
            raise NotFound(call_id)
        if call.ticket_id is not None:
            return session.get_one(Ticket, call.ticket_id).number
        asker = _caller(session, call, email, name)
        question = Question(
            public_id=secrets.token_urlsafe(12),
            text=text,
            asker_id=asker.user_id,
            asker_key=asker.voter_key,
            contact_email=asker.email,
            submission_key=f"call-{call.id}",
            created_at=ports.clock(),
        )
        session.add(question)
        session.flush()
        added = Added(email=asker.email, channel=CHANNEL, quiet=not asker.email)
        ticket = open_ticket(ports, session, asker, question, added)
        _join(session, viewer, call, ticket)
        return ticket.number


def _caller(session: Session, call: PhoneCall, email: str, name: str) -> Viewer:
    """The account with this address, the known customer, or somebody known by their number."""
    if email:
        return writer(session, email, name)
    known = session.get(User, call.customer_id) if call.customer_id else None
    if known is not None:
        found = account(session, known.email)
        if found is not None:
            return found.as_viewer()
    shown = name or call.number
    return Viewer(Role.VISITOR, None, number_key(call.number), frozenset({PUBLIC_KEY}), shown)
