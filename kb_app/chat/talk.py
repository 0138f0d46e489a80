"""Saying something in a chat: stored, numbered, and only then acknowledged.

One transaction takes many messages; a message sent again (same chat and `client_id`) is the
one that is there. The chat's row is locked, so its numbers have no gaps and no doubles.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat import letters
from kb_app.errors import InvalidInput, NotFound
from kb_app.ports import Ports
from kb_app.typed_text import clean
from models import (
    Chat,
    ChatKind,
    ChatMessage,
    ChatSeat,
    ChatSide,
    ChatState,
    User,
    Viewer,
    unit_of_work,
    visitor,
)

LONGEST = 4_000
LONGEST_ID = 64
# Ids with this sign are the site's own (`robot:7`): nobody else may have said them before.
OWN_ID = ":"
FLOOD = 20
FLOOD_WINDOW = timedelta(seconds=10)


@dataclass(frozen=True)
class Say:
    """Something to be said by a customer or by a member of staff."""

    chat_id: int
    body: str
    client_id: str
    side: ChatSide = ChatSide.CUSTOMER
    kind: ChatKind = ChatKind.TEXT
    author_id: int | None = None
    author_name: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """Stored under this number; `state` is the chat's."""

    chat_id: int
    client_id: str
    seq: int
    state: ChatState
    is_new: bool = True


@dataclass(frozen=True)
class Refused:
    """Not stored: empty, too_long, ended, flood, not_yours, unknown."""

    chat_id: int
    client_id: str
    code: str


def say(ports: Ports, words: Say) -> Said:
    """One message; InvalidInput when it is refused."""
    result = say_all(ports, [words])[0]
    if isinstance(result, Refused):
        raise InvalidInput("body", result.code)
    return result


def say_all(ports: Ports, words: Sequence[Say]) -> list[Said | Refused]:
    """Many at once, in their order; what is refused leaves the others alone."""
    results: list[Said | Refused] = []
    with unit_of_work(ports.database) as session:
        writing = _Writing(ports, session, words)
        results.extend(writing.write(each) for each in words)
    new = {result.chat_id for result in results if isinstance(result, Said) and result.is_new}
    if new:
        ports.pulse.beat(new)
    return results


class _Writing:
    """What one transaction needs to know of the chats it writes to."""

    def __init__(self, ports: Ports, session: Session, words: Sequence[Say]) -> None:
        self._ports, self._session = ports, session
        ids = sorted({each.chat_id for each in words})
        found = session.scalars(
            sa.select(Chat).where(Chat.id.in_(ids)).order_by(Chat.id).with_for_update()
        )
        self._chats = {chat.id: chat for chat in found}
        self._known = self._sent_before(ids, {each.client_id for each in words})
        self._recent = self._counts({each.chat_id for each in words if self._is_quick(each)})
        self._seats = self._seated({each.chat_id for each in words if self._is_guest(each)})

    def _is_quick(self, words: Say) -> bool:
        """Whether its customer said something a moment ago."""
        chat = self._chats.get(words.chat_id)
        since = self._ports.clock() - FLOOD_WINDOW
        spoke = chat is not None and chat.customer_at is not None and chat.customer_at > since
        return words.side is ChatSide.CUSTOMER and spoke

    def _is_guest(self, words: Say) -> bool:
        chat = self._chats.get(words.chat_id)
        return words.author_id is not None and chat is not None and chat.agent_id != words.author_id

    def write(self, words: Say) -> Said | Refused:
        """Store one of them."""
        chat = self._chats.get(words.chat_id)
        if chat is None:
            return Refused(words.chat_id, words.client_id, "unknown")
        known = self._known.get((words.chat_id, words.client_id))
        if known is not None:
            return Said(chat.id, words.client_id, known, chat.state, is_new=False)
        code = self._refusal(chat, words)
        if code:
            return Refused(chat.id, words.client_id, code)
        message = add_line(self._ports, self._session, chat, words)
        self._known[chat.id, words.client_id] = message.seq
        self._recent[chat.id] = self._recent.get(chat.id, 0) + 1
        return Said(chat.id, words.client_id, message.seq, chat.state)

    def _refusal(self, chat: Chat, words: Say) -> str:
        if not 0 < len(words.client_id) <= LONGEST_ID or OWN_ID in words.client_id:
            return "unknown"
        if not clean(words.body) and words.kind is not ChatKind.FILE:
            return "empty"
        if len(words.body) > LONGEST:
            return "too_long"
        whisper = words.kind is ChatKind.WHISPER
        if chat.state is ChatState.ENDED and not whisper:
            return "ended"
        if words.side is ChatSide.CUSTOMER:
            return "flood" if self._recent.get(chat.id, 0) >= FLOOD else ""
        serves = words.author_id == chat.agent_id or (chat.id, words.author_id) in self._seats
        return "" if whisper or serves else "not_yours"

    def _sent_before(
        self, ids: Collection[int], client_ids: Collection[str]
    ) -> dict[tuple[int, str], int]:
        rows = self._session.execute(
            sa.select(ChatMessage.chat_id, ChatMessage.client_id, ChatMessage.seq).where(
                ChatMessage.chat_id.in_(ids), ChatMessage.client_id.in_(client_ids)
            )
        )
        return {(row.chat_id, row.client_id): row.seq for row in rows}

    def _counts(self, ids: Collection[int]) -> dict[int, int]:
        """How much their customers said within the last moments."""
        if not ids:
            return {}
        rows = self._session.execute(
            sa.select(ChatMessage.chat_id, sa.func.count())
            .where(
                ChatMessage.chat_id.in_(ids),
                ChatMessage.side == ChatSide.CUSTOMER,
                ChatMessage.seq > self._near_end(),
                ChatMessage.created_at > self._ports.clock() - FLOOD_WINDOW,
            )
            .group_by(ChatMessage.chat_id)
        )
        return dict(rows.all())

    @staticmethod
    def _near_end() -> sa.ScalarSelect[int]:
        last = sa.select(Chat.last_seq - 2 * FLOOD).where(Chat.id == ChatMessage.chat_id)
        return last.correlate(ChatMessage).scalar_subquery()

    def _seated(self, ids: Collection[int]) -> set[tuple[int, int]]:
        if not ids:
            return set()
        rows = self._session.execute(
            sa.select(ChatSeat.chat_id, ChatSeat.user_id).where(ChatSeat.chat_id.in_(ids))
        )
        return {(row.chat_id, row.user_id) for row in rows}


