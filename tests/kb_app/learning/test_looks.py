"""Clicks in proportion to looks: a new article gets its chance, a reload counts once (K4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from bench.ranking_learning import days_until_a_favourite_sinks, sites
from indexer.ranking import Usage, prior_parts
from kb_app.learning.looks import count_looks
from kb_app.look_places import (
    LOWEST,
    Shown,
    comparable,
    correction,
    fit,
    is_enough,
    looked_at,
    shipped,
)
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.usage import READERS_A_NETWORK, Origin, forget_readers, opened
from models import ArticleStats, Viewer, heat_weight, reading, utcnow, visitor
from tests.conftest import People
from tests.factories import publish_articles


def stats(ports: Ports, article_id: int) -> ArticleStats:
    with reading(ports.database) as session:
        return session.get_one(ArticleStats, article_id)


def search(ports: Ports, viewer: Viewer) -> list[int]:
    return [row.article_id for row in find(ports, viewer, SearchForm("密码")).rows]


@pytest.fixture
def later(ports: Ports) -> Ports:
    """Two minutes from now, when the log has been written."""
    return replace(ports, clock=lambda: utcnow() + timedelta(minutes=2))


def test_it_counts_looks_by_place_once_a_sitting(
    ports: Ports, later: Ports, people: People
) -> None:
    """K4: three reloads are one look, another person's a second, staff's none."""
    publish_articles(ports, ("修改密码", "甲"), ("密码错误", "乙"))
    for _ in range(3):
        first, second = search(ports, people.xiaoai)
    search(ports, people.laochen)
    search(ports, people.abo)
    assert count_looks(later) == 4
    assert count_looks(later) == 0
    curve = shipped()
    for place, article_id in enumerate((first, second), start=1):
        found = stats(ports, article_id)
        assert found.shown == 2
        looks = found.examined / heat_weight(utcnow())
        assert looks == pytest.approx(2 * looked_at(curve, place), rel=1e-3)


def test_a_reload_warms_nothing(ports: Ports, people: People) -> None:
    """K4: one view a reader, article and day; the counter of views goes on."""
    (article_id,) = publish_articles(ports, ("修改密码", "甲"))
    for _ in range(5):
        opened(ports, people.xiaoai, article_id, None)
    found = stats(ports, article_id)
    assert found.views == 5
    assert found.heat / heat_weight(utcnow()) == pytest.approx(1.0, rel=1e-3)
    tomorrow = replace(ports, clock=lambda: utcnow() + timedelta(days=3))
    forget_readers(tomorrow)
    opened(tomorrow, people.xiaoai, article_id, None)
    assert stats(ports, article_id).heat > 1.9 * heat_weight(utcnow())


def test_one_network_cannot_make_an_article_hot(ports: Ports) -> None:
    """K4: two hundred cookies behind one address warm as much as twenty."""
    (article_id,) = publish_articles(ports, ("修改密码", "甲"))
    for number in range(60):
        opened(ports, replace(visitor(f"bot-{number}"), network="10.0.0.0/24"), article_id, None)
    found = stats(ports, article_id)
    assert found.heat / heat_weight(utcnow()) == pytest.approx(READERS_A_NETWORK, rel=1e-2)


def test_a_click_further_down_counts_for_more(ports: Ports, people: People) -> None:
    """K4: by how seldom people look there, but never without bound."""
    curve = shipped()
    assert correction(curve, 1) == 1.0
    assert correction(curve, 1) < correction(curve, 2) <= correction(curve, 9) <= 4.0
    publish_articles(ports, *((f"密码问题{number}", "甲") for number in "一二三"))
    found = find(ports, people.xiaoai, SearchForm("密码"))
    last = found.rows[-1]
    assert found.search_id is not None
    opened(ports, people.xiaoai, last.article_id, Origin(found.search_id, last.position))
    heat = stats(ports, last.article_id).heat / heat_weight(utcnow())
    assert heat == pytest.approx(1.0 + 2.0 * correction(curve, 3), rel=1e-3)


def test_a_new_article_gets_a_bounded_chance_that_shrinks() -> None:
    """K4: tried, not pushed."""
    nothing = np.zeros(4)
    usage = Usage(
        *(nothing,) * 5, np.array([0.0, 20.0, 200.0, 0.0]), np.array([0.0, 0.0, 0.0, 90.0])
    )
    news = prior_parts(usage)[3]
    assert news[0] == pytest.approx(0.05)
    assert news[0] > news[1] > news[2] > 0
    assert news[3] == pytest.approx(news[0] / 8)


def _log(steepness: float, chance: np.random.Generator) -> Shown:
    pairs = np.repeat(np.arange(300), 3)
    places = chance.integers(1, 11, pairs.size)
    worth = np.repeat(chance.uniform(0.2, 0.9, 300), 3)
    shown = np.full(pairs.size, 60.0)
    clicks = chance.binomial(60, worth * (1.0 / places) ** steepness)
    return Shown(pairs, places, shown, clicks.astype(float))


@pytest.mark.parametrize("steepness", [0.5, 1.0, 1.4])
def test_it_finds_how_far_people_look_on_this_site(steepness: float) -> None:
    """K4: from the same article shown at several places, close to the planted truth."""
    seen = comparable(_log(steepness, np.random.default_rng(4)))
    assert is_enough(seen)
    curve = fit(seen)
    truth = (1.0 / np.arange(1, 11)) ** steepness
    assert np.abs(np.array(curve) - truth).max() < 0.1
    assert min(curve) >= LOWEST / 2


def test_it_does_not_guess_from_little() -> None:
    """K4: what was only ever shown at one place says nothing about places."""
    ones = np.ones(3)
    seen = comparable(Shown(np.array([1, 2, 3]), np.array([1, 2, 3]), ones, ones))
    assert seen.shown.size == 0
    assert not is_enough(seen)


def test_corrected_clicks_agree_with_what_is_useful() -> None:
    """K4: Kendall's tau of .8 where raw click rates reach .5; a stale favourite sinks."""
    found = sites(3, 1)
    assert found["kendall_corrected"] >= 0.8
    assert found["kendall_corrected"] > found["kendall_raw"]
    assert days_until_a_favourite_sinks(1) <= 28
