"""Working hours and special days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, optional, required
from kb_app.work_time import announced, complete_years
from models import SpecialDay, Viewer, WorkCalendar, reading, record, unit_of_work
from ticket_bridge.calendar import DAYS, parse_minutes

FIRST_YEAR, LAST_YEAR = 2020, 2099
MOST_SPANS = 6


@dataclass(frozen=True)
class CalendarRow:
    """Working hours; `days` has the text of every day from Monday on."""

    calendar_id: int
    name: str
    days: tuple[str, ...]
    keeps_holidays: bool
    is_default: bool


@dataclass(frozen=True)
class DayRow:
    """A day that differs from its weekday; `own` when it was set here, not announced."""

    day: date
    works: bool
    name: str
    own: bool


@dataclass(frozen=True)
class HoursPage:
    """All working hours, and the special days of one year."""

    calendars: tuple[CalendarRow, ...]
    days: tuple[DayRow, ...]
    year: int
    years: tuple[int, ...]
    is_complete: bool
    open_id: int | None


@dataclass(frozen=True)
class CalendarInput:
    """Working hours as typed, one text a day: "09:00-12:00, 13:00-18:00"."""

    calendar_id: int | None
    name: str
    days: tuple[str, ...]
    keeps_holidays: bool
    is_default: bool


@dataclass(frozen=True)
class DayInput:
    """A special day as typed."""

    day: date | None
    works: bool
    name: str


def hours(ports: Ports, viewer: Viewer, year: int | None, open_id: int | None = None) -> HoursPage:
    """Working hours and the special days of a year."""
    require(viewer, Permission.MANAGE_DESK)
    year = year if year and FIRST_YEAR <= year <= LAST_YEAR else ports.clock().year
    with reading(ports.database) as session:
        found = session.scalars(sa.select(WorkCalendar).order_by(WorkCalendar.id))
        calendars = tuple(_row(calendar) for calendar in found)
        own = {day.day: day for day in session.scalars(sa.select(SpecialDay))}
    rows = {day: DayRow(day, works, name, own=False) for day, works, name in announced()}
    rows.update({day: DayRow(day, it.works, it.name, own=True) for day, it in own.items()})
    days = tuple(rows[day] for day in sorted(rows) if day.year == year)
    years = tuple(sorted({day.year for day in rows} | {ports.clock().year}))
    return HoursPage(calendars, days, year, years, year in complete_years(), open_id)


def _row(calendar: WorkCalendar) -> CalendarRow:
    days = tuple(
        "、".join("-".join(span) for span in calendar.hours.get(str(day), []))
        for day in range(DAYS)
    )
    return CalendarRow(
        calendar.id, calendar.name, days, calendar.keeps_holidays, calendar.is_default
    )


def save_calendar(ports: Ports, viewer: Viewer, form: CalendarInput) -> int:
    """Make or change working hours."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    week = {str(day): parse_day(f"day_{day}", text) for day, text in enumerate(form.days)}
    if not any(week.values()):
        raise InvalidInput("day_0", "no_hours")
    with unit_of_work(ports.database) as session:
        same = sa.select(WorkCalendar.id).where(
            WorkCalendar.name == name, WorkCalendar.id != (form.calendar_id or 0)
        )
        if session.scalar(same) is not None:
            raise InvalidInput("name", "taken")
        known = form.calendar_id
        found = session.get(WorkCalendar, known) if known else WorkCalendar()
        if found is None:
            raise NotFound(known)
        is_first = session.scalar(sa.select(WorkCalendar.id).limit(1)) is None
        if form.is_default:
            session.execute(sa.update(WorkCalendar).values(is_default=False))
        found.name, found.hours = name, week
        found.keeps_holidays = form.keeps_holidays
        found.is_default = form.is_default or is_first
        session.add(found)
        session.flush()
        record(session, viewer, "hours.saved", f"calendar:{found.id}")
        return found.id


def parse_day(field: str, text: str) -> list[list[str]]:
    """The spans of one day as typed; InvalidInput for what cannot be read or overlaps."""
    for sign in "，、；;":
        text = text.replace(sign, ",")
    spans: list[tuple[int, int]] = []
    for part in filter(None, (clean_line(piece) for piece in text.split(","))):
        begin, _dash, end = (
            part.replace("－", "-").replace("—", "-").replace("~", "-").partition("-")
        )
        try:
            spans.append((parse_minutes(begin), parse_minutes(end)))
        except ValueError as error:
            raise InvalidInput(field, "hours") from error
    spans.sort()
    ends = [0, *(end for _begin, end in spans)]
    apart = all(ends[n] <= begin < end for n, (begin, end) in enumerate(spans))
    if not apart or len(spans) > MOST_SPANS:
        raise InvalidInput(field, "hours")
    return [[_clock(begin), _clock(end)] for begin, end in spans]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def delete_calendar(ports: Ports, viewer: Viewer, calendar_id: int) -> None:
    """Take working hours out; who used them uses the site's own."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(WorkCalendar, calendar_id)
        if found is None:
            raise NotFound(calendar_id)
        if found.is_default:
            raise InvalidInput("calendar_id", "default")
        session.delete(found)
        record(session, viewer, "hours.deleted", f"calendar:{calendar_id}", name=found.name)


def set_day(ports: Ports, viewer: Viewer, form: DayInput) -> None:
    """A day off, or a day made up."""
    require(viewer, Permission.MANAGE_DESK)
    name = optional("day_name", form.name, 60)
    if form.day is None or not FIRST_YEAR <= form.day.year <= LAST_YEAR:
        raise InvalidInput("day", "invalid")
    with unit_of_work(ports.database) as session:
        found = session.get(SpecialDay, form.day) or SpecialDay(day=form.day)
        found.works, found.name = form.works, name
        session.add(found)
        record(session, viewer, "hours.day", f"day:{form.day}", works=form.works)


def unset_day(ports: Ports, viewer: Viewer, day: date) -> None:
    """Back to what was announced, or to an ordinary day."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(SpecialDay, day)
        if found is None:
            raise NotFound(day)
        session.delete(found)
        record(session, viewer, "hours.day_unset", f"day:{day}")
