"""A chat begins: who comes, what about, and the robot's (or the queue's) first word."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.accounts import checked_email
from kb_app.chat.menu import MenuNode, menu
from kb_app.chat.presence import on_duty
from kb_app.chat.queue import call_person
from kb_app.chat.rules import ChatRules, rules
from kb_app.chat.summing import sum_up
from kb_app.chat.talk import Say, add_line
from kb_app.chat.talk import own as own_chat
from kb_app.errors import InvalidInput
from kb_app.passing import Passed
from kb_app.passing import keep as keep_passed
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean, clean_line
from models import (
    Chat,
    ChatBlock,
    ChatMessage,
    ChatSide,
    ChatState,
    Role,
    ServiceNode,
    Ticket,
    Viewer,
    reading,
    unit_of_work,
)

LONGEST_FIRST = 2_000
LONG_QUEUE = 5
LONGEST_NAME = 40
LONGEST_PAGE = 300
PHONE_DIGITS = (5, 20)
WANTS_PERSON = "wants_person"


@dataclass(frozen=True)
class ChatStart:
    """The form before a chat; `opening_key` makes sending it twice harmless."""

    name: str
    contact: str
    node_id: int | None
    text: str
    opening_key: str
    ticket: str = ""
    page: str = ""
    person: bool = False
    passed: Passed = field(default_factory=Passed)


@dataclass(frozen=True)
class StartPage:
    """What the form needs; `open_chat` is the chat that is still going on."""

    is_open: bool
    blocked: bool
    welcome: str
    robot: bool
    menu: tuple[MenuNode, ...]
    needs_contact: bool
    name: str
    opening_key: str
    open_chat: str
    about: str
    text: str
    offers_call: bool


def start_page(ports: Ports, viewer: Viewer, text: str, about: str) -> StartPage:
    """The form, or the way back into the chat that is open."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        own = rules(session)
        known = _own_ticket(session, viewer, about)
        return StartPage(
            own.open,
            is_blocked(ports, session, viewer),
            own.welcome,
            own.robot,
            menu(session),
            viewer.role is Role.VISITOR,
            viewer.name,
            secrets.token_urlsafe(18),
            session.scalar(_open_chats(viewer)) or "",
            known.number if known else "",
            clean(text)[:LONGEST_FIRST],
            own.calls and _hard_to_reach(ports, session),
        )


def _hard_to_reach(ports: Ports, session: Session) -> bool:
    """Nobody on duty, or many waiting."""
    waiting = sa.select(sa.func.count()).where(Chat.state == ChatState.WAITING)
    if (session.scalar(waiting) or 0) >= LONG_QUEUE:
        return True
    return not any(agent.takes for agent in on_duty(ports, session))


def _open_chats(viewer: Viewer) -> sa.Select[str]:
    return (
        sa.select(Chat.public_id)
        .where(Chat.customer_key == viewer.voter_key, Chat.state != ChatState.ENDED)
        .order_by(Chat.id.desc())
        .limit(1)
    )


def _own_ticket(session: Session, viewer: Viewer, number: str) -> Ticket | None:
    return session.scalar(
        sa.select(Ticket).where(Ticket.number == number, Ticket.requester_key == viewer.voter_key)
    )


def is_blocked(ports: Ports, session: Session, viewer: Viewer) -> bool:
    """Whether this voice is on the block list today."""
    until = session.scalar(
        sa.select(ChatBlock.until).where(ChatBlock.customer_key == viewer.voter_key)
    )
    return until is not None and until > ports.clock()


def begin(ports: Ports, viewer: Viewer, form: ChatStart) -> tuple[str, int]:
    """Open a chat (the one still open is gone on with); returns its public id and id."""
    require(viewer, Permission.ASK)
    checked = _checked(viewer, form)
    try:
        with unit_of_work(ports.database) as session:
            known = session.scalar(_opened_with(viewer, checked))
            chat = known or _going_on(session, viewer)
            if chat is None:
                chat = _new(ports, session, viewer, checked)
            elif known is None:
                _say_first(ports, session, chat, checked)
                if checked.person and chat.state is ChatState.ROBOT:
                    call_person(ports, session, chat, WANTS_PERSON)
            found = chat.public_id, chat.id
    except sa.exc.IntegrityError:
        with reading(ports.database) as session:
            again = session.scalar(_opened_with(viewer, checked))
            if again is None:
                raise InvalidInput("opening_key", "unknown") from None
            found = again.public_id, again.id
    ports.pulse.beat([found[1]], desk=True)
    return found


