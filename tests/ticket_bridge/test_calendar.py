"""Working time is counted as people work, whatever clocks do (T5, Q6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_app.work_time import announced, complete_years
from ticket_bridge.calendar import ALL_DAY, Calendar, NoWorkingTime, parse_minutes

OFFICE = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
WEEK = (OFFICE,) * 5 + ((), ())
SPECIAL = {day: works for day, works, _name in announced()}
WORK = Calendar(WEEK, SPECIAL)
SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    """A wall-clock time in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("begin", "hours", "end"),
    [
        ("2026-11-23 09:00", 2, "2026-11-23 11:00"),
        ("2026-11-23 11:00", 2, "2026-11-23 14:00"),
        ("2026-11-23 17:00", 2, "2026-11-24 10:00"),
        ("2026-11-21 10:00", 1, "2026-11-23 10:00"),
        ("2026-02-13 17:00", 2, "2026-02-14 10:00"),
        ("2026-02-14 17:00", 2, "2026-02-24 10:00"),
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),
        ("2026-10-09 17:00", 2, "2026-10-10 10:00"),
    ],
)
def test_it_counts_only_hours_in_which_people_work(begin: str, hours: int, end: str) -> None:
    """T5: lunch, nights, week-ends, 春节 and 国庆 do not count; make-up Saturdays do."""
    assert WORK.after(at(begin), hours * 3600) == at(end)
    assert WORK.between(at(begin), at(end)) == hours * 3600


@given(MOMENTS, st.integers(0, 200 * 3600))
def test_it_counts_back_what_it_counted_forward(begin: datetime, seconds: int) -> None:
    """T5: the moment found lies exactly so many working seconds ahead."""
    assert WORK.between(begin, WORK.after(begin, seconds)) == seconds


@given(st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_it_adds_up(moments: list[datetime]) -> None:
    """T5: two stretches are as long as the whole; no second is lost or counted twice."""
    first, middle, last = moments
    assert WORK.between(first, middle) + WORK.between(middle, last) == WORK.between(first, last)
    assert WORK.between(last, first) == 0


def test_it_survives_the_change_of_clocks() -> None:
    """T5: on the day clocks change, a night shift is as long as it really is."""
    berlin = Calendar((ALL_DAY,) * 7, {}, ZoneInfo("Europe/Berlin"))
    spring = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Berlin"))
    autumn = datetime(2026, 10, 25, tzinfo=ZoneInfo("Europe/Berlin"))
    for day, hours in ((spring, 23), (autumn, 25)):
        begin = day.astimezone(UTC)
        end = (day + timedelta(days=1)).astimezone(UTC)
        assert berlin.between(begin, end) == hours * 3600
        assert berlin.after(begin, hours * 3600) == end


def test_it_says_when_nobody_ever_works() -> None:
    """T5: a calendar without hours ends in an error, not in an endless search."""
    with pytest.raises(NoWorkingTime):
        Calendar(((),) * 7).after(at("2026-11-23 09:00"), 1)


def test_it_knows_the_announced_holidays() -> None:
    """T5: the official days of 2025 and 2026, with the Saturdays and Sundays made up."""
    assert complete_years() == (2025, 2026)
    assert sum(not SPECIAL[day] for day in SPECIAL if day.year == 2026) == 33
    made_up = [day.isoformat() for day in sorted(SPECIAL) if SPECIAL[day] and day.year == 2026]
    assert made_up == [
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ]
    assert all(day.weekday() >= 5 for day in SPECIAL if SPECIAL[day])
    assert SPECIAL[date(2027, 2, 6)] is False


@pytest.mark.parametrize("text", ["9", "25:00", "09:60", "a:b", "24:01", "-1:00", ""])
def test_it_refuses_what_is_no_time(text: str) -> None:
    """T5: hours are typed by people."""
    with pytest.raises(ValueError, match=text or "^$"):
        parse_minutes(text)
