"""What counts as one search, and what as a reformulation (K10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kb_app.insight.visits import LoggedClick, LoggedSearch, people_in, visits
from kb_app.showable import showable

START = datetime(2026, 3, 1, tzinfo=UTC)


def search(
    number: int, query: str, seconds: int, person: str = "s:a", total: int = 3
) -> LoggedSearch:
    return LoggedSearch(number, query, person, total, (1,), START + timedelta(seconds=seconds))


def test_it_counts_pages_and_filters_of_one_search_once() -> None:
    """K10: turning the page is not searching again; width and case do not matter."""
    found = visits([search(1, "ＷＩＦＩ 密码", 0), search(2, "wifi  密码", 60)], {})
    assert len(found) == 1


def test_it_notices_a_reformulation_within_two_minutes() -> None:
    """K10: other words, nothing opened, the same person."""
    first, second = visits([search(1, "充置密码", 0), search(2, "重置密码", 110)], {})
    assert (first.next_query, second.next_query) == ("重置密码", "")


def test_it_is_no_reformulation_after_an_opened_article_or_much_later_or_by_others() -> None:
    clicked = {1: [LoggedClick(1, 1, START)]}
    for searches, clicks in (
        ([search(1, "甲", 0), search(2, "乙", 60)], clicked),
        ([search(1, "甲", 0), search(2, "乙", 121)], {}),
        ([search(1, "甲", 0), search(2, "乙", 60, "s:b")], {}),
    ):
        assert [visit.next_query for visit in visits(searches, clicks)] == ["", ""]


def test_it_takes_the_earliest_click() -> None:
    clicks = {1: [LoggedClick(7, 3, START + timedelta(seconds=9)), LoggedClick(8, 1, START)]}
    [visit] = visits([search(1, "甲", 0)], clicks)
    assert visit.first_click is not None
    assert visit.first_click.article_id == 8


def test_it_does_not_count_one_person_twice_when_the_month_changes() -> None:
    """O3: keys change monthly, so people are counted in the fullest month."""
    later = LoggedSearch(2, "甲", "s:other-key", 1, (), START + timedelta(days=40))
    assert people_in(visits([search(1, "甲", 0), later], {})) == 1


def test_it_masks_private_data_and_the_numbers_of_a_lonely_search() -> None:
    """O3: staff see what people wanted, not who they are."""
    assert "13812345678" not in showable("我的手机 13812345678 收不到验证码", 5)
    assert showable("订单 WD-20261122001 没发货", 1) == "订单 ［单号］ 没发货"
    assert showable("订单 WD-20261122001 没发货", 2) == "订单 ［单号］ 没发货"
    assert showable("网关 G2 报错 1004", 1) == "网关 G2 报错 1004"
