"""When a customer may be called: in working hours, not too soon, not too far away. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ticket_bridge.calendar import Calendar

LENGTH = timedelta(minutes=30)
SOONEST = timedelta(minutes=15)
FURTHEST = timedelta(days=14)
MOST_DAYS = 5


def slots(
    calendar: Calendar, now: datetime, taken: Sequence[datetime], most: int
) -> tuple[datetime, ...]:
    """When slots begin that still have room, those of the next MOST_DAYS working days.

    `taken` has the begin of each call that is promised already, `most` fit into one slot.
    """
    full = Counter(taken)
    found = [slot for slot in _all(calendar, now) if full[slot] < most]
    days = list(dict.fromkeys(slot.astimezone(calendar.zone).date() for slot in found))
    last = days[:MOST_DAYS]
    return tuple(slot for slot in found if slot.astimezone(calendar.zone).date() in last)


def following(calendar: Calendar, after: datetime) -> datetime | None:
    """The first slot behind a moment; None when nobody works within FURTHEST."""
    return next(_all(calendar, after), None)


def _all(calendar: Calendar, now: datetime) -> Iterator[datetime]:
    day, last = now.astimezone(calendar.zone).date(), now + FURTHEST
    while True:
        for opens, closes in calendar.spans(day):
            begin = opens
            while begin + LENGTH <= closes:
                if begin > last:
                    return
                if begin >= now + SOONEST:
                    yield begin
                begin += LENGTH
        day += timedelta(days=1)
        if day > last.astimezone(calendar.zone).date():
            return
