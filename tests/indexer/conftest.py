"""A base with its index: real database, embedded engine, an encoder that needs no model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.backend import SearchFilter, SearchRequest
from indexer.embedded_backend import EmbeddedBackend
from indexer.encoders.none import NoEncoder
from indexer.rebuild import rebuild
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_articles
from models import PUBLIC_KEY, Database, unit_of_work
from tests.factories import make_article
from tests.fakes import WordEncoder

PUBLIC = SearchFilter(frozenset({PUBLIC_KEY}))


@pytest.fixture
def parts(database: Database, tmp_path: Path) -> Iterator[IndexParts]:
    """An empty base, indexed."""
    found = IndexParts(database, EmbeddedBackend(tmp_path / "index"), WordEncoder())
    rebuild(found)
    yield found
    found.backend.close()


@pytest.fixture
def wordless(parts: IndexParts) -> IndexParts:
    """The same base without an encoder."""
    return replace(parts, encoder=NoEncoder())


def publish(
    parts: IndexParts, *texts: tuple[str, str], keys: tuple[str, ...] = (PUBLIC_KEY,)
) -> list[int]:
    """Articles from (title, body), published and indexed; their ids."""
    with unit_of_work(parts.database) as session:
        ids = [make_article(session, title, body, keys).id for title, body in texts]
    sync_articles(parts, ids)
    return ids


def found_ids(engine: SearchEngine, text: str, wanted: SearchFilter = PUBLIC) -> list[int]:
    """Article ids, best first, as the next search after a refresh gives them."""
    engine.refresh()
    return [hit.ref_id for hit in engine.search(SearchRequest(text, wanted)).hits]
