"""A stretch of whole days in the site's time zone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = (7, 30, 90)
USUAL = 30
LONGEST = 366


@dataclass(frozen=True)
class Wanted:
    """What an address asks for: a number of days, or two dates; anything odd is mended."""

    days: int = USUAL
    first: date | None = None
    last: date | None = None
    category_id: int | None = None


@dataclass(frozen=True)
class Period:
    """From the beginning of `first` to the end of `last`; `days` is 0 for a custom one."""

    first: date
    last: date
    days: int
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first moment, in UTC."""
        return datetime.combine(self.first, time.min, self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        after = self.last + timedelta(days=1)
        return datetime.combine(after, time.min, self.zone).astimezone(UTC)

    @property
    def dates(self) -> tuple[date, ...]:
        """Every day of it."""
        return tuple(
            self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)
        )

    def day_of(self, moment: datetime) -> date:
        """The day a moment falls on."""
        return moment.astimezone(self.zone).date()


def period_of(wanted: Wanted, now: datetime, zone: ZoneInfo) -> Period:
    """The days that are meant; never in the future, never longer than a year."""
    today = now.astimezone(zone).date()
    if wanted.first is None or wanted.last is None:
        days = wanted.days if wanted.days in DAYS else USUAL
        return Period(today - timedelta(days=days - 1), today, days, zone)
    first, last = sorted((min(wanted.first, today), min(wanted.last, today)))
    first = max(first, last - timedelta(days=LONGEST - 1))
    return Period(first, last, 0, zone)
