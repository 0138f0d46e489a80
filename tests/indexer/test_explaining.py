"""Why a document stands where it does, to the last millionth (K4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from indexer.backend import Hit, SearchRequest
from indexer.explaining import Part, contributions, score_without, strongest
from indexer.search import SearchEngine
from models import ArticleStats, unit_of_work, utcnow
from tests.indexer.conftest import PUBLIC
from tests.indexer.test_order import ASKED, Base, base  # noqa: F401  a fixture


def by_the_formula(hit: Hit, without: Part | None = None) -> float:
    """The score as ranking.py's docstring gives it, with one part taken out."""
    kept = {part: float(part is not without) for part in Part}
    words = hit.lexical * kept[Part.WORDS]
    meaning = (hit.semantic + hit.close) * kept[Part.MEANING]
    prior = (
        hit.rating * kept[Part.RATING]
        + hit.heat * kept[Part.HEAT]
        + hit.clicks * kept[Part.CLICKS]
        + hit.news * kept[Part.NEWS]
    )
    weight = (hit.boost - 1) / hit.prior
    return (words + meaning) * (1 + weight * prior)


@pytest.fixture
def hits(base: Base) -> tuple[Hit, ...]:  # noqa: F811  the fixture above
    """The first of a search over articles with votes, use and clicks."""
    with unit_of_work(base.parts.database) as session:
        for number, stats in enumerate(session.query(ArticleStats)):
            stats.clicked, stats.examined = float(number % 7), float(number % 11) + 7
            stats.heat, stats.shown, stats.changed_at = float(number), number, utcnow()
    return SearchEngine(base.parts).search(SearchRequest(ASKED, PUBLIC, 0, 20)).hits


def test_the_parts_sum_to_the_score(hits: tuple[Hit, ...]) -> None:
    """K4: 为什么排在前面 leaves nothing out."""
    assert len(hits) == 20
    for hit in hits:
        assert sum(each.value for each in contributions(hit)) == pytest.approx(hit.score, abs=1e-6)
        assert by_the_formula(hit) == pytest.approx(hit.score, abs=1e-6)
    assert len({hit.clicks for hit in hits}) > 1


def test_without_the_strongest_part_it_falls_exactly_as_foretold(hits: tuple[Hit, ...]) -> None:
    """K4: the others' scores by the formula, its own without that part."""
    fell = 0
    for hit in hits:
        top = strongest(hit)
        less = by_the_formula(hit, top)
        assert score_without(hit, top) == pytest.approx(less, abs=1e-9)
        ahead = sum(by_the_formula(other) > less for other in hits if other is not hit)
        assert hit.falls_to == ahead + 1
        fell += hit.falls_to > hit.position
    assert fell


def test_without_ratings_there_is_only_relevance(hits: tuple[Hit, ...]) -> None:
    """K9: similar articles are not ordered by votes."""
    plain = replace(hits[0], boost=1.0, prior=0.0, score=hits[0].relevance)
    assert sum(each.value for each in contributions(plain)) == pytest.approx(plain.relevance)
