"""Figures of each hour, written once it is over and again for two days: they outlive the chats.

What began after the last stored hour is counted when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.chat.rules import rules
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Chat, ChatHour, ChatOutcome, Viewer, reading, unit_of_work

HOUR = timedelta(hours=1)
# Ratings and ends come later than the chat itself.
AGAIN = timedelta(hours=48)
AT_ONCE = timedelta(days=31)
GOOD = 4
FIGURES = (
    "begun",
    "asked_person",
    "served",
    "abandoned",
    "in_time",
    "wait_seconds",
    "talk_seconds",
    "rated",
    "satisfied",
)


@dataclass(frozen=True)
class Stretch:
    """A day, or an hour of the day; `at` is its begin, or the hour 0 to 23."""

    at: datetime | int
    begun: int
    asked_person: int
    served: int
    abandoned: int
    in_time: int
    wait_seconds: int
    talk_seconds: int
    rated: int
    satisfied: int

    @property
    def mean_wait(self) -> float | None:
        """Minutes until an agent came."""
        return self.wait_seconds / self.served / 60 if self.served else None

    @property
    def share_abandoned(self) -> float | None:
        """Of those who asked for a person."""
        return self.abandoned / self.asked_person if self.asked_person else None

    @property
    def share_in_time(self) -> float | None:
        """Accepted within the goal, of those accepted."""
        return self.in_time / self.served if self.served else None

    @property
    def share_satisfied(self) -> float | None:
        """Of those who rated."""
        return self.satisfied / self.rated if self.rated else None


@dataclass(frozen=True)
class History:
    """The last so many days, day by day and hour by hour."""

    days: int
    by_day: tuple[Stretch, ...]
    by_hour: tuple[Stretch, ...]
    whole: Stretch
    goal_seconds: int


def keep_hours(ports: Ports) -> int:
    """Store the hours that are over; returns how many were written. Cheap while none is new."""
    now = ports.clock()
    current = _hour(now)
    with reading(ports.database) as session:
        last = session.scalar(sa.select(sa.func.max(ChatHour.hour_at)))
        first = session.scalar(sa.select(sa.func.min(Chat.created_at)))
        if first is None or (last is not None and last >= current - HOUR):
            return 0
        begin = _hour(first) if last is None else max(_hour(first), last - AGAIN)
        end = min(current, begin + AT_ONCE)
        found = _counted(session, begin, end, rules(session).goal_seconds)
    # An hour without chats is stored as well: it says how far the counting has come.
    found.setdefault(end - HOUR, dict.fromkeys(FIGURES, 0))
    with unit_of_work(ports.database) as session:
        for hour_at, figures in sorted(found.items()):
            session.merge(ChatHour(hour_at=hour_at, **figures))
    return len(found)


def history(ports: Ports, viewer: Viewer, days: int) -> History:
    """By day and by hour of the day, in the site's time."""
    require(viewer, Permission.MANAGE_DESK)
    zone = ZoneInfo(ports.config.timezone)
    today = ports.clock().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begin = today - timedelta(days=days - 1)
    with reading(ports.database) as session:
        goal = rules(session).goal_seconds
        hours = _stored_and_new(ports, session, begin, goal)
    dates = [begin + timedelta(days=n) for n in range(days)]
    return History(
        days,
        tuple(_sum(d, (f for at, f in hours if at.astimezone(zone).date() == d.date()))
              for d in dates),
        tuple(_sum(n, (f for at, f in hours if at.astimezone(zone).hour == n))
              for n in range(24)),
        _sum(begin, (figures for _, figures in hours)),
        goal,
    )  # fmt: skip


def _stored_and_new(
    ports: Ports, session: Session, begin: datetime, goal: int
) -> list[tuple[datetime, dict[str, int]]]:
    rows = session.scalars(
        sa.select(ChatHour).where(ChatHour.hour_at >= begin).order_by(ChatHour.hour_at)
    )
    stored = {row.hour_at: {name: getattr(row, name) for name in FIGURES} for row in rows}
    last = max(stored, default=None)
    fresh = begin if last is None else max(begin, last - AGAIN)
    stored.update(_counted(session, _hour(fresh), ports.clock() + HOUR, goal))
    return sorted(stored.items())


def _counted(
    session: Session, begin: datetime, end: datetime, goal: int
) -> dict[datetime, dict[str, int]]:
    rows = session.execute(
        sa.select(
            Chat.created_at,
            Chat.waiting_since,
            Chat.accepted_at,
            Chat.ended_at,
            Chat.outcome,
            Chat.rating,
        ).where(Chat.created_at >= begin, Chat.created_at < end)
    )
    found: dict[datetime, dict[str, int]] = {}
    for row in rows:
        figures = found.setdefault(_hour(row.created_at), dict.fromkeys(FIGURES, 0))
        for name, value in _of(row, goal).items():
            figures[name] += value
    return found


def _of(row: Any, goal: int) -> dict[str, int]:
    """What one chat adds to its hour."""
    served = row.accepted_at is not None
    asked = served or row.waiting_since is not None
    waited = _seconds(row.waiting_since, row.accepted_at) if served else 0
    return {
        "begun": 1,
        "asked_person": int(asked),
        "served": int(served),
        "abandoned": int(asked and row.outcome is ChatOutcome.ABANDONED),
        "in_time": int(served and waited <= goal),
        "wait_seconds": waited,
        "talk_seconds": _seconds(row.accepted_at, row.ended_at) if served else 0,
        "rated": int(row.rating is not None),
        "satisfied": int(row.rating is not None and row.rating >= GOOD),
    }


def _seconds(begin: datetime | None, end: datetime | None) -> int:
    """0 when either never happened; a chat that went back into the queue waited anew."""
    return max(0, int((end - begin).total_seconds())) if begin and end else 0


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _sum(at: datetime | int, parts: Iterable[dict[str, int]]) -> Stretch:
    every: Sequence[dict[str, int]] = tuple(parts)
    return Stretch(at, *(sum(part[name] for part in every) for name in FIGURES))
