"""Guests in a chat: somebody outside the desk takes part by a link that ends by itself.

The link is shown once and kept as a hash. A guest sees what is said, never whispers, and
nothing of the customer but the conversation.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat.lines import Line, all_lines, for_eyes, lines_after
from kb_app.chat.talk import add_event, locked
from kb_app.chat_pulse import DISMISSED, Beat
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import (
    Chat,
    ChatGuest,
    ChatSeat,
    ChatState,
    Viewer,
    reading,
    record,
    unit_of_work,
)

HOURS = (1, 2, 4, 8, 24)
MOST_GUESTS = 5
LONGEST_NAME = 20


@dataclass(frozen=True)
class GuestRow:
    """A guest as the desk sees them."""

    guest_id: int
    name: str
    expires_at: datetime
    joined: bool


@dataclass(frozen=True)
class GuestPage:
    """The chat as a guest sees it."""

    chat_id: int
    guest_id: int
    name: str
    customer: str
    lines: tuple[Line, ...]
    last_seq: int
    is_open: bool
    expires_at: datetime


def invite(ports: Ports, viewer: Viewer, public_id: str, name: str, hours: int) -> str:
    """A link's secret for somebody of this name; only who serves (or leads) may invite."""
    require(viewer, Permission.DESK)
    called = clean_line(required("guest_name", name, LONGEST_NAME))
    if hours not in HOURS:
        raise InvalidInput("hours", "unknown")
    token = secrets.token_urlsafe(24)
    with unit_of_work(ports.database) as session:
        chat = locked(session, public_id)
        _check_may(session, viewer, chat)
        if len(guests_of(ports, session, chat.id)) >= MOST_GUESTS:
            raise InvalidInput("guest_name", "too_many")
        session.add(
            ChatGuest(
                chat_id=chat.id,
                token_hash=_hash(token),
                name=called,
                invited_by=viewer.name,
                expires_at=ports.clock() + timedelta(hours=hours),
                created_at=ports.clock(),
            )
        )
        add_event(ports, session, chat, "guest_asked", staff=True, name=viewer.name, guest=called)
        record(session, viewer, "chat.guest_invited", f"chat:{chat.id}", hours=hours)
        chat_id = chat.id
    ports.pulse.beat([chat_id])
    return token


def dismiss(ports: Ports, viewer: Viewer, public_id: str, guest_id: int) -> None:
    """The link ends now."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        chat = locked(session, public_id)
        _check_may(session, viewer, chat)
        guest = session.get(ChatGuest, guest_id)
        if guest is None or guest.chat_id != chat.id:
            raise NotFound(str(guest_id))
        if guest.expires_at > ports.clock():
            guest.expires_at = ports.clock()
            add_event(ports, session, chat, "guest_gone", name=guest.name)
        record(session, viewer, "chat.guest_dismissed", f"chat:{chat.id}")
        chat_id = chat.id
    # Their open page as well, not only at the next calling of the roll.
    gone = {"chat": chat_id, "what": DISMISSED, "seq": guest_id, "staff": True, "by": 0}
    ports.pulse.send(Beat((chat_id,), signs=(gone,)))


def guest_page(ports: Ports, token: str) -> GuestPage:
    """The chat behind a link; NotFound once it has ended. The first look is told to all."""
    with unit_of_work(ports.database) as session:
        guest = _known(ports, session, token)
        chat = session.get_one(Chat, guest.chat_id, with_for_update=True)
        if guest.joined_at is None and chat.state is not ChatState.ENDED:
            guest.joined_at = ports.clock()
            add_event(ports, session, chat, "guest_here", name=guest.name, by=guest.invited_by)
            session.flush()
            ports.pulse.beat([chat.id])
        return GuestPage(
            chat.id,
            guest.id,
            guest.name,
            chat.customer_name,
            all_lines(session, chat.id, staff=False),
            chat.last_seq,
            chat.state is ChatState.ACTIVE,
            guest.expires_at,
        )


def guest_news(ports: Ports, token: str, after: int) -> tuple[tuple[Line, ...], int, bool]:
    """What is new behind a number, up to where, and whether the chat goes on."""
    with reading(ports.database) as session:
        guest = _known(ports, session, token)
        chat = session.get_one(Chat, guest.chat_id)
        found = lines_after(session, {chat.id: max(0, after)})[chat.id]
        upto = found[-1].seq if found else after
        return for_eyes(found, staff=False), upto, chat.state is ChatState.ACTIVE


def guest_of(ports: Ports, token: str) -> tuple[int, int, str]:
    """(chat, guest, name) behind a link that is still good."""
    with reading(ports.database) as session:
        guest = _known(ports, session, token)
        return guest.chat_id, guest.id, guest.name


def guests_of(ports: Ports, session: Session, chat_id: int) -> tuple[GuestRow, ...]:
    """Whose links are good now."""
    rows = session.scalars(
        sa.select(ChatGuest)
        .where(ChatGuest.chat_id == chat_id, ChatGuest.expires_at > ports.clock())
        .order_by(ChatGuest.id)
    )
    return tuple(
        GuestRow(row.id, row.name, row.expires_at, row.joined_at is not None) for row in rows
    )


def _known(ports: Ports, session: Session, token: str) -> ChatGuest:
    guest = session.scalar(sa.select(ChatGuest).where(ChatGuest.token_hash == _hash(token)))
    if guest is None or guest.expires_at <= ports.clock():
        raise NotFound("guest")
    return guest


def _check_may(session: Session, viewer: Viewer, chat: Chat) -> None:
    if chat.state is not ChatState.ACTIVE:
        raise IllegalMove("nobody serves")
    seated = session.get(ChatSeat, (chat.id, viewer.user_id)) is not None
    if chat.agent_id != viewer.user_id and not seated and not may(viewer, Permission.MANAGE_DESK):
        raise NotAllowed(chat.public_id)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
