"""What is said in a chat, and adding the site's own words to one that is locked already.

What people send comes in by `kb_app.chat.saying`; both change a chat's row alike.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat import letters
from kb_app.errors import NotFound
from kb_app.ports import Ports
from kb_app.typed_text import clean
from models import (
    Chat,
    ChatKind,
    ChatMessage,
    ChatSide,
    User,
    Viewer,
    visitor,
)

LONGEST = 4_000
LONGEST_ID = 64
# Ids with this sign are the site's own (`robot:7`): nobody else may have said them before.
OWN_ID = ":"
# Who may be anybody; the desk's people are known.
FLOODED = (ChatSide.CUSTOMER, ChatSide.GUEST)


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


def values_of(words: Say, seq: int, now: datetime) -> dict[str, Any]:
    """The row of a message."""
    return {
        "chat_id": words.chat_id,
        "seq": seq,
        "side": words.side,
        "kind": words.kind,
        "author_id": words.author_id,
        "author_name": words.author_name,
        "body": clean(words.body),
        "data": words.data,
        "client_id": words.client_id,
        "created_at": now,
    }


def marks(words: Say, seq: int, now: datetime, agent_id: int | None) -> dict[str, Any]:
    """What a message changes in its chat's own row."""
    found: dict[str, Any] = {"last_seq": seq, "updated_at": now}
    if words.side is ChatSide.CUSTOMER:
        found |= {"customer_seq": seq, "customer_read": seq, "customer_at": now}
        found |= {"seen_at": now, "reminded_at": None}
    elif words.side is ChatSide.AGENT and words.kind is not ChatKind.WHISPER:
        found |= {"agent_seq": seq, "agent_at": now, "alarmed_at": None}
        if words.author_id == agent_id:
            found["agent_read"] = seq
    return found


def add_line(ports: Ports, session: Session, chat: Chat, words: Say) -> ChatMessage:
    """The next message of a locked chat, in the caller's transaction."""
    now = ports.clock()
    for name, value in marks(words, chat.last_seq + 1, now, chat.agent_id).items():
        setattr(chat, name, value)
    message = ChatMessage(**values_of(words, chat.last_seq, now))
    message.chat_id = chat.id
    session.add(message)
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
