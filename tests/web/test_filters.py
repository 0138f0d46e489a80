"""Values as a page shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models import ArticleStatus, QuestionStatus, TicketStatus, utcnow
from web.filters import ago, clock_time, date, filesize, status_label


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-500, "刚刚"),
        (5, "刚刚"),
        (61, "1 分钟前"),
        (3 * 3600, "3 小时前"),
        (2 * 86400, "2 天前"),
        (65 * 86400, "2 个月前"),
        (800 * 86400, "2 年前"),
    ],
)
def test_it_says_how_long_ago_in_the_largest_unit(seconds: int, words: str) -> None:
    assert ago(utcnow() - timedelta(seconds=seconds, milliseconds=100)) == words


def test_it_shows_the_day_and_minute_in_chinas_time() -> None:
    moment = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    assert date(moment) == "2026-11-22"
    assert clock_time(moment) == "2026-11-22 00:05"


def test_it_shows_nothing_for_a_time_that_is_not_yet() -> None:
    assert ago(None) == date(None) == clock_time(None) == ""


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KB"), (5 * 1024**2, "5.0 MB"), (2**41, "2048.0 GB")],
)
def test_it_shows_a_size_in_a_unit_people_use(size: int, words: str) -> None:
    assert filesize(size) == words


def test_it_has_a_name_for_every_state() -> None:
    states = [*QuestionStatus, *TicketStatus, *ArticleStatus]
    assert [state for state in states if status_label(state) == state.value] == []
