"""A customer's side of a call back: choosing a time, changing it, calling it off.

A request becomes a ticket at once, so that nothing depends on the call being made.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.calling import letters
from kb_app.calling.times import free_slots, local
from kb_app.chat.ending import Ending, close
from kb_app.chat.rules import rules
from kb_app.chat.talk import add_event, own
from kb_app.errors import IllegalMove, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, add_message
from kb_app.ticket_opening import Added, open_ticket
from kb_app.typed_text import clean, clean_line
from models import (
    CallBack,
    CallState,
    Chat,
    ChatOutcome,
    ChatState,
    Message,
    MessageKind,
    Question,
    QuestionForm,
    QuestionStatus,
    Ticket,
    Viewer,
    reading,
    unit_of_work,
)

LONGEST_TOPIC = 500
LONGEST_NAME = 40
PHONE_DIGITS = (5, 20)
_PHONE = re.compile(r"[0-9+() #*,-]{5,40}")


@dataclass(frozen=True)
class CallForm:
    """As it was typed; `slot` is when it begins, `chat` the chat it grew out of."""

    name: str
    phone: str
    topic: str
    slot: datetime | None
    opening_key: str
    chat: str = ""


@dataclass(frozen=True)
class CallPage:
    """The form: `slots` that have room; none at all when nobody can be called."""

    is_open: bool
    slots: tuple[datetime, ...]
    name: str
    phone: str
    topic: str
    chat: str
    opening_key: str
    known_phone: bool


@dataclass(frozen=True)
class BookedCall:
    """A request as its customer sees it."""

    public_id: str
    state: CallState
    slot_at: datetime
    phone: str
    topic: str
    ticket: str
    version: int
    slots: tuple[datetime, ...]


def call_page(ports: Ports, viewer: Viewer, chat_id: str) -> CallPage:
    """The form, begun with what the chat knows."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        plan = rules(session)
        chat = session.scalar(
            sa.select(Chat).where(Chat.public_id == chat_id, Chat.customer_key == viewer.voter_key)
        )
        contact = chat.contact if chat else ""
        phone = "" if "@" in contact else contact
        free = free_slots(ports, session, plan.calls_per_slot) if plan.calls else ()
        return CallPage(
            plan.calls,
            free,
            chat.customer_name if chat else viewer.name,
            phone,
            chat.topic if chat else "",
            chat.public_id if chat else "",
            secrets.token_urlsafe(18),
            bool(phone),
        )


def book(ports: Ports, viewer: Viewer, form: CallForm) -> str:
    """Promise a call; sent twice it is promised once. Returns its public id."""
    require(viewer, Permission.ASK)
    phone, topic = checked_phone(form.phone), clean(form.topic)
    if len(topic) > LONGEST_TOPIC:
        raise InvalidInput("topic", "too_long")
    with unit_of_work(ports.database) as session:
        known = _opened_with(session, viewer, form.opening_key)
        if known is not None:
            return known.public_id
        _check_slot(ports, session, form.slot)
        chat = own(session, viewer, form.chat) if form.chat else None
        call = CallBack(
            public_id=secrets.token_urlsafe(12),
            opening_key=form.opening_key,
            customer_id=viewer.user_id,
            customer_key=viewer.voter_key,
            name=clean_line(form.name)[:LONGEST_NAME] or viewer.name,
            phone=phone,
            topic=topic or (chat.topic if chat else ""),
            slot_at=form.slot,
            node_id=chat.node_id if chat else None,
            chat_id=chat.id if chat else None,
            created_at=ports.clock(),
            updated_at=ports.clock(),
        )
        ticket = _ticket(ports, session, viewer, call, chat)
        call.ticket_id, call.agent_id = ticket.id, ticket.assignee_id
        session.add(call)
        session.flush()
        note(ports, session, call, "booked")
        found, chat_key = call.public_id, chat.id if chat else None
    ports.pulse.beat([chat_key] if chat_key else [], desk=True)
    return found


