"""Being new fades from when a text really changed, not from any touch (K4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from indexer.backend import SearchRequest
from indexer.search import IndexParts, SearchEngine
from models import Article, Category, unit_of_work, utcnow
from tests.indexer.conftest import PUBLIC, publish

AGO = timedelta(days=300)


def _news(parts: IndexParts) -> float:
    engine = SearchEngine(parts)
    engine.refresh()
    return engine.search(SearchRequest("忘记密码怎么办", PUBLIC)).hits[0].news


@pytest.fixture
def aged(parts: IndexParts) -> int:
    """An article that has said the same for most of a year."""
    (article_id,) = publish(parts, ("忘记密码怎么办", "点忘记密码"))
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, article_id)
        then = utcnow() - AGO
        article.updated_at = article.content_at = article.created_at = then
        article.published_at = then
    return article_id


def test_moving_an_old_article_makes_no_news_of_it(parts: IndexParts, aged: int) -> None:
    """A new category, another reader: the text is as old as before."""
    before = _news(parts)
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, aged)
        article.category = Category(name="账号", slug="account")
        article.updated_at = utcnow()
    assert _news(parts) == pytest.approx(before, abs=1e-6)


def test_another_text_or_the_first_publication_is_news(parts: IndexParts, aged: int) -> None:
    """What readers have not seen yet gets its chance."""
    before = _news(parts)
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, aged)
        article.content_at = article.updated_at = utcnow()
    rewritten = _news(parts)
    assert rewritten > before + 0.01
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, aged)
        article.content_at = utcnow() - AGO
        article.published_at = article.updated_at = utcnow()
    assert _news(parts) == pytest.approx(rewritten, abs=1e-3)
