"""When something repeats, in a time zone: daily, weekly, monthly, or as a cron line; pure.

A time that a clock change skips comes an hour later, one it repeats comes once.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

LAST_DAY = 32
LOOK_AHEAD = timedelta(days=366 * 5)
PART = re.compile(r"(\*|\d{1,2}(?:-\d{1,2})?)(?:/(\d{1,2}))?")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
FIELDS = 5


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CRON = "cron"


class BadRhythm(ValueError):
    """Not a rhythm, or one that never comes."""


@dataclass(frozen=True)
class Rhythm:
    """`at` is HH:MM; `weekdays` from 0 (Monday); `day` of the month, LAST_DAY for its last."""

    every: Every
    at: str = "09:00"
    weekdays: tuple[int, ...] = ()
    day: int = 1
    cron: str = ""


@dataclass(frozen=True)
class _Times:
    """At which minutes of which days: what every rhythm comes down to."""

    minutes: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def has(self, day: date) -> bool:
        """Whether it is one of the days; cron takes either of day and weekday when both are set."""
        last = monthrange(day.year, day.month)[1]
        of_month = day.day in self.days or (day.day == last and LAST_DAY in self.days)
        of_week = day.weekday() in self.weekdays
        fits = of_month or of_week if self.either else of_month and of_week
        return day.month in self.months and fits


def checked(rhythm: Rhythm) -> Rhythm:
    """The rhythm, or BadRhythm: unreadable, or without a date in five years."""
    if next_after(rhythm, UTC, datetime(2027, 1, 1, tzinfo=UTC)) is None:
        raise BadRhythm("never")
    return rhythm


def next_after(rhythm: Rhythm, zone: tzinfo, moment: datetime) -> datetime | None:
    """The first time after `moment`, in UTC; BadRhythm when it cannot be read."""
    return next(_coming(rhythm, zone, moment), None)


def upcoming(rhythm: Rhythm, zone: tzinfo, moment: datetime, most: int) -> tuple[datetime, ...]:
    """The next times, in UTC."""
    coming = _coming(rhythm, zone, moment)
    return tuple(found for _place, found in zip(range(most), coming, strict=False))


def missed(rhythm: Rhythm, zone: tzinfo, since: datetime, now: datetime, most: int = 1000) -> int:
    """How many times came after `since` and not after `now`."""
    count = 0
    for found in _coming(rhythm, zone, since):
        if found > now or count >= most:
            break
        count += 1
    return count


def _coming(rhythm: Rhythm, zone: tzinfo, moment: datetime) -> Iterator[datetime]:
    times = _times(rhythm)
    day = moment.astimezone(zone).date()
    last = day + LOOK_AHEAD
    while day <= last:
        if times.has(day):
            for minute in times.minutes:
                local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
                found = local.astimezone(UTC)
                if found > moment:
                    moment = found
                    yield found
        day += timedelta(days=1)


def _times(rhythm: Rhythm) -> _Times:
    everyday = frozenset(range(1, LAST_DAY + 1))
    months, week = frozenset(range(1, 13)), frozenset(range(7))
    if rhythm.every is Every.CRON:
        return _cron(rhythm.cron)
    minutes = (_minute(rhythm.at),)
    if rhythm.every is Every.DAY:
        return _Times(minutes, everyday, months, week, either=False)
    if rhythm.every is Every.WEEK:
        if not rhythm.weekdays or not set(rhythm.weekdays) <= week:
            raise BadRhythm("weekdays")
        return _Times(minutes, everyday, months, frozenset(rhythm.weekdays), either=False)
    if not 1 <= rhythm.day <= LAST_DAY:
        raise BadRhythm("day")
    return _Times(minutes, frozenset({rhythm.day}), months, week, either=False)


def _minute(text: str) -> int:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:  # noqa: PLR2004  a clock
        raise BadRhythm("at")
    return int(found[1]) * 60 + int(found[2])


def _cron(line: str) -> _Times:
    parts = line.split()
    if len(parts) != FIELDS:
        raise BadRhythm("cron")
    minutes, hours, days, months, weekdays = (
        _numbers(part, *bounds) for part, bounds in zip(parts, RANGES, strict=True)
    )
    times = tuple(hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes))
    # Cron counts from Sunday, which is 0 and 7.
    week = frozenset((each - 1) % 7 for each in weekdays)
    both = parts[2] != "*" and parts[4] != "*"
    return _Times(times, frozenset(days), frozenset(months), week, either=both)


def _numbers(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match is None:
            raise BadRhythm("cron")
        span, step = match[1], int(match[2] or 1)
        begin, end = (low, high) if span == "*" else _span(span, high if match[2] else None)
        if not low <= begin <= end <= high or step < 1:
            raise BadRhythm("cron")
        found |= set(range(begin, end + 1, step))
    return found


def _span(text: str, open_end: int | None) -> tuple[int, int]:
    begin, dash, end = text.partition("-")
    if dash:
        return int(begin), int(end)
    return int(begin), int(begin) if open_end is None else open_end