def booked(ports: Ports, viewer: Viewer, public_id: str) -> BookedCall:
    """My request; NotFound for anybody else's."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        call = _own(session, viewer, public_id)
        due = call.state is CallState.DUE
        return BookedCall(
            call.public_id,
            call.state,
            call.slot_at,
            call.phone,
            call.topic,
            call.ticket.number if call.ticket else "",
            call.version,
            free_slots(ports, session, rules(session).calls_per_slot) if due else (),
        )


def change(ports: Ports, viewer: Viewer, public_id: str, slot: datetime | None) -> None:
    """Another time, or (None) no call at all."""
    require(viewer, Permission.ASK)
    with unit_of_work(ports.database) as session:
        call = _own(session, viewer, public_id, lock=True)
        if call.state is not CallState.DUE:
            raise IllegalMove("the call is over")
        if slot is None:
            call.state = CallState.CALLED_OFF
        elif slot != call.slot_at:
            _check_slot(ports, session, slot)
            call.slot_at, call.reminded_at = slot, None
        call.version += 1
        call.updated_at = ports.clock()
        note(ports, session, call, "changed" if slot else "called_off")
    ports.pulse.beat(desk=True)


def note(ports: Ports, session: Session, call: CallBack, event: str, said: str = "") -> None:
    """What happened, as an internal note of the call's ticket."""
    if call.ticket_id is None:
        return
    text = letters.NOTES[event].format(
        when=local(ports, call.slot_at), phone=call.phone, tries=call.tries, note=said
    )
    message = Message(
        ticket_id=call.ticket_id,
        author_name=SYSTEM.name,
        from_staff=True,
        kind=MessageKind.NOTE,
        body=text.strip(),
        client_key=f"{call.ticket_id}:call-{call.id}-{call.version}-{event}"[:64],
        created_at=ports.clock(),
    )
    add_message(session, message)


def checked_phone(value: str) -> str:
    """A telephone number; InvalidInput for anything else."""
    phone = clean_line(value)
    if not phone:
        raise InvalidInput("phone", "empty")
    digits = sum(character.isdigit() for character in phone)
    if not _PHONE.fullmatch(phone) or not PHONE_DIGITS[0] <= digits <= PHONE_DIGITS[1]:
        raise InvalidInput("phone", "invalid")
    return phone


def _check_slot(ports: Ports, session: Session, slot: datetime | None) -> None:
    """Still free, asked with the write lock held: two customers must not both have the last."""
    plan = rules(session)
    if not plan.calls:
        raise InvalidInput("form", "calls_closed")
    if slot is None:
        raise InvalidInput("slot", "empty")
    if slot not in free_slots(ports, session, plan.calls_per_slot, lock=True):
        raise InvalidInput("slot", "taken")


def _opened_with(session: Session, viewer: Viewer, key: str) -> CallBack | None:
    found = session.scalar(sa.select(CallBack).where(CallBack.opening_key == key))
    if found is not None and found.customer_key != viewer.voter_key:
        raise InvalidInput("opening_key", "unknown")
    return found


def _ticket(
    ports: Ports, session: Session, viewer: Viewer, call: CallBack, chat: Chat | None
) -> Ticket:
    """The chat's, which ends with this; or one of its own."""
    if chat is not None and chat.state is not ChatState.ENDED:
        chat.contact = chat.contact or call.phone
        close(ports, session, chat, viewer, Ending(ChatOutcome.LEFT_WORD))
        when = local(ports, call.slot_at)
        add_event(ports, session, chat, "call_booked", when=when)
    if chat is not None and chat.ticket is not None:
        return chat.ticket
    key = f"call-{call.public_id}"[:32]
    question = Question(
        public_id=key,
        text=call.topic or letters.NO_TOPIC,
        asker_id=viewer.user_id,
        asker_key=viewer.voter_key,
        status=QuestionStatus.UNANSWERED,
        submission_key=key,
    )
    session.add(question)
    session.flush()
    if call.node_id is not None:
        session.add(QuestionForm(question_id=question.id, node_id=call.node_id, answers={}))
        session.flush()
    extra = letters.EXTRA.format(phone=call.phone, when=local(ports, call.slot_at))
    ticket = open_ticket(ports, session, viewer, question, Added(extra, "", "phone", quiet=True))
    ticket.requester_name = ticket.requester_name or call.name
    return ticket


def _own(session: Session, viewer: Viewer, public_id: str, *, lock: bool = False) -> CallBack:
    query = sa.select(CallBack).where(
        CallBack.public_id == public_id, CallBack.customer_key == viewer.voter_key
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(public_id)
    return found
