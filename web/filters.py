"""How values look on a page: times, sizes, states. Times are shown in the site's zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask

from models import utcnow
from web.messages import STATUS_LABELS
from web.time_words import AGO_WORDS, BY_WHEN, DATE_WORD, YEAR_WORD

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60, 3600, 86400
MONTH, YEAR = 30 * DAY, 365 * DAY
STEPS = (
    (HOUR, MINUTE, "minutes"),
    (DAY, HOUR, "hours"),
    (MONTH, DAY, "days"),
    (YEAR, MONTH, "months"),
)
KIB = 1024


def ago(moment: datetime | None) -> str:
    """How long ago, in the largest unit that fits; a future time counts as now."""
    if moment is None:
        return ""
    seconds = (utcnow() - moment) // timedelta(seconds=1)
    if seconds < MINUTE:
        return AGO_WORDS["now"]
    for end, unit, word in STEPS:
        if seconds < end:
            return AGO_WORDS[word].format(n=seconds // unit)
    return AGO_WORDS["years"].format(n=seconds // YEAR)


def date(moment: datetime | None, zone: tzinfo = ZONE) -> str:
    """The day, such as 2026-11-22."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d")


def clock_time(moment: datetime | None, zone: tzinfo = ZONE) -> str:
    """Day and minute, such as 2026-11-22 09:05."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def local_time(moment: datetime | None, zone: tzinfo = ZONE) -> str:
    """As a field for date and time takes it, such as 2026-11-22T09:05."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def by_when(moment: datetime | None, zone: tzinfo = ZONE) -> str:
    """A time to come as people say it, such as 今天 17:30."""
    if moment is None:
        return ""
    local, today = moment.astimezone(zone), utcnow().astimezone(zone).date()
    days = (local.date() - today).days
    if days in BY_WHEN:
        return BY_WHEN[days].format(time=local.strftime("%H:%M"))
    year = "" if local.year == today.year else YEAR_WORD.format(year=local.year)
    return year + DATE_WORD.format(month=local.month, day=local.day, time=local.strftime("%H:%M"))


def filesize(size: int) -> str:
    """Bytes in the unit a person would use."""
    amount, units = float(size), ["B", "KB", "MB", "GB"]
    while amount >= KIB and len(units) > 1:
        amount, units = amount / KIB, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def status_label(status: str) -> str:
    """The name of a question's, ticket's or article's state."""
    return STATUS_LABELS.get(str(status), str(status))


FILTERS: dict[str, Callable[[Any], str]] = {
    "ago": ago,
    "filesize": filesize,
    "status_label": status_label,
}


def init_filters(app: Flask, timezone: str) -> None:
    """Make the filters known to every template; times are those of `timezone`."""
    zone = ZoneInfo(timezone)
    times = {
        "date": partial(date, zone=zone),
        "datetime": partial(clock_time, zone=zone),
        "localtime": partial(local_time, zone=zone),
        "by_when": partial(by_when, zone=zone),
    }
    app.jinja_env.filters.update({**FILTERS, **times})
