"""When a customer may be called (C7). Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ticket_bridge.calendar import Calendar
from ticket_bridge.chat.slots import LENGTH, MOST_DAYS, SOONEST, following, slots

# Monday to Friday 9 to 12 in Shanghai, which is 1 to 4 in UTC.
WEEK = (((540, 720),),) * 5 + ((), ())
OFFICE = Calendar(WEEK)
MONDAY = datetime(2026, 11, 23, 1, 50, tzinfo=UTC)


def test_it_offers_half_hours_within_working_hours() -> None:
    """C7: not too soon, none that would end after closing time."""
    found = slots(OFFICE, MONDAY, (), 1)
    today = [slot for slot in found if slot.date() == MONDAY.date()]
    assert today[0] >= MONDAY + SOONEST
    assert today[-1] + LENGTH == MONDAY.replace(hour=4, minute=0)
    assert all(OFFICE.is_open(slot) for slot in found)


def test_it_skips_days_off_and_offers_five_days() -> None:
    """C7: the weekend and a holiday are nobody's working day."""
    holiday = date(2026, 11, 24)
    days = {slot.date() for slot in slots(Calendar(WEEK, {holiday: False}), MONDAY, (), 1)}
    assert holiday not in days
    assert len(days) == MOST_DAYS
    assert all(day.weekday() < MOST_DAYS for day in days)


def test_it_fills_a_slot_and_no_further() -> None:
    """C7: two fit, the third is offered another time."""
    first = slots(OFFICE, MONDAY, (), 2)[0]
    assert first in slots(OFFICE, MONDAY, (first,), 2)
    assert first not in slots(OFFICE, MONDAY, (first, first), 2)


def test_it_offers_nothing_where_nobody_works() -> None:
    """C7: an empty calendar ends the search."""
    nobody = Calendar(((),) * 7)
    assert slots(nobody, MONDAY, (), 3) == ()
    assert following(nobody, MONDAY) is None


def test_it_finds_the_next_slot_after_the_weekend() -> None:
    """C7: Friday evening leads to Monday morning."""
    friday = MONDAY + timedelta(days=4, hours=6)
    assert following(OFFICE, friday) == (MONDAY + timedelta(days=7)).replace(hour=1, minute=0)
