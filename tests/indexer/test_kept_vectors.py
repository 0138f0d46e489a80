"""Vectors, of tokens too, belong to a text and stay as long as it does (K4 O2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from indexer import document as index_document
from indexer import rebuild as rebuilding
from indexer.audit import audit
from indexer.encoder import Reading
from indexer.encoding import encode_missing
from indexer.rebuild import rebuild
from indexer.search import IndexParts
from indexer.sync import sync_articles, sync_documents
from models import Article, ArticleAccess, IndexEntry, PassageTokens, reading, unit_of_work
from tests.fakes import TokenEncoder
from tests.indexer.conftest import publish


@dataclass(frozen=True)
class _Encoded:
    """What is kept of vectors: entries by document, tokens by document and number."""

    entries: dict[str, tuple[str, bytes, bytes]]
    tokens: dict[tuple[str, int], bytes]


def _encoded(parts: IndexParts) -> _Encoded:
    with reading(parts.database) as session:
        entries = {
            row.doc_id: (row.encoder, row.title_vector, row.body_vector)
            for row in session.scalars(sa.select(IndexEntry))
        }
        rows = session.scalars(sa.select(PassageTokens))
        return _Encoded(entries, {(row.doc_id, row.number): row.tokens for row in rows})


class _Counting(TokenEncoder):
    """Counts the passages it was given."""

    def __init__(self) -> None:
        self.read = 0

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        self.read += len(texts)
        return super().read_passages(texts)


@pytest.mark.parametrize("way", ["identity", "force", "readers"])
def test_vectors_stay_where_the_text_stayed(
    parts: IndexParts, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """K4: a new format, a forced sync or other readers cost no encoding, and no tokens."""
    encoder = _Counting()
    own = replace(parts, encoder=encoder)
    first, second = publish(own, ("退款", "到账"), ("换货", "补寄"))
    before, read = _encoded(own), encoder.read
    assert before.tokens
    if way == "identity":
        monkeypatch.setattr(index_document, "INDEX_IDENTITY", "format-next")
        monkeypatch.setattr(rebuilding, "INDEX_IDENTITY", "format-next")
        assert not audit(own).ok
        assert rebuild(own).audit.ok
    elif way == "force":
        sync_documents(own, [f"a:{first}", f"a:{second}"], force=True)
    else:
        with unit_of_work(own.database) as session:
            session.get_one(Article, first).access = [ArticleAccess(key="customer")]
        sync_articles(own, [first])
    assert _encoded(own) == before
    assert encoder.read == read
    assert audit(own).unencoded == 0


def test_tokens_of_an_old_text_leave_with_its_vectors(parts: IndexParts) -> None:
    """K4: a rebuild that finds another text keeps nothing of the one before."""
    own = replace(parts, encoder=TokenEncoder())
    changed, kept = publish(own, ("退款", "到账"), ("换货", "补寄"))
    with unit_of_work(own.database) as session:
        session.get_one(Article, changed).body = "三天之内"
    assert rebuild(own).audit.unencoded == 1
    left = _encoded(own)
    assert {doc_id for doc_id, _ in left.tokens} == {f"a:{kept}"}
    assert left.entries[f"a:{changed}"] == ("", b"", b"")
    assert encode_missing(own) == 1
    assert {doc_id for doc_id, _ in _encoded(own).tokens} == {f"a:{changed}", f"a:{kept}"}
