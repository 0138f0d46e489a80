"""The demo's chats: finished conversations, so that the archive and the curves show something."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat import letters
from kb_app.demo.people import FOLDER
from kb_app.ports import Ports
from models import (
    Chat,
    ChatMessage,
    ChatOutcome,
    ChatSide,
    ChatState,
    ChatVisit,
    ServiceNode,
    User,
    put_chat_text,
)


def add_chats(ports: Ports, session: Session, people: dict[str, User]) -> None:
    """All of them, as long ago as the file says."""
    nodes = {node.name: node.id for node in session.scalars(sa.select(ServiceNode))}
    for data in json.loads((FOLDER / "chats.json").read_text(encoding="utf-8")):
        begun = ports.clock() - timedelta(hours=data["hours_ago"])
        chat = _chat(data, begun, people, nodes)
        session.add(chat)
        session.flush()
        said = _said(data, chat, begun, people)
        session.add_all(said)
        session.add_all(
            ChatVisit(chat_id=chat.id, path=path, title=title, at=begun)
            for path, title in data["visits"]
        )
        put_chat_text(session, chat.id, [chat.customer_name, *(line.body for line in said)])


def _chat(
    data: dict[str, Any], begun: datetime, people: dict[str, User], nodes: dict[str, int]
) -> Chat:
    customer, agent = people.get(data["customer"]), people.get(data.get("agent", ""))
    ended = begun + timedelta(seconds=data["said"][-1][1] + 30)
    spoke = [second for side, second, _ in data["said"] if side == "agent"]
    last = len(data["said"])
    return Chat(
        public_id=data["id"],
        opening_key=data["id"],
        customer_id=customer.id if customer else None,
        customer_key=f"u:{customer.id}" if customer else f"v:{data['id']}",
        customer_name=customer.name if customer else data["name"],
        topic=data["said"][0][2],
        page=data["page"],
        node_id=nodes.get(data["node"]),
        state=ChatState.ENDED,
        outcome=ChatOutcome(data["outcome"]),
        agent_id=agent.id if agent else None,
        why=data.get("why", ""),
        last_seq=last,
        customer_seq=last,
        agent_seq=last,
        customer_read=last,
        agent_read=last,
        robot_seq=last,
        waiting_since=begun + timedelta(seconds=spoke[0] - 20) if spoke else None,
        accepted_at=begun + timedelta(seconds=spoke[0] - 5) if spoke else None,
        ended_at=ended,
        rating=data["rating"],
        rating_comment=data["comment"],
        created_at=begun,
        updated_at=ended,
    )


def _said(
    data: dict[str, Any], chat: Chat, begun: datetime, people: dict[str, User]
) -> list[ChatMessage]:
    agent = people.get(data.get("agent", ""))
    names = {
        "customer": chat.customer_name,
        "robot": letters.ROBOT_NAME,
        "agent": agent.name if agent else "",
    }
    return [
        ChatMessage(
            chat_id=chat.id,
            seq=number,
            side=ChatSide(side),
            author_id=agent.id if agent and side == "agent" else None,
            author_name=names[side],
            body=text,
            client_id=f"demo-{number}",
            created_at=begun + timedelta(seconds=second),
        )
        for number, (side, second, text) in enumerate(data["said"], 1)
    ]
