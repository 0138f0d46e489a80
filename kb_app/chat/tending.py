"""What the worker does for chats every few seconds; harmless as often as one likes.

Silence is noticed, waiting chats are given out, the robot's left-behind turns are taken,
and transcripts older than the site keeps them are forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb_app.chat.ending import Ending, close
from kb_app.chat.hours import keep_hours
from kb_app.chat.overflow import spill
from kb_app.chat.queue import give_out
from kb_app.chat.robot import turn
from kb_app.chat.rules import ChatRules, rules
from kb_app.chat.talk import add_event
from kb_app.errors import WendaError
from kb_app.events import Event, happened
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM
from models import Chat, ChatOutcome, ChatState, drop_chat_texts, reading, unit_of_work
from ticket_bridge.chat.life import robot_speaks
from ticket_bridge.chat.silence import Due, Moments, due

# Whoever took the customer's message normally takes the robot's turn as well.
ROBOT_LATE = timedelta(seconds=8)
FORGET_AT_ONCE = 200
# In the order of Moments' fields.
MOMENTS = (
    "state",
    "customer_at",
    "agent_at",
    "accepted_at",
    "seen_at",
    "alarmed_at",
    "reminded_at",
)


def tend(ports: Ports) -> None:
    """All of it."""
    with reading(ports.database) as session:
        own = rules(session)
        chats = session.execute(_silent(ports, own)).all()
    late = ports.clock() - ROBOT_LATE
    for chat in chats:
        if due(_moments(chat), own.patience, ports.clock()) is not None:
            _act(ports, chat.id, own)
        elif _waits_for_robot(chat) and chat.customer_at < late:
            _late_turn(ports, chat.id)
    spill(ports, own)
    give_out(ports)
    keep_hours(ports)
    forget(ports, own.keep_days)


def _waits_for_robot(chat: sa.Row[Any]) -> bool:
    unread = chat.robot_seq < chat.customer_seq and chat.customer_at is not None
    return bool(unread and robot_speaks(chat.state))


def _silent(ports: Ports, own: ChatRules) -> sa.Select[Any]:
    """Those for which something could be due: where talk goes on, nothing is looked at."""
    shortest = min(own.alarm_minutes, own.remind_minutes, own.close_minutes)
    quiet = ports.clock() - timedelta(minutes=shortest)
    busy = sa.and_(Chat.state == ChatState.ACTIVE, Chat.agent_at > quiet, Chat.customer_at > quiet)
    columns = [getattr(Chat, name) for name in MOMENTS]
    unended = Chat.state != ChatState.ENDED
    return sa.select(Chat.id, Chat.robot_seq, Chat.customer_seq, *columns).where(
        unended, sa.not_(sa.func.coalesce(busy, sa.false()))
    )


def _late_turn(ports: Ports, chat_id: int) -> None:
    """Says nothing once the chat has left the robot; one chat's trouble is not the others'."""
    try:
        turn(ports, chat_id)
    except (SQLAlchemyError, WendaError) as error:
        happened(Event.CHAT_STUMBLED, logging.WARNING, error=type(error).__name__)


def _moments(chat: Chat | sa.Row[Any]) -> Moments:
    return Moments(*(getattr(chat, name) for name in MOMENTS))


def _act(ports: Ports, chat_id: int, own: ChatRules) -> None:
    """Judged once more with the chat locked: somebody may have spoken."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        chat = session.get(Chat, chat_id, with_for_update=True)
        found = due(_moments(chat), own.patience, now) if chat else None
        if chat is None or found is None:
            return
        _deed(ports, session, chat, found, own)
    ports.pulse.beat([chat_id], desk=True)


def _deed(ports: Ports, session: Session, chat: Chat, found: Due, own: ChatRules) -> None:
    if found is Due.ALARM:
        chat.alarmed_at = ports.clock()
        add_event(ports, session, chat, "alarm", staff=True, minutes=own.alarm_minutes)
    elif found is Due.REMIND:
        chat.reminded_at = ports.clock()
        left = own.close_minutes - own.remind_minutes
        add_event(ports, session, chat, "reminder", minutes=left)
    else:
        abandoned = found is Due.ABANDON
        outcome = ChatOutcome.ABANDONED if abandoned else ChatOutcome.QUIET
        close(ports, session, chat, SYSTEM, Ending(outcome))


def forget(ports: Ports, keep_days: int) -> int:
    """Delete chats that ended longer ago than the site keeps them; their tickets stay."""
    if keep_days == 0:
        return 0
    before = ports.clock() - timedelta(days=keep_days)
    old = sa.select(Chat.id).where(Chat.ended_at < before).limit(FORGET_AT_ONCE)
    with reading(ports.database) as session:
        ids: Sequence[int] = session.scalars(old).all()
    if ids:
        with unit_of_work(ports.database) as session:
            drop_chat_texts(session, ids)
            session.execute(sa.delete(Chat).where(Chat.id.in_(ids)))
    return len(ids)