def _opened_with(viewer: Viewer, form: ChatStart) -> sa.Select[Chat]:
    return sa.select(Chat).where(
        Chat.opening_key == form.opening_key, Chat.customer_key == viewer.voter_key
    )


def _going_on(session: Session, viewer: Viewer) -> Chat | None:
    public_id = session.scalar(_open_chats(viewer))
    wanted = sa.select(Chat).where(Chat.public_id == public_id).with_for_update()
    return session.scalar(wanted) if public_id else None


def _checked(viewer: Viewer, form: ChatStart) -> ChatStart:
    text = clean(form.text)
    if len(text) > LONGEST_FIRST:
        raise InvalidInput("text", "too_long")
    name = clean_line(form.name)[:LONGEST_NAME] or viewer.name
    key = clean_line(form.opening_key)[:64] or secrets.token_urlsafe(18)
    contact = checked_contact(form.contact) or viewer.email
    page = clean_line(form.page)[:LONGEST_PAGE]
    return replace(form, name=name, contact=contact, text=text, opening_key=key, page=page)


def checked_contact(value: str) -> str:
    """An e-mail address or a telephone number, or nothing; InvalidInput for anything else."""
    contact = clean_line(value)
    if not contact:
        return ""
    if "@" in contact:
        return checked_email(contact)
    digits = [character for character in contact if character.isdigit()]
    plain = all(character in "+-() " or character.isdigit() for character in contact)
    if not plain or not PHONE_DIGITS[0] <= len(digits) <= PHONE_DIGITS[1]:
        raise InvalidInput("contact", "invalid")
    return contact


def _new(ports: Ports, session: Session, viewer: Viewer, form: ChatStart) -> Chat:
    own = rules(session)
    if not own.open or is_blocked(ports, session, viewer):
        raise InvalidInput("form", "chat_closed")
    if form.node_id is not None and session.get(ServiceNode, form.node_id) is None:
        raise InvalidInput("node_id", "unknown")
    about = _own_ticket(session, viewer, form.ticket) if form.ticket else None
    chat = Chat(
        public_id=secrets.token_urlsafe(12),
        opening_key=form.opening_key,
        customer_id=viewer.user_id,
        customer_key=viewer.voter_key,
        customer_name=form.name,
        contact=form.contact,
        topic=" ".join(form.text.split())[:200],
        page=form.page,
        node_id=form.node_id,
        about_id=about.id if about else None,
        state=ChatState.ROBOT,
        last_seq=0,
        seen_at=ports.clock(),
        created_at=ports.clock(),
    )
    session.add(chat)
    session.flush()
    keep_passed(session, form.passed, chat_id=chat.id)
    _welcome(ports, session, chat, own)
    _say_first(ports, session, chat, form)
    if form.person or about is not None or not own.robot:
        call_person(ports, session, chat, WANTS_PERSON)
    return chat


def _welcome(ports: Ports, session: Session, chat: Chat, own: ChatRules) -> None:
    words = Say(
        chat.id, own.welcome, "welcome", ChatSide.ROBOT, author_name=own.robot_name, data={}
    )
    add_line(ports, session, chat, words)


def _say_first(ports: Ports, session: Session, chat: Chat, form: ChatStart) -> None:
    """What was typed into the form is the first message; the key keeps it from doubling."""
    key = f"first:{form.opening_key}"[:64]
    known = sa.select(ChatMessage.id).where(
        ChatMessage.chat_id == chat.id, ChatMessage.client_id == key
    )
    if form.text and session.scalar(known) is None:
        add_line(ports, session, chat, Say(chat.id, form.text, key, author_name=form.name))


def call(ports: Ports, viewer: Viewer, public_id: str) -> None:
    """转人工: always one tap; again changes nothing."""
    require(viewer, Permission.ASK)
    with unit_of_work(ports.database) as session:
        chat = own_chat(session, viewer, public_id)
        if chat.state is ChatState.ENDED:
            raise InvalidInput("body", "ended")
        if chat.state is ChatState.ROBOT:
            sum_up(session, chat)
            call_person(ports, session, chat, WANTS_PERSON)
        chat_id = chat.id
    ports.pulse.beat([chat_id], desk=True)
