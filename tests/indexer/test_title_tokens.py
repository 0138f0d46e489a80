"""The tokens of titles are kept with those of passages, so that deciding reads none (Q3, K10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from indexer.backend import SearchRequest
from indexer.catalogue import Catalogue
from indexer.comparing import Comparison
from indexer.encoder import Reading
from indexer.encoding import encode_missing, read_titles
from indexer.likeness import Titled, compare
from indexer.looking import TITLE
from indexer.search import IndexParts, SearchEngine
from indexer.sync import sync_articles
from models import Article, PassageTokens, reading, unit_of_work
from tests.fakes import TokenEncoder
from tests.indexer.conftest import PUBLIC, publish
from tests.indexer.test_likeness import HELP, untrained

ASKED = "密码忘了"


class Counting(TokenEncoder):
    """Remembers the questions and titles it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        self.read += texts
        return super().read_queries(texts)


@pytest.fixture
def encoder() -> Counting:
    """Anew for every test."""
    return Counting()


@pytest.fixture
def encoded(parts: IndexParts, encoder: Counting) -> IndexParts:
    """Two articles with the vectors of their tokens."""
    own = replace(parts, encoder=encoder)
    publish(own, *HELP)
    while encode_missing(own):
        pass
    return own


def compared(parts: IndexParts) -> Comparison | None:
    """The comparison of both articles for a question."""
    titles = {1: HELP[0][0], 2: HELP[1][0]}
    hits = SearchEngine(parts).search(SearchRequest(ASKED, PUBLIC)).hits
    found = [Titled(hit, titles.get(hit.ref_id, HELP[0][0])) for hit in hits]
    snapshot = Catalogue(parts.database, parts.encoder).snapshot()
    asked = parts.encoder.read_queries([ASKED])
    return compare(parts.database, snapshot, asked, found, untrained("tokens"))


def kept(parts: IndexParts) -> dict[str, bytes]:
    """The tokens of titles, by document."""
    with reading(parts.database) as session:
        rows = sa.select(PassageTokens.doc_id, PassageTokens.tokens)
        return dict(session.execute(rows.where(PassageTokens.number == TITLE)).all())


def forget_titles(parts: IndexParts) -> None:
    """As a base was encoded before tokens of titles were kept."""
    with unit_of_work(parts.database) as session:
        session.execute(sa.delete(PassageTokens).where(PassageTokens.number == TITLE))


def test_deciding_reads_no_title_that_is_kept(encoded: IndexParts, encoder: Counting) -> None:
    """Q3: a decision costs what the question costs, however many new titles it meets."""
    encoder.read.clear()
    assert compared(encoded) is not None
    assert set(encoder.read) == {ASKED}


def test_what_is_kept_says_the_same_as_reading_it(encoded: IndexParts) -> None:
    """Q3: the same comparison, up to the halves in which vectors are kept."""
    with_kept = compared(encoded)
    forget_titles(encoded)
    read = compared(encoded)
    assert with_kept is not None
    assert read is not None
    assert with_kept.vector() == pytest.approx(read.vector(), abs=2e-3)


def test_titles_encoded_before_are_read_later(encoded: IndexParts) -> None:
    """K10: in portions, each once; then there is nothing left to do."""
    before = kept(encoded)
    forget_titles(encoded)
    assert [read_titles(encoded, 1) for _ in range(3)] == [1, 1, 0]
    assert kept(encoded) == before


def test_a_changed_title_is_kept_anew(encoded: IndexParts) -> None:
    """K3: and one that left the index leaves nothing behind."""
    before = kept(encoded)
    with unit_of_work(encoded.database) as session:
        ids = session.scalars(sa.select(Article.id).order_by(Article.id)).all()
        session.get_one(Article, ids[0]).title = "登录密码忘记后怎样设置新的"
        session.delete(session.get_one(Article, ids[1]))
    sync_articles(encoded, ids)
    while encode_missing(encoded):
        pass
    after = kept(encoded)
    assert set(after) == {f"a:{ids[0]}"}
    assert after[f"a:{ids[0]}"] != before[f"a:{ids[0]}"]
