"""What counts as use: views, clicks from one's own search, solved questions (K4, K5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.articles import read
from kb_app.browsing import hottest
from kb_app.errors import NotFound
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.suggesting import Suggested, chosen
from kb_app.usage import CLICK_HEAT, VIEW_HEAT, Origin, opened
from models import ArticleStats, SearchClick, Viewer, heat_weight, reading, utcnow, visitor
from tests.conftest import People
from tests.factories import publish_articles


@pytest.fixture
def two(ports: Ports) -> list[int]:
    """Two published articles; only the first is about passwords."""
    return publish_articles(ports, ("忘记密码怎么重设", "点忘记密码"), ("门锁没电怎么办", "换电池"))


def _stats(ports: Ports, article_id: int) -> ArticleStats:
    with reading(ports.database) as session:
        return session.get_one(ArticleStats, article_id)


def _search(ports: Ports, viewer: Viewer) -> int:
    search_id = find(ports, viewer, SearchForm("忘记密码")).search_id
    assert search_id is not None
    return search_id


def test_it_counts_a_view(ports: Ports, people: People, two: list[int]) -> None:
    """K4: opening an article is use."""
    opened(ports, people.xiaoai, two[0], None)
    opened(ports, people.passer_by, two[0], None)
    stats = _stats(ports, two[0])
    assert (stats.views, stats.clicks) == (2, 0)
    assert stats.heat / heat_weight(utcnow()) == pytest.approx(2 * VIEW_HEAT, rel=1e-3)


def test_it_does_not_count_staff_at_work(ports: Ports, people: People, two: list[int]) -> None:
    """K4: agents looking things up do not make an article hot."""
    origin = Origin(_search(ports, people.abo), 1)
    opened(ports, people.abo, two[0], origin)
    assert (_stats(ports, two[0]).views, _stats(ports, two[0]).heat) == (0, 0.0)


def test_it_counts_a_click_from_ones_own_search_once(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K4: going back and forth between list and article is one click, many views."""
    origin = Origin(_search(ports, people.xiaoai), 1)
    for _ in range(3):
        opened(ports, people.xiaoai, two[0], origin)
    stats = _stats(ports, two[0])
    assert (stats.views, stats.clicks) == (3, 1)
    heat = VIEW_HEAT + CLICK_HEAT
    assert stats.heat / heat_weight(utcnow()) == pytest.approx(heat, rel=1e-3)
    with reading(ports.database) as session:
        click = session.scalars(sa.select(SearchClick)).one()
        assert (click.search_id, click.article_id, click.position) == (origin.search_id, two[0], 1)


def test_it_counts_a_click_again_for_another_search(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K4: found twice, opened twice."""
    for _ in range(2):
        opened(ports, people.xiaoai, two[0], Origin(_search(ports, people.xiaoai), 1))
    assert _stats(ports, two[0]).clicks == 2


def test_it_ignores_a_click_from_somebody_elses_search(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K4: a forged search id warms nothing."""
    foreign = _search(ports, people.xiaoai)
    opened(ports, people.laochen, two[0], Origin(foreign, 1))
    opened(ports, people.laochen, two[0], Origin(987_654, 1))
    stats = _stats(ports, two[0])
    assert (stats.views, stats.clicks) == (2, 0)


@pytest.mark.parametrize("position", [0, -3, 10_000_000])
def test_it_ignores_a_click_at_an_impossible_place(
    ports: Ports, people: People, two: list[int], position: int
) -> None:
    """K10: nonsense never reaches the figures."""
    opened(ports, people.xiaoai, two[0], Origin(_search(ports, people.xiaoai), position))
    assert _stats(ports, two[0]).clicks == 0


def test_it_ignores_a_click_on_what_the_search_did_not_show(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K4: one search cannot be used to push any article."""
    opened(ports, people.xiaoai, two[1], Origin(_search(ports, people.xiaoai), 1))
    assert _stats(ports, two[1]).clicks == 0


def test_it_counts_a_read_article_and_remembers_where_it_was_found(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K10: the page keeps the search it came from."""
    rows = find(ports, people.xiaoai, SearchForm("忘记密码")).rows
    origin = Origin(_search(ports, people.xiaoai), 1)
    page = read(ports, people.xiaoai, rows[0].slug, origin)
    assert page.search_id == origin.search_id
    assert _stats(ports, two[0]).clicks == 1
    with pytest.raises(NotFound):
        read(ports, people.xiaoai, "no-such-article", None)


def test_it_orders_the_hottest_by_recent_use(ports: Ports, people: People, two: list[int]) -> None:
    """K5 K4: three views of today are hotter than five of two months ago."""
    long_ago = replace(ports, clock=lambda: utcnow() - timedelta(days=56))
    for number in range(5):
        opened(long_ago, visitor(f"then-{number}"), two[0], None)
    for number in range(3):
        opened(ports, visitor(f"now-{number}"), two[1], None)
    cards = hottest(ports, people.passer_by, "").cards
    assert [card.article_id for card in cards] == [two[1], two[0]]
    assert cards[1].heat == pytest.approx(5 / 16, rel=0.01)


def test_a_click_weighs_by_the_place_that_was_shown_not_by_the_one_the_address_claims(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K4: `p=` in an address is anybody's to write; far down would count four times."""
    opened(ports, people.xiaoai, two[0], Origin(_search(ports, people.xiaoai), 900))
    heat = _stats(ports, two[0]).heat / heat_weight(utcnow())
    assert heat == pytest.approx(VIEW_HEAT + CLICK_HEAT, rel=1e-3)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(SearchClick.position)).one() == 1


def test_an_article_chosen_from_suggestions_gains_no_share_of_clicks(
    ports: Ports, people: People, two: list[int]
) -> None:
    """K4: looks at suggestions are not counted, so clicks there are a share of nothing."""
    origin = chosen(ports, people.xiaoai, two[0], Suggested("忘记密码"))
    assert origin is not None
    opened(ports, people.xiaoai, two[0], origin)
    stats = _stats(ports, two[0])
    assert (stats.clicks, stats.clicked) == (1, 0.0)
