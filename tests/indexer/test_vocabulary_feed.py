"""The vocabulary follows the index: whole at first, then change by change (K1 K11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy.orm import Session

from indexer import vocabulary_feed
from indexer.search import IndexParts
from indexer.sync import sync_articles
from indexer.vocabulary import DocumentText
from indexer.vocabulary_feed import VocabularyFeed
from models import Article, unit_of_work, utcnow
from tests.factories import make_article


def index(parts: IndexParts, *titles: str) -> list[int]:
    """Published and indexed."""
    with unit_of_work(parts.database) as session:
        ids = [make_article(session, title).id for title in titles]
    sync_articles(parts, ids)
    return ids


@pytest.fixture
def feed(parts: IndexParts) -> VocabularyFeed:
    """One that knows nothing yet."""
    return VocabularyFeed(parts.database)


@pytest.fixture
def seen(feed: VocabularyFeed, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many documents readers knew at each chunk of two."""
    known: list[int] = []
    texts = vocabulary_feed._texts

    def noted(session: Session, keys: Sequence[int]) -> Iterator[DocumentText]:
        known.append(len(feed.vocabulary))
        return texts(session, keys)

    monkeypatch.setattr(vocabulary_feed, "CHUNK", 2)
    monkeypatch.setattr(vocabulary_feed, "_texts", noted)
    return known


def test_it_shows_a_base_when_all_of_it_is_read(
    parts: IndexParts, feed: VocabularyFeed, seen: list[int]
) -> None:
    """K1: five documents in three chunks are seen by nobody before the last."""
    index(parts, "重置密码", "更换电池", "查看账单", "开具发票", "取消订单")
    feed.catch_up()
    assert seen == [0, 0, 0]
    assert len(feed.vocabulary) == 5


def test_it_shows_later_changes_chunk_by_chunk(
    parts: IndexParts, feed: VocabularyFeed, seen: list[int]
) -> None:
    """K11: what is hidden leaves without waiting for the rest."""
    ids = index(parts, "重置密码", "更换电池", "查看账单")
    feed.catch_up()
    seen.clear()
    with unit_of_work(parts.database) as session:
        for article_id in ids:
            session.get_one(Article, article_id).deleted_at = utcnow()
    sync_articles(parts, ids)
    feed.catch_up()
    assert seen == [3, 1]
    assert len(feed.vocabulary) == 0
