"""When scheduled tickets come: zones, months without a 31st, clock changes, cron (T2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticket_bridge.rhythm import (
    LAST_DAY,
    BadRhythm,
    Every,
    Rhythm,
    checked,
    missed,
    next_after,
    upcoming,
)

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
RHYTHMS = st.one_of(
    st.builds(Rhythm, st.just(Every.DAY), st.sampled_from(["00:00", "02:30", "23:59"])),
    st.builds(
        Rhythm,
        st.just(Every.WEEK),
        st.just("02:30"),
        st.sets(st.integers(0, 6), min_size=1).map(tuple),
    ),
    st.builds(
        Rhythm, st.just(Every.MONTH), st.just("09:00"), st.just(()), st.integers(1, LAST_DAY)
    ),
    st.builds(
        Rhythm,
        st.just(Every.CRON),
        cron=st.sampled_from(["*/15 * * * *", "30 2 29 2 *", "0 9 1 * 1-5"]),
    ),
)


@settings(max_examples=60)
@given(
    RHYTHMS,
    st.integers(0, 4 * 366 * 24 * 60),
    st.sampled_from([SHANGHAI, BERLIN]),
)
def test_times_come_one_after_the_other(rhythm: Rhythm, moment: int, zone: ZoneInfo) -> None:
    """T2: strictly later each, and every one is counted once by those that were missed."""
    begin = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=moment)
    found = upcoming(rhythm, zone, begin, 5)
    assert list(found) == sorted(set(found))
    assert all(each > begin for each in found)
    if len(found) > 1:
        assert missed(rhythm, zone, begin, found[-1]) == len(found)
        assert next_after(rhythm, zone, found[0]) == found[1]


def local(rhythm: Rhythm, zone: ZoneInfo, moment: datetime, most: int) -> list[str]:
    """The next times as a wall clock there shows them."""
    return [f"{each.astimezone(zone):%m-%d %H:%M}" for each in upcoming(rhythm, zone, moment, most)]


@pytest.mark.parametrize(
    ("rhythm", "times"),
    [
        (Rhythm(Every.DAY, "09:00"), ["11-23 09:00", "11-24 09:00"]),
        (Rhythm(Every.WEEK, "09:00", (0, 4)), ["11-23 09:00", "11-27 09:00"]),
        (Rhythm(Every.MONTH, "18:30", day=31), ["12-31 18:30", "01-31 18:30"]),
        (Rhythm(Every.MONTH, "18:30", day=LAST_DAY), ["11-30 18:30", "12-31 18:30"]),
        (Rhythm(Every.CRON, cron="0 9-17/4 * * 1-5"), ["11-23 09:00", "11-23 13:00"]),
        (Rhythm(Every.CRON, cron="0 0 * * 7"), ["11-29 00:00", "12-06 00:00"]),
        (Rhythm(Every.CRON, cron="15 8 1,15 * *"), ["12-01 08:15", "12-15 08:15"]),
        (Rhythm(Every.CRON, cron="0 9 30 * 3"), ["11-25 09:00", "11-30 09:00"]),
    ],
)
def test_it_goes_by_the_site_s_clock(rhythm: Rhythm, times: list[str]) -> None:
    """T2: 23:00 in Shanghai on a Sunday; what comes next there."""
    assert local(rhythm, SHANGHAI, NOW, 2) == times


def test_a_skipped_time_comes_later_and_a_repeated_one_once() -> None:
    """T2: the last Sundays of March and October in Berlin."""
    at = Rhythm(Every.DAY, "02:30")
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert local(at, BERLIN, spring, 2) == ["03-29 03:30", "03-30 02:30"]
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)
    first, second = upcoming(at, BERLIN, autumn, 2)
    assert second - first == timedelta(hours=25)


@pytest.mark.parametrize(
    "rhythm",
    [
        Rhythm(Every.DAY, "25:00"),
        Rhythm(Every.DAY, "nine"),
        Rhythm(Every.WEEK, "09:00"),
        Rhythm(Every.MONTH, "09:00", day=0),
        Rhythm(Every.CRON, cron=""),
        Rhythm(Every.CRON, cron="* * * *"),
        Rhythm(Every.CRON, cron="60 * * * *"),
        Rhythm(Every.CRON, cron="5-1 * * * *"),
        Rhythm(Every.CRON, cron="*/0 * * * *"),
        Rhythm(Every.CRON, cron="a * * * *"),
        Rhythm(Every.CRON, cron="0 0 31 2 *"),
    ],
)
def test_it_refuses_what_never_comes(rhythm: Rhythm) -> None:
    """T2: unreadable, or a 31st of February."""
    with pytest.raises(BadRhythm):
        checked(rhythm)
