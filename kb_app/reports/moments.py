"""Moments in SQL on both databases: seconds, and the site's local days, weeks and hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from kb_app.insight.period import Period

DAY, HOUR = 86_400, 3_600
WEEK_DAYS, DAY_HOURS = 7, 24
# 1970-01-01 was a Thursday: three days after a Monday.
THURSDAY = 3
EPOCH = date(1970, 1, 1)


class seconds_of(FunctionElement[int]):  # noqa: N801  reads as the SQL function it is
    """Whole seconds since 1970 of a moment kept in UTC."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(seconds_of)
def _standard(element: Any, compiler: Any, **kw: Any) -> str:
    inner = compiler.process(element.clauses, **kw)
    return f"CAST(FLOOR(EXTRACT(EPOCH FROM {inner})) AS BIGINT)"


@compiles(seconds_of, "sqlite")
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kw)}) AS INTEGER)"


def offsets(period: Period) -> list[tuple[datetime, int]]:
    """Until which moment how many seconds are added to UTC; one entry where no clock changes."""
    found: list[tuple[datetime, int]] = []
    at, before = period.start, _offset(period, period.start)
    while at < period.end:
        following = min(at + timedelta(days=1), period.end)
        after = _offset(period, following)
        if after != before:
            found.append((_change(period, at, following), before))
        at, before = following, after
    return [*found, (period.end, before)]


def _offset(period: Period, moment: datetime) -> int:
    return int((moment.astimezone(period.zone).utcoffset() or timedelta()).total_seconds())


def _change(period: Period, low: datetime, high: datetime) -> datetime:
    """The minute in which the clocks change."""
    before = _offset(period, low)
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        if _offset(period, middle) == before:
            low = middle
        else:
            high = middle
    return high.replace(second=0, microsecond=0)


def local_seconds(moment: Any, period: Period) -> sa.ColumnElement[int]:
    """Seconds since 1970 as the clocks of the site show it."""
    known = offsets(period)
    if len(known) == 1:
        return seconds_of(moment) + known[0][1]
    cases = [(moment < until, offset) for until, offset in known[:-1]]
    return seconds_of(moment) + sa.case(*cases, else_=known[-1][1])


def local_day(moment: Any, period: Period) -> sa.ColumnElement[int]:
    """Days since 1970."""
    return local_seconds(moment, period) // DAY


def local_week(moment: Any, period: Period) -> sa.ColumnElement[int]:
    """Weeks since the Monday before 1970."""
    return (local_day(moment, period) + THURSDAY) // WEEK_DAYS


def local_weekday(moment: Any, period: Period) -> sa.ColumnElement[int]:
    """0 is Monday."""
    return (local_day(moment, period) + THURSDAY) % WEEK_DAYS


def local_hour(moment: Any, period: Period) -> sa.ColumnElement[int]:
    """0 to 23."""
    return (local_seconds(moment, period) // HOUR) % DAY_HOURS


def local_month(moment: Any, period: Period) -> sa.ColumnElement[int]:
    """Year times twelve plus month from 0."""
    cases = []
    for number in months(period):
        after = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
        begin = datetime.combine(after, datetime.min.time(), period.zone).astimezone(UTC)
        cases.append((moment < begin, number))
    return sa.case(*cases, else_=months(period)[-1])


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def day_named(number: int) -> date:
    """The day with this number."""
    return EPOCH + timedelta(days=number)


def week_number(day: date) -> int:
    """Weeks since the Monday before 1970."""
    return (day_number(day) + THURSDAY) // WEEK_DAYS


def monday(week: int) -> date:
    """The first day of a week."""
    return day_named(week * WEEK_DAYS - THURSDAY)


def months(period: Period) -> list[int]:
    """Every month of the period."""
    first = period.first.year * 12 + period.first.month - 1
    last = period.last.year * 12 + period.last.month - 1
    return list(range(first, last + 1))
