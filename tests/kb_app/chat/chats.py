"""Chats for the tests: begun, waiting, served."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from kb_app.chat import opening, presence, robot, saying
from kb_app.chat.opening import ChatStart
from kb_app.chat.saying import Said
from kb_app.chat.talk import Say
from kb_app.ports import Ports
from models import (
    AgentState,
    Chat,
    ChatKind,
    ChatMessage,
    ChatSide,
    Viewer,
    reading,
)


def begin(ports: Ports, viewer: Viewer, text: str = "", **more: object) -> str:
    """A chat that has just been opened; the robot has not spoken to `text` yet."""
    fields: dict[str, object] = {
        "name": "", "contact": "", "node_id": None, "text": text, "opening_key": "", **more,
    }  # fmt: skip
    return opening.begin(ports, viewer, ChatStart(**fields))[0]  # type: ignore[arg-type]  # by name


def online(ports: Ports, agent: Viewer, most: int | None = None) -> None:
    """The agent takes chats now."""
    presence.set_state(ports, agent, AgentState.ONLINE, most)


def chat(ports: Ports, public_id: str) -> Chat:
    """As it is stored now."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Chat).where(Chat.public_id == public_id)).one()


def bodies(ports: Ports, public_id: str, *sides: ChatSide) -> list[str]:
    """What was said, in order."""
    with reading(ports.database) as session:
        query = (
            sa.select(ChatMessage)
            .join(Chat, Chat.id == ChatMessage.chat_id)
            .where(Chat.public_id == public_id)
            .order_by(ChatMessage.seq)
        )
        return [row.body for row in session.scalars(query) if not sides or row.side in sides]


def events(ports: Ports, public_id: str) -> list[str]:
    """What happened, by name."""
    with reading(ports.database) as session:
        query = (
            sa.select(ChatMessage)
            .join(Chat, Chat.id == ChatMessage.chat_id)
            .where(Chat.public_id == public_id, ChatMessage.side == ChatSide.SYSTEM)
            .order_by(ChatMessage.seq)
        )
        return [str(row.data["event"]) for row in session.scalars(query)]


def customer_says(ports: Ports, public_id: str, body: str, key: str) -> Said:
    """The customer writes, and the robot has its turn."""
    found = chat(ports, public_id)
    said = saying.say(ports, Say(found.id, body, key))
    robot.turn(ports, found.id)
    return said


def agent_says(ports: Ports, agent: Viewer, public_id: str, body: str, key: str) -> Said:
    """A member of staff speaks to the customer."""
    return saying.say(ports, _staff_words(ports, agent, public_id, body, key))


def whispers(ports: Ports, agent: Viewer, public_id: str, body: str, key: str) -> Said:
    """A member of staff speaks to colleagues alone."""
    words = _staff_words(ports, agent, public_id, body, key)
    return saying.say(ports, replace(words, kind=ChatKind.WHISPER))


def _staff_words(ports: Ports, agent: Viewer, public_id: str, body: str, key: str) -> Say:
    chat_id = chat(ports, public_id).id
    return Say(chat_id, body, key, ChatSide.AGENT, author_id=agent.user_id, author_name=agent.name)
