"""The order of a whole search is that of looking at every document, twice (K1 K4)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
import sqlalchemy as sa

from indexer import asking, search
from indexer.analysis import normalize, query_terms
from indexer.backend import Changes, SearchRequest, SearchUnavailable, TermQuery
from indexer.catalogue import Catalogue
from indexer.closeness import closeness
from indexer.document import kind_and_ref
from indexer.encoding import encode_missing
from indexer.looking import CLOSE_WEIGHT, LOOKED_AT, WEAK_WEIGHT
from indexer.narrowing import DocType, Narrowing, Order
from indexer.ranking import LEXICAL_SHARE, MIN_MEANING, PRIOR_WEIGHT, SCORE_FLOOR, blend
from indexer.rebuild import rebuild
from indexer.search import IndexParts, SearchEngine
from indexer.snapshot import Snapshot
from indexer.sources import documents
from indexer.sync import sync_articles, term_document
from models import (
    Article,
    ArticleStats,
    ArticleStatus,
    PassageTokens,
    reading,
    unit_of_work,
    utcnow,
)
from tests.fakes import MemoryBackend, TokenEncoder
from tests.indexer.conftest import PUBLIC, publish

WORDS = ("退款", "密码", "门锁", "离线", "网关", "重置")
ASKED = "门锁离线怎么重置密码呢"
BASE = 120


@dataclass(frozen=True)
class Base:
    """An indexed base, and an engine that sees little at first."""

    parts: IndexParts
    engine: SearchEngine

    def ids(self, request: SearchRequest) -> list[int]:
        """What one search gives."""
        return [hit.ref_id for hit in self.engine.search(request).hits]


@pytest.fixture(params=[1, 2, 3])
def base(
    request: pytest.FixtureRequest, parts: IndexParts, monkeypatch: pytest.MonkeyPatch
) -> Base:
    """Articles of random words, some with pages of files, votes on half of them."""
    chance = random.Random(request.param)
    own = replace(parts, backend=MemoryBackend(), encoder=TokenEncoder())
    rebuild(own)

    def words(most: int) -> str:
        return "，".join(chance.choices(WORDS, k=chance.randint(1, most)))

    ids = publish(own, *((words(2), words(9)) for _ in range(BASE)))
    while encode_missing(own):
        pass
    with unit_of_work(own.database) as session:
        for number in chance.sample(ids, BASE // 2):
            votes = {"helpful": chance.randint(0, 60), "unhelpful": chance.randint(0, 60)}
            session.add(ArticleStats(article_id=number, changed_at=utcnow(), **votes))
        found = documents(session, [f"a:{number}" for number in chance.sample(ids, 20)])
    pages = [replace(d, pieces=tuple(words(4) for _ in range(9))) for d in found.values() if d]
    own.backend.apply(Changes(tuple(map(term_document, pages))))
    for module, name, few in (
        (search, "FIRST_LOOK", 3),
        (search, "COUNTED_LOOK", 3),
        (asking, "NAMED_LOOK", 6),
        (asking, "MOST_PARTS", 20),
    ):
        monkeypatch.setattr(module, name, few)
    return Base(own, SearchEngine(own))


def by_looking_at_everything(parts: IndexParts, text: str, prior_weight: float) -> list[int]:
    """The documented order without any short cut: all scores, then the first ones closely."""
    snapshot = Catalogue(parts.database, parts.encoder).refresh()
    asked = parts.encoder.read_queries([normalize(text)])
    scores = _scores(parts, snapshot, text, prior_weight)
    rows = sorted(np.flatnonzero(scores).tolist(), key=lambda r: (-scores[r], snapshot.keys[r]))
    rows = [row for row in rows if scores[row] >= SCORE_FLOOR * scores[rows[0]]]
    first = rows[:LOOKED_AT]
    passages = []
    with reading(parts.database) as session:
        for row in first:
            place = (snapshot.doc_id(row), snapshot.nearest_passages(asked.vectors[0], [row])[0])
            stored = session.get_one(PassageTokens, place).tokens
            passages.append(np.frombuffer(stored, np.int8).reshape(-1, 16))
    seen = closeness(asked.tokens[0], passages)
    worth = [CLOSE_WEIGHT * found.mean + WEAK_WEIGHT * found.weak for found in seen]
    for row, each in zip(first, worth, strict=True):
        boost = 1 + prior_weight * snapshot.prior[row]
        scores[row] += (each - min(worth)) * boost
    first.sort(key=lambda row: (-scores[row], snapshot.keys[row]))
    return [kind_and_ref(int(snapshot.keys[row]))[1] for row in (*first, *rows[LOOKED_AT:])]


def _scores(parts: IndexParts, snapshot: Snapshot, text: str, prior_weight: float) -> np.ndarray:
    """The first stage; 0 for what does not match."""
    bm25 = np.zeros(snapshot.keys.size)
    terms = query_terms(text, parts.words.book())
    for doc in parts.backend.search(TermQuery(terms, PUBLIC, 1_000_000)):
        row = snapshot.row_of(doc.doc_id)
        assert row is not None
        bm25[row] = max(bm25[row], doc.score)
    cosines = snapshot.cosines(parts.encoder.queries([normalize(text)])[0])
    meaning, slope = blend(cosines, snapshot.encoded, LEXICAL_SHARE)
    scores = (meaning + slope * bm25 / bm25.max()) * (1 + prior_weight * snapshot.prior)
    return np.where((bm25 > 0) | (meaning >= MIN_MEANING), scores, 0.0)


def test_the_order_is_that_of_looking_at_everything_twice(base: Base) -> None:
    """K4: exact with votes, with the pages of files, with the second look; on every page."""
    expected = by_looking_at_everything(base.parts, ASKED, PRIOR_WEIGHT)
    assert len(expected) > LOOKED_AT
    once = base.ids(SearchRequest(ASKED, PUBLIC, 0, 60, exact=True))
    assert once == expected[:60]
    paged = [
        base.ids(SearchRequest(ASKED, PUBLIC, offset, 7, exact=True)) for offset in range(0, 56, 7)
    ]
    assert [ref_id for page in paged for ref_id in page] == expected[:56]


def test_similar_texts_are_ordered_so_too_however_many_are_wanted(base: Base) -> None:
    """K9: also beyond those looked at twice."""
    expected = by_looking_at_everything(base.parts, ASKED, 0.0)
    for limit in (1, 5, LOOKED_AT, LOOKED_AT + 9):
        hits = base.engine.similar(ASKED, PUBLIC, limit)
        assert [hit.ref_id for hit in hits] == expected[:limit]
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(
    ("narrowing", "order"),
    [(Narrowing(), Order.RATING), (Narrowing(doc_type=DocType.ARTICLE), Order.RELEVANCE)],
)
def test_filtered_and_sorted_pages_neither_repeat_nor_lose(
    base: Base, narrowing: Narrowing, order: Order
) -> None:
    """K2: and count all there is, though the words alone told of few at first."""
    expected = by_looking_at_everything(base.parts, ASKED, PRIOR_WEIGHT)
    plain = SearchRequest(ASKED, PUBLIC, 0, 7, narrowing, order, counted=True, exact=True)
    pages = [
        base.engine.search(replace(plain, offset=offset))
        for offset in range(0, len(expected) + 7, 7)
    ]
    seen = [hit.ref_id for page in pages for hit in page.hits]
    assert sorted(seen) == sorted(expected)
    assert {page.total for page in pages} == {len(expected)}
    assert all(page.counts and page.counts.types for page in pages)
    if order is Order.RELEVANCE:
        assert seen == expected


def test_a_search_cut_short_says_so(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    """O1: the backend lost between the first question and the second."""
    answers = [base.parts.backend.search]

    def once(query: TermQuery) -> object:
        if not answers:
            raise SearchUnavailable("gone")
        return answers.pop()(query)

    monkeypatch.setattr(base.parts.backend, "search", once)
    result = base.engine.search(SearchRequest(ASKED, PUBLIC, exact=True))
    assert (bool(result.hits), result.degraded) == (True, "backend")


def test_tokens_follow_the_article(base: Base) -> None:
    """K1: changed, shortened, hidden: no row of an older text stays behind; -1 is the title."""
    (number,) = publish(base.parts, ("门锁", "离线。" * 200))

    def numbers() -> list[int]:
        with reading(base.parts.database) as session:
            mine = sa.select(PassageTokens.number).where(PassageTokens.doc_id == f"a:{number}")
            return sorted(session.scalars(mine))

    assert len(numbers()) > 2
    _rewrite(base.parts, number, body="重置密码")
    assert numbers() == [-1, 0]
    with reading(base.parts.database) as session:
        stored = session.get_one(PassageTokens, (f"a:{number}", 0)).tokens
    assert stored == base.parts.encoder.read_passages(["门锁 重置密码"]).tokens[0].tobytes()
    _rewrite(base.parts, number, phrasings=["怎么重置"])
    assert numbers() == [-1, 0, 1]
    _rewrite(base.parts, number, status=ArticleStatus.ARCHIVED)
    assert numbers() == []


def _rewrite(parts: IndexParts, number: int, **told: object) -> None:
    with unit_of_work(parts.database) as session:
        article = session.get_one(Article, number)
        for name, value in told.items():
            setattr(article, name, value)
    sync_articles(parts, [number])
