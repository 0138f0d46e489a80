"""The quick way of answering under a filter gives what the plain way gives (K1 K11)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import tantivy
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.backend import SearchFilter, Term, TermDocument, TermQuery
from indexer.document import DocKind, doc_id_of, kind_and_ref
from indexer.embedded_backend import EmbeddedBackend
from indexer.tantivy_pair import Pair, PairAnswers
from indexer.tantivy_words import filtered, of_documents, of_parts

COUNT = 700
WORDS = tuple("锁网电离线退款到账密码会员安装配置发票物流设备")
KEYS = ("public", "customer", "group:1", "staff")


def _document(number: int, chance: random.Random) -> TermDocument:
    kind = chance.choice(list(DocKind))
    return TermDocument(
        doc_id=doc_id_of(kind, number),
        kind=kind,
        title_terms=tuple(chance.choices(WORDS, k=chance.randint(0, 4))),
        body_terms=tuple(chance.choices(WORDS, k=chance.randint(1, 12))),
        access_keys=frozenset(chance.choices(KEYS, (12, 3, 1, 1), k=2)),
        categories=(chance.randint(1, 3),),
        products=(),
        fingerprint=str(number),
        parts=(("锁", "网"),) * (number % 50 == 0),
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """An index of several segments, with deletions."""
    chance = random.Random(4)
    folder: Path = tmp_path_factory.mktemp("answers")
    backend = EmbeddedBackend(folder)
    backend.rebuild([_document(number, chance) for number in range(COUNT)], "x")
    yield backend._pair()
    backend.close()


@pytest.fixture(scope="module")
def answers() -> PairAnswers:
    """One for all questions: what it learns from one must not spoil the next."""
    return PairAnswers()


QUERIES = st.builds(
    TermQuery,
    terms=st.lists(
        st.builds(Term, st.sampled_from(WORDS), st.sampled_from((0.5, 1.0, 2.0))),
        min_size=1,
        max_size=12,
        unique_by=lambda term: term.text,
    ).map(tuple),
    filter=st.builds(
        SearchFilter,
        access_keys=st.frozensets(st.sampled_from((*KEYS, "nobody")), max_size=3),
        kinds=st.frozensets(st.sampled_from(list(DocKind)), max_size=2),
        category_id=st.sampled_from((None, None, None, 2, 9)),
    ),
    limit=st.sampled_from((1, 3, 10, 128, 1000)),
)


@settings(max_examples=150)
@given(query=QUERIES)
def test_it_equals_brute_force_under_any_filter(
    pair: Pair, answers: PairAnswers, query: TermQuery
) -> None:
    """K11: same scores, and the same documents but for ties at the edge."""
    own, files = pair.own.searcher(), pair.files.searcher()
    every: dict[tuple[str, int], float] = {}
    if query.filter.access_keys:
        every |= _brute(own, list(of_documents(own, query)), query)
        every |= _brute(files, list(of_parts(own, files, query)), query)
    found = answers.best(pair, query)
    best = sorted(every.values(), reverse=True)[: query.limit]
    assert [doc.score for doc in found] == pytest.approx(best, rel=1e-5)
    assert len({(doc.doc_id, doc.part) for doc in found}) == len(found)
    for doc in found:
        assert every[doc.doc_id, doc.part] == pytest.approx(doc.score, rel=1e-5)


def _brute(
    searcher: tantivy.Searcher, should: list[tantivy.Query], query: TermQuery
) -> dict[tuple[str, int], float]:
    """Everything that passes, the filter being part of the query."""
    if not should:
        return {}
    hits = searcher.search(filtered(should, query), 2 * COUNT, count=False).hits
    addresses = [address for _, address in hits]
    keys = searcher.fast_field_values("key", addresses)
    parts = searcher.fast_field_values("part", addresses)
    return {
        (doc_id_of(*kind_and_ref(int(key or 0))), int(part or 0)): score
        for (score, _), key, part in zip(hits, keys, parts, strict=True)
    }
