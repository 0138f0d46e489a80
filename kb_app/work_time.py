"""When people work: calendars and days off from the database, holidays from the data file.

The file has what the State Council announced (2025, 2026) and the statutory days of 2027; a
day set on the site wins over the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

import ticket_bridge
from kb_app.ports import Ports
from models import SpecialDay, WorkCalendar
from ticket_bridge.calendar import ALL_DAY, DAYS, Calendar, Span, parse_minutes

FILE = Path(ticket_bridge.__file__).parent / "holidays.json"


@cache
def announced() -> tuple[tuple[date, bool, str], ...]:
    """The days of the file: day, whether it is worked, its name."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple((date.fromisoformat(d["day"]), d["works"], d["name"]) for d in data["days"])


@cache
def complete_years() -> tuple[int, ...]:
    """The years whose make-up days are known."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8"))["complete_years"])


class WorkTime:
    """Every calendar of the site, read once."""

    def __init__(self, ports: Ports, session: Session) -> None:
        self._zone = ZoneInfo(ports.config.timezone)
        self._special = {day: works for day, works, _name in announced()}
        own = session.execute(sa.select(SpecialDay.day, SpecialDay.works)).all()
        self._special.update({row.day: row.works for row in own})
        rows = session.scalars(sa.select(WorkCalendar).order_by(WorkCalendar.id)).all()
        self._calendars = {row.id: self._calendar(row) for row in rows}
        self.default_id = next((row.id for row in rows if row.is_default), None)

    def calendar(self, calendar_id: int | None) -> Calendar:
        """The calendar named, else the site's own, else one that is always open."""
        wanted = calendar_id if calendar_id in self._calendars else self.default_id
        if wanted is None:
            return Calendar((ALL_DAY,) * DAYS, {}, self._zone)
        return self._calendars[wanted]

    def _calendar(self, row: WorkCalendar) -> Calendar:
        special: Mapping[date, bool] = self._special if row.keeps_holidays else {}
        return Calendar(week_of(row.hours), special, self._zone)


def week_of(hours: Mapping[str, list[list[str]]]) -> tuple[tuple[Span, ...], ...]:
    """The stored hours as spans from Monday on."""
    return tuple(
        tuple((parse_minutes(begin), parse_minutes(end)) for begin, end in hours.get(str(day), []))
        for day in range(DAYS)
    )
