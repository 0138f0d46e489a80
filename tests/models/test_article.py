"""Who may read an article, said in Python and in SQL; how use cools down (K4, K11)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleStatus,
    Database,
    Role,
    Viewer,
    group_key,
    heat_weight,
    level_key,
    unit_of_work,
    utcnow,
    visitor,
)
from tests.factories import make_article

KEYS = (PUBLIC_KEY, CUSTOMER_KEY, STAFF_KEY, level_key(1), level_key(11), group_key(1))
some_keys = st.frozensets(st.sampled_from(KEYS))
articles = st.tuples(some_keys, st.sampled_from(ArticleStatus), st.booleans())
readers = st.builds(Viewer, st.sampled_from(Role), st.none(), st.just("v:somebody"), keys=some_keys)


@settings(max_examples=60)
@given(made=st.lists(articles, min_size=1, max_size=6), viewers=st.lists(readers, min_size=1))
def test_it_reads_the_same_rule_in_sql_and_in_python(
    database: Database,
    made: list[tuple[frozenset[str], ArticleStatus, bool]],
    viewers: list[Viewer],
) -> None:
    """K11: the two forms of the one reading rule agree for every article and viewer."""
    with unit_of_work(database) as session:
        for article in session.scalars(sa.select(Article)):
            session.delete(article)
        session.flush()
        stored = []
        for keys, status, deleted in made:
            article = make_article(session, "文章", keys=tuple(keys), status=status)
            article.deleted_at = utcnow() if deleted else None
            stored.append(article)
        session.flush()
        for viewer in viewers:
            by_sql = set(session.scalars(sa.select(Article.id).where(Article.visible_to(viewer))))
            assert by_sql == {article.id for article in stored if article.is_visible(viewer)}


@pytest.mark.parametrize(
    ("keys", "status", "deleted", "seen"),
    [
        ((PUBLIC_KEY,), ArticleStatus.PUBLISHED, False, True),
        ((PUBLIC_KEY,), ArticleStatus.PUBLISHED, True, False),
        ((PUBLIC_KEY,), ArticleStatus.DRAFT, False, False),
        ((PUBLIC_KEY,), ArticleStatus.ARCHIVED, False, False),
        ((STAFF_KEY,), ArticleStatus.PUBLISHED, False, False),
        ((), ArticleStatus.PUBLISHED, False, False),
    ],
)
def test_it_shows_a_passer_by_only_what_is_public_and_published(
    database: Database, keys: tuple[str, ...], status: ArticleStatus, deleted: bool, seen: bool
) -> None:
    """K11 K8: drafts, archived, binned and staff articles do not exist for a passer-by."""
    with unit_of_work(database) as session:
        article = make_article(session, "文章", keys=keys, status=status)
        article.deleted_at = utcnow() if deleted else None
        session.flush()
        rule = sa.select(Article.id).where(Article.visible_to(visitor("p")))
        assert (session.scalar(rule) is not None) is seen
        assert article.is_visible(visitor("p")) is seen


def test_it_halves_the_weight_of_use_every_fortnight() -> None:
    """K4: yesterday's use weighs less than today's, without anything being cooled."""
    now = utcnow()
    for fortnights in range(1, 5):
        before = heat_weight(now - timedelta(days=14 * fortnights))
        assert heat_weight(now) / before == pytest.approx(2.0**fortnights)


@given(st.integers(-3650, 30 * 365))
def test_it_weighs_any_day_with_a_positive_finite_number(days: int) -> None:
    """K4: thirty years from now the sums still fit."""
    weight = heat_weight(utcnow() + timedelta(days=days))
    assert 0 < weight < float("inf")
