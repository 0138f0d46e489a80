"""The lead's wall: who waits, who serves, how it went today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat.console import ChatCard, card_of, open_chats
from kb_app.chat.presence import OnDuty, on_duty
from kb_app.chat.rules import ChatRules, rules
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import CallBack, CallState, Chat, ChatOutcome, ChatState, Viewer, reading

MINUTE = timedelta(minutes=1)
GOOD = 4
ENOUGH_RATINGS = 5
CALLS_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True)
class Today:
    """Figures since midnight; None where nothing happened yet that could be counted."""

    begun: int
    with_agent: int
    by_robot: int
    abandoned: int
    refused: int
    wait_minutes: float | None
    talk_minutes: float | None
    ratings: int
    satisfied: float | None
    in_time: float | None


@dataclass(frozen=True)
class WallPage:
    """Everything on the wall."""

    waiting: tuple[ChatCard, ...]
    active: tuple[ChatCard, ...]
    robots: tuple[ChatCard, ...]
    alarms: int
    longest_wait: datetime | None
    agents: tuple[OnDuty, ...]
    slots: int
    today: Today
    at: datetime
    calls_due: int
    alarms_at: ChatRules

    @property
    def too_many_wait(self) -> bool:
        """More wait than the site wants."""
        return 0 < self.alarms_at.alarm_waiting <= len(self.waiting)

    @property
    def waits_too_long(self) -> bool:
        """Somebody has waited longer than the site wants."""
        most = timedelta(minutes=self.alarms_at.alarm_wait_minutes)
        return bool(most) and self.longest_wait is not None and self.at - self.longest_wait >= most

    @property
    def displeased(self) -> bool:
        """Fewer are satisfied than the site wants, and enough have said so."""
        share = self.today.satisfied
        enough = share is not None and self.today.ratings >= ENOUGH_RATINGS
        return enough and share is not None and share * 100 < self.alarms_at.alarm_satisfied


def wall(ports: Ports, viewer: Viewer) -> WallPage:
    """As it is at this moment."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        cards = [card_of(chat, viewer) for chat in open_chats(session)]
        agents = on_duty(ports, session)
        plan = rules(session)
        today = _today(ports, session, plan.goal_seconds)
        due = sa.select(sa.func.count()).where(
            CallBack.state == CallState.DUE, CallBack.slot_at <= ports.clock() + CALLS_AHEAD
        )
        calls_due = session.scalar(due) or 0
    waiting = tuple(card for card in cards if card.state is ChatState.WAITING)
    active = tuple(card for card in cards if card.state is ChatState.ACTIVE)
    since = [card.waits_since for card in waiting if card.waits_since is not None]
    free = sum(max(0, agent.most - agent.chats) for agent in agents if agent.takes)
    return WallPage(
        waiting,
        active,
        tuple(card for card in cards if card.state is ChatState.ROBOT),
        sum(card.alarmed for card in active),
        min(since, default=None),
        agents,
        free,
        today,
        ports.clock(),
        calls_due,
        plan,
    )


def _today(ports: Ports, session: Session, goal_seconds: int) -> Today:
    zone = ZoneInfo(ports.config.timezone)
    midnight = ports.clock().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    columns = (Chat.accepted_at, Chat.waiting_since, Chat.ended_at, Chat.rating, Chat.outcome)
    chats = session.execute(sa.select(*columns).where(Chat.created_at >= midnight)).all()
    served = [chat for chat in chats if chat.accepted_at is not None]
    waits = [
        (chat.accepted_at - chat.waiting_since) / MINUTE
        for chat in served
        if chat.accepted_at is not None and chat.waiting_since is not None
    ]
    talks = [
        (chat.ended_at - chat.accepted_at) / MINUTE
        for chat in served
        if chat.ended_at is not None and chat.accepted_at is not None
    ]
    rated = [chat.rating for chat in chats if chat.rating is not None]
    good = sum(rating >= GOOD for rating in rated)
    return Today(
        len(chats),
        len(served),
        _ended(chats, ChatOutcome.SELF_SERVED),
        _ended(chats, ChatOutcome.ABANDONED),
        _ended(chats, ChatOutcome.REFUSED),
        median(waits) if waits else None,
        median(talks) if talks else None,
        len(rated),
        good / len(rated) if rated else None,
        sum(wait * 60 <= goal_seconds for wait in waits) / len(waits) if waits else None,
    )


def _ended(chats: Sequence[Any], outcome: ChatOutcome) -> int:
    return sum(chat.outcome is outcome for chat in chats)