def add_line(ports: Ports, session: Session, chat: Chat, words: Say) -> ChatMessage:
    """The next message of a locked chat, in the caller's transaction."""
    now = ports.clock()
    chat.last_seq += 1
    message = ChatMessage(
        chat_id=chat.id,
        seq=chat.last_seq,
        side=words.side,
        kind=words.kind,
        author_id=words.author_id,
        author_name=words.author_name,
        body=clean(words.body),
        data=words.data,
        client_id=words.client_id,
        created_at=now,
    )
    session.add(message)
    chat.updated_at = now
    if words.side is ChatSide.CUSTOMER:
        chat.customer_seq = chat.customer_read = message.seq
        chat.customer_at = chat.seen_at = now
        chat.reminded_at = None
    elif words.side is ChatSide.AGENT and words.kind is not ChatKind.WHISPER:
        chat.agent_seq, chat.agent_at = message.seq, now
        chat.alarmed_at = None
        if words.author_id == chat.agent_id:
            chat.agent_read = message.seq
    return message


def add_event(
    ports: Ports, session: Session, chat: Chat, event: str, *, staff: bool = False, **words: Any
) -> None:
    """Something that happened, said in the chat; `staff` hides it from the customer."""
    body = letters.EVENTS[event].format(**words)
    kind = ChatKind.WHISPER if staff else ChatKind.EVENT
    key = f"{event}:{secrets.token_hex(8)}"
    line = Say(chat.id, body, key, ChatSide.SYSTEM, kind, data={"event": event, **words})
    add_line(ports, session, chat, line)


def locked(session: Session, public_id: str) -> Chat:
    """The chat, nobody else changing it; NotFound."""
    chat = session.scalar(sa.select(Chat).where(Chat.public_id == public_id).with_for_update())
    if chat is None:
        raise NotFound(public_id)
    return chat


def own(session: Session, viewer: Viewer, public_id: str) -> Chat:
    """The viewer's own chat, locked; NotFound for others."""
    chat = locked(session, public_id)
    if chat.customer_key != viewer.voter_key:
        raise NotFound(public_id)
    return chat


def customer_of(session: Session, chat: Chat) -> Viewer:
    """The chat's customer as the rules see them."""
    user = session.get(User, chat.customer_id) if chat.customer_id else None
    if user is not None and user.is_active:
        return user.as_viewer()
    return visitor(chat.customer_key.removeprefix("v:"))
