"""Answers from one tantivy searcher: the best documents first, under the query's filter.

A filter that lets most documents through is checked on the hits instead of in the query:
then the engine may skip whole blocks, which is several times faster. Either way is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import Any

import tantivy

from indexer.backend import ScoredDoc, SearchFilter, TermQuery
from indexer.document import doc_id_of, kind_and_ref
from indexer.tantivy_words import Label, filtered, read_label, unfiltered

LEAST_SHARE = 0.3
SPARE = 1.1
SPARE_HITS = 8
MOST_LABELS = 200_000
MOST_FILTERS = 512
NEWS_WEIGHT = 0.3

_Hits = list[tuple[float, tantivy.DocAddress]]


@dataclass
class _Passing:
    """What is known of one filter: which labels it lets through, and what share of hits."""

    labels: dict[int, bool] = field(default_factory=dict)
    share: float = 1.0


class Answers:
    """Remembers labels and filters; one per index, safe to share between threads.

    A label's number is made from its content, so what is remembered stays true for ever.
    """

    def __init__(self) -> None:
        self._labels: dict[int, Label] = {}
        self._filters: dict[SearchFilter, _Passing] = {}

    def best(
        self, searcher: tantivy.Searcher, should: Sequence[tantivy.Query], query: TermQuery
    ) -> list[ScoredDoc]:
        """The best entries that match any of `should` by BM25, ties by id and part."""
        if not should or searcher.num_docs == 0:
            return []
        if query.limit < 1 or not query.filter.access_keys:
            return []
        if not query.among and query.filter.category_id is None and query.filter.product_id is None:
            found = self._checked(searcher, should, query)
            if found is not None:
                return found
        hits = searcher.search(filtered(should, query), query.limit, count=False).hits
        return _rows(searcher, hits)

    def _checked(
        self, searcher: tantivy.Searcher, should: Sequence[tantivy.Query], query: TermQuery
    ) -> list[ScoredDoc] | None:
        """Ask without the filter and check the hits; None when too few of them passed."""
        passing = self._of(query.filter)
        if passing.share < LEAST_SHARE:
            return None
        wanted = ceil(query.limit / passing.share * SPARE) + SPARE_HITS
        hits = searcher.search(unfiltered(should), min(wanted, searcher.num_docs), count=False).hits
        kept = self._kept(searcher, hits, query.filter)
        if hits:
            passing.share += NEWS_WEIGHT * (len(kept) / len(hits) - passing.share)
        if len(kept) < query.limit and len(hits) >= wanted:
            return None
        return _rows(searcher, kept)[: query.limit]

    def _kept(self, searcher: tantivy.Searcher, hits: _Hits, wanted: SearchFilter) -> _Hits:
        """The hits whose label the filter lets through."""
        known = self._of(wanted).labels
        marks = searcher.fast_field_values("label", [address for _, address in hits])
        kept = []
        for hit, mark in zip(hits, marks, strict=True):
            passes = known.get(mark)  # type: ignore[arg-type]  # the field holds whole numbers
            if passes is None:
                passes = self._label(searcher, int(mark or 0), hit[1]).passes(wanted)
                known[int(mark or 0)] = passes
            if passes:
                kept.append(hit)
        return kept

    def _of(self, wanted: SearchFilter) -> _Passing:
        if len(self._filters) >= MOST_FILTERS and wanted not in self._filters:
            self._filters.clear()
        return self._filters.setdefault(wanted, _Passing())

    def _label(self, searcher: tantivy.Searcher, mark: int, address: tantivy.DocAddress) -> Label:
        label = self._labels.get(mark)
        if label is None:
            if len(self._labels) >= MOST_LABELS:
                self._labels.clear()
                self._filters.clear()
            label = self._labels[mark] = read_label(searcher.doc(address))
        return label


def _rows(searcher: tantivy.Searcher, hits: _Hits) -> list[ScoredDoc]:
    """The hits in order; whole columns at a time, this being half of a quick search."""
    while hits and hits[-1][0] <= 0:
        hits = hits[:-1]
    addresses = [address for _, address in hits]
    names = map(_doc_id, searcher.fast_field_values("key", addresses))
    parts: Any = searcher.fast_field_values("part", addresses)
    rows = list(map(ScoredDoc, names, [score for score, _ in hits], parts))
    rows.sort(key=place)
    return rows


def place(doc: ScoredDoc) -> tuple[float, str, int]:
    """Sorts the best first; equals by id and part."""
    return -doc.score, doc.doc_id, doc.part


@lru_cache(maxsize=1 << 16)
def _doc_id(key: float | None) -> str:
    return doc_id_of(*kind_and_ref(int(key or 0)))
