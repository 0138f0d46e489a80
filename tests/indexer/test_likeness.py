"""The first texts of a list compared by their stored tokens, where that is possible (Q3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from indexer.backend import SearchRequest
from indexer.catalogue import Catalogue
from indexer.comparing import Comparison, Networks
from indexer.encoder import Reading
from indexer.encoding import encode_missing
from indexer.likeness import Titled, Titles, compare
from indexer.search import IndexParts, SearchEngine
from models import PassageTokens, unit_of_work
from tests.fakes import TokenEncoder
from tests.indexer.conftest import PUBLIC, publish

HELP = (
    ("重置登录密码", "在登录页点忘记密码，收短信后设置新密码。"),
    ("退款多久到账", "一到五个工作日原路到账。"),
)
SHAPES = {
    "g0": (82, 8),
    "g1": (8, 5),
    "k0": (49, 8),
    "k1": (8, 5),
    "m0": (22, 8),
    "m1": (8, 1),
    "l": (6, 1),
    "n0": (14, 4),
    "n1": (4, 1),
}


def untrained(encoder: str) -> Networks:
    """A network that knows nothing, of the right shape for sixteen dimensions."""
    chance = np.random.default_rng(1)
    member = {}
    for name, shape in SHAPES.items():
        member[name] = chance.normal(0, 0.2, shape).astype(np.float32)
        member[f"{name}_bias"] = np.zeros(shape[1], np.float32)
    return Networks(encoder, (member,))


@pytest.fixture
def encoded(parts: IndexParts) -> IndexParts:
    """Two articles with the vectors of their tokens."""
    own = replace(parts, encoder=TokenEncoder())
    publish(own, *HELP)
    while encode_missing(own):
        pass
    return own


def compared(
    parts: IndexParts, trained: Networks | None, asked: str = "密码忘了"
) -> Comparison | None:
    """The comparison for what a search finds."""
    hits = SearchEngine(parts).search(SearchRequest(asked, PUBLIC)).hits
    found = [Titled(hit, HELP[0][0]) for hit in hits]
    assert found
    snapshot = Catalogue(parts.database, parts.encoder).snapshot()
    read = parts.encoder.read_queries([asked])
    return compare(parts.database, snapshot, read, found, trained)


def test_it_compares_what_the_search_found(encoded: IndexParts) -> None:
    """Q3: from the tokens that were stored when the article was indexed."""
    found = compared(encoded, untrained("tokens"))
    assert found is not None
    assert np.isfinite(found.vector()).all()
    assert found.chance <= 0


def test_another_encoder_is_not_judged_by_these_networks(encoded: IndexParts) -> None:
    """Q3: and where there are none, there is no comparison."""
    assert compared(encoded, untrained("another")) is None
    assert compared(encoded, None) is None


def test_an_article_without_tokens_yet_is_not_compared(encoded: IndexParts) -> None:
    """Q3: just published, or a question that could not be read: the plain model decides."""
    with unit_of_work(encoded.database) as session:
        session.execute(sa.delete(PassageTokens))
    assert compared(encoded, untrained("tokens")) is None
    snapshot = Catalogue(encoded.database, encoded.encoder).snapshot()
    assert compare(encoded.database, snapshot, None, [], untrained("tokens")) is None
    assert (
        compare(encoded.database, snapshot, Reading(np.zeros((1, 64), np.float32)), [], None)
        is None
    )


class Counting(TokenEncoder):
    """Counts what it reads."""

    def __init__(self) -> None:
        self.read = 0

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        self.read += len(texts)
        return super().read_queries(texts)


def test_a_title_is_read_once() -> None:
    """K10: the same articles are found again and again."""
    encoder, titles = Counting(), Titles()
    first = titles.read(encoder, ["重置密码", "退款", "重置密码"])
    again = titles.read(encoder, ["退款"])
    assert encoder.read == 2
    assert len(first) == 3
    assert np.array_equal(first[1][1], again[0][1])
