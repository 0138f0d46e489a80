"""A chat as its customer sees it: what was said, where it stands, what can be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat.lines import Line, all_lines, for_eyes, lines_after
from kb_app.chat.presence import still_there
from kb_app.chat.queue import Place, place
from kb_app.chat.rules import rules
from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Chat, ChatOutcome, ChatState, Viewer, reading

SHOWN_ROWS = 20
SEEN_EVERY = timedelta(seconds=20)


@dataclass(frozen=True)
class Standing:
    """Where a chat is now. `position` and `minutes` are known while it waits."""

    state: ChatState
    last_seq: int
    agent: str = ""
    position: int = 0
    minutes: int | None = None
    served: bool = True
    outcome: ChatOutcome | None = None
    ticket: str = ""
    rating: int | None = None
    read: int = 0


@dataclass(frozen=True)
class ChatPage:
    """The whole page."""

    chat_id: int
    public_id: str
    lines: tuple[Line, ...]
    standing: Standing
    robot_name: str
    contact: str
    name: str
    about: str
    rating_comment: str
    created_at: datetime
    calls: bool


@dataclass(frozen=True)
class News:
    """What is new behind a number, and where the chat stands."""

    lines: tuple[Line, ...]
    upto: int
    standing: Standing


@dataclass(frozen=True)
class ChatRow:
    """One of my chats in a list."""

    public_id: str
    topic: str
    state: ChatState
    created_at: datetime


def chat_page(ports: Ports, viewer: Viewer, public_id: str) -> ChatPage:
    """My chat; NotFound for anybody else's."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        chat = _own(session, viewer, public_id)
        plan = rules(session)
        page = ChatPage(
            chat.id,
            chat.public_id,
            all_lines(session, chat.id, staff=False),
            standing(ports, session, chat),
            plan.robot_name,
            chat.contact,
            chat.customer_name,
            chat.about.number if chat.about else "",
            chat.rating_comment,
            chat.created_at,
            plan.calls,
        )
    _is_here(ports, chat)
    return page


def news(ports: Ports, viewer: Viewer, public_id: str, after: int) -> News:
    """For pages that ask again and again."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        chat = _own(session, viewer, public_id)
        found = lines_after(session, {chat.id: max(0, after)})[chat.id]
        upto = found[-1].seq if found else after
        new = News(for_eyes(found, staff=False), upto, standing(ports, session, chat))
    _is_here(ports, chat)
    return new


def _is_here(ports: Ports, chat: Chat) -> None:
    """Whoever asks is there, also without a socket."""
    alone = chat.state in {ChatState.ROBOT, ChatState.WAITING}
    if alone and (chat.seen_at is None or ports.clock() - chat.seen_at > SEEN_EVERY):
        still_there(ports, (), (chat.id,))


def standing(ports: Ports, session: Session, chat: Chat) -> Standing:
    """Where the chat is now."""
    waits = chat.state is ChatState.WAITING
    where = place(ports, session, chat) if waits else Place(0, None, served=True)
    return Standing(
        chat.state,
        chat.last_seq,
        chat.agent.name if chat.agent and chat.state is ChatState.ACTIVE else "",
        where.position,
        where.minutes,
        where.served,
        chat.outcome,
        chat.ticket.number if chat.ticket and chat.outcome is not ChatOutcome.REFUSED else "",
        chat.rating,
        chat.agent_read,
    )


def my_chats(ports: Ports, viewer: Viewer) -> Sequence[ChatRow]:
    """My latest chats."""
    require(viewer, Permission.ASK)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(Chat)
            .where(Chat.customer_key == viewer.voter_key)
            .order_by(Chat.id.desc())
            .limit(SHOWN_ROWS)
        )
        return tuple(ChatRow(c.public_id, c.topic, c.state, c.created_at) for c in rows)


def find_own(ports: Ports, viewer: Viewer, public_id: str) -> tuple[int, str]:
    """The id of my chat and what I am called in it; NotFound."""
    with reading(ports.database) as session:
        chat = _own(session, viewer, public_id)
        return chat.id, chat.customer_name


def _own(session: Session, viewer: Viewer, public_id: str) -> Chat:
    chat = session.scalar(
        sa.select(Chat).where(Chat.public_id == public_id, Chat.customer_key == viewer.voter_key)
    )
    if chat is None:
        raise NotFound(public_id)
    return chat
