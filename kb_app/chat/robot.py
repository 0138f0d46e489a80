"""The robot's turn: reads what the customer said last and answers, asks back, or calls a person.

Looking up happens outside any transaction; the answer is stored only while the robot still
has the word, and once for what it answers (`robot_seq`), so a turn may be run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer import dialogue
from answerer.compose import compose
from answerer.dialogue import Answer, Ask, HandOver, Nod, Turn
from answerer.evidence import Candidate
from indexer.backend import Hit, SearchUnavailable
from indexer.document import DocKind
from kb_app import candidates
from kb_app.chat import letters
from kb_app.chat.queue import call_person
from kb_app.chat.rules import ChatRules, rules
from kb_app.chat.sources import sources
from kb_app.chat.talk import Say, add_line, customer_of
from kb_app.events import Event, happened
from kb_app.looking import look
from kb_app.ports import Ports
from models import (
    Chat,
    ChatKind,
    ChatMessage,
    ChatSide,
    ChatState,
    Viewer,
    reading,
    unit_of_work,
)
from ticket_bridge.chat.life import robot_speaks

SHOWN = 3
LONGEST_ANSWER = 1_500
PICK = "pick"


def turn(ports: Ports, chat_id: int) -> bool:
    """Answer what was said since the robot's last turn; False when there is nothing to answer."""
    with reading(ports.database) as session:
        chat = session.get(Chat, chat_id)
        if chat is None or not robot_speaks(chat.state) or chat.robot_seq >= chat.customer_seq:
            return False
        target, before = chat.customer_seq, chat.robot_seq
        said = _said(session, chat.id, before)
        history = _history(session, chat.id)
        viewer = customer_of(session, chat)
        own = rules(session)
    reply = _reply(ports, viewer, history, said)
    with unit_of_work(ports.database) as session:
        chat = session.get_one(Chat, chat_id, with_for_update=True)
        if not robot_speaks(chat.state) or chat.robot_seq >= target:
            return False
        chat.robot_seq = target
        text = "\n".join(message.body for message in said)
        _write(ports, session, chat, _Spoken(own, text, reply, target, viewer))
    ports.pulse.beat([chat_id], desk=chat.state is not ChatState.ROBOT)
    return True


def _said(session: Session, chat_id: int, after: int) -> Sequence[ChatMessage]:
    return session.scalars(
        sa.select(ChatMessage)
        .where(
            ChatMessage.chat_id == chat_id,
            ChatMessage.seq > after,
            ChatMessage.side == ChatSide.CUSTOMER,
            ChatMessage.kind == ChatKind.TEXT,
        )
        .order_by(ChatMessage.seq)
    ).all()


def _history(session: Session, chat_id: int) -> tuple[Turn, ...]:
    rows = session.scalars(
        sa.select(ChatMessage)
        .where(ChatMessage.chat_id == chat_id, ChatMessage.side == ChatSide.ROBOT)
        .order_by(ChatMessage.seq)
    )
    return tuple(
        Turn(str(row.data["said"]), _remembered(row.data)) for row in rows if "said" in row.data
    )


def _reply(
    ports: Ports, viewer: Viewer, history: tuple[Turn, ...], said: Sequence[ChatMessage]
) -> dialogue.Reply | None:
    """What the dialogue says; None while search is away, or when only files were sent."""
    if not said:
        return None
    try:
        picked = _picked(ports, viewer, said[-1].data.get(PICK))
        if picked is not None:
            return Answer(picked, 1.0, ())
        text = "\n".join(message.body for message in said)
        return dialogue.reply(history, text, look(ports, viewer))
    except SearchUnavailable as error:
        happened(Event.SEARCH_AWAITED, logging.WARNING, jobs=0, kind=type(error).__name__)
        return None


def _picked(ports: Ports, viewer: Viewer, pick: Any) -> Candidate | None:
    """The choice the customer tapped, as far as they may read it."""
    if not isinstance(pick, list):
        return None
    found = candidates.load(ports, viewer, (_hit(str(pick[0]), int(pick[1])),))
    return found[0] if found else None


def _hit(kind: str, ref_id: int) -> Hit:
    return Hit(DocKind(kind), ref_id, 1, 0.0, 0.0, 0.0, 0.0, 0.0)


class _Spoken:
    """One turn on its way into the database."""

    def __init__(
        self,
        own: ChatRules,
        text: str,
        reply: dialogue.Reply | None,
        target: int,
        viewer: Viewer,
    ) -> None:
        self.own, self.text, self.reply, self.target = own, text, reply, target
        self.viewer = viewer


def _write(ports: Ports, session: Session, chat: Chat, spoken: _Spoken) -> None:
    reply = spoken.reply
    body, shown = _words(ports, spoken.text, reply)
    data = {
        "said": spoken.text[:500],
        "reply": _name(reply),
        "shown": [[c.hit.kind.value, c.hit.ref_id, c.title] for c in shown],
        "sources": sources(session, spoken.viewer, shown),
    }
    line = Say(
        chat.id,
        body,
        f"robot:{spoken.target}",
        ChatSide.ROBOT,
        author_name=spoken.own.robot_name,
        data=data,
    )
    add_line(ports, session, chat, line)
    if isinstance(reply, HandOver):
        chat.summary = {"said": list(reply.summary.said), "shown": list(reply.summary.shown)}
        call_person(ports, session, chat, reply.why.value)


def _words(
    ports: Ports, text: str, reply: dialogue.Reply | None
) -> tuple[str, tuple[Candidate, ...]]:
    """What the robot says, and the candidates that stand below it."""
    if isinstance(reply, Answer):
        return _answer(text, reply.best), (reply.best, *reply.others)[:SHOWN]
    if isinstance(reply, Ask):
        return letters.ASK_WHICH if reply.choices else letters.ASK_AGAIN, reply.choices
    if isinstance(reply, HandOver):
        advice = ports.config.emergency_advice.splitlines() or letters.ADVICE
        lines = "\n".join(f"- {line}" for line in advice if line.strip())
        return letters.HANDED[reply.why.value].format(advice=lines), reply.nearby
    if isinstance(reply, Nod):
        return letters.NOD, ()
    return letters.OUTAGE if text else letters.FILE_SEEN, ()


def _answer(text: str, best: Candidate) -> str:
    if best.titles_only:
        return letters.ANSWER_ENTRY.format(title=best.title)
    body = compose(text, best.body)[:LONGEST_ANSWER]
    return letters.ANSWER_TITLE.format(title=best.title, body=body)


def _name(reply: dialogue.Reply | None) -> str:
    return type(reply).__name__.lower() if reply is not None else "away"


def _remembered(data: dict[str, Any]) -> dialogue.Reply:
    """The stored reply with as much of its candidates as the dialogue looks at."""
    shown = tuple(Candidate(_hit(str(k), int(i)), str(t), "") for k, i, t in data.get("shown", ()))
    kind = data.get("reply")
    if kind == "answer" and shown:
        return Answer(shown[0], 1.0, shown[1:])
    if kind == "ask":
        return Ask(shown, 0.0)
    return Nod()
