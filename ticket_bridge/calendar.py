"""Working time: hours of a week, days off and days made up, in one time zone. Pure.

Moments are whole seconds in UTC; hours are wall-clock times, so that a day on which the clock
is changed is as long as it really is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[int, int]
DAY_MINUTES = 24 * 60
LONGEST_LOOK = 1500
DAYS = 7
ALL_DAY: tuple[Span, ...] = ((0, DAY_MINUTES),)


class NoWorkingTime(ValueError):
    """The calendar has no hour in which anybody works."""


@dataclass(frozen=True)
class Calendar:
    """`week` has the spans (minutes of the day) from Monday on; `special` says day → works."""

    week: tuple[tuple[Span, ...], ...] = (ALL_DAY,) * DAYS
    special: Mapping[date, bool] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The working spans of a day, in order."""
        works = self.special.get(day)
        minutes = self.week[day.weekday()]
        if works is False:
            return ()
        if works and not minutes:
            minutes = next((spans for spans in self.week if spans), ())
        pairs = ((self._moment(day, begin), self._moment(day, end)) for begin, end in minutes)
        return tuple((begin, end) for begin, end in pairs if begin < end)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody works at this moment."""
        day = moment.astimezone(self.zone).date()
        return any(begin <= moment < end for begin, end in self.spans(day))

    def between(self, begin: datetime, end: datetime) -> int:
        """Working seconds from one moment to the other; 0 when time ran backwards."""
        begin, end = whole(begin), whole(end)
        total = 0
        for opens, closes in self._from(begin):
            if opens >= end:
                break
            total += max(0, _seconds(min(closes, end) - max(opens, begin)))
        return total

    def after(self, begin: datetime, seconds: int) -> datetime:
        """The moment at which so many working seconds have passed; NoWorkingTime if never."""
        begin = whole(begin)
        if seconds <= 0:
            return begin
        for opens, closes in self._from(begin):
            start = max(opens, begin)
            worked = max(0, _seconds(closes - start))
            if worked >= seconds:
                return start + timedelta(seconds=seconds)
            seconds -= worked
        raise NoWorkingTime

    def _moment(self, day: date, minute: int) -> datetime:
        if minute >= DAY_MINUTES:
            day, minute = day + timedelta(days=1), 0
        wall = time(minute // 60, minute % 60)
        return datetime.combine(day, wall, self.zone).astimezone(UTC)

    def _from(self, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = begin.astimezone(self.zone).date()
        for _ in range(LONGEST_LOOK):
            yield from self.spans(day)
            day += timedelta(days=1)


def whole(moment: datetime) -> datetime:
    """The moment in UTC without its fraction of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)


def parse_minutes(text: str) -> int:
    """Minutes of the day from "09:30" (or "24:00"); ValueError for anything else."""
    hours, colon, minutes = text.strip().replace("：", ":").partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit()):
        raise ValueError(text)
    found = int(hours) * 60 + int(minutes)
    if int(minutes) >= 60 or found > DAY_MINUTES:  # noqa: PLR2004  minutes of an hour
        raise ValueError(text)
    return found
