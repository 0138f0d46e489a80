"""One immutable state of the base in memory: filters, vectors, prior. Pure numpy.

A change makes a new snapshot; a search works on one from beginning to end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from indexer.backend import SearchFilter
from indexer.compact import Compact, compact, dots
from indexer.document import KINDS, REF_BITS, doc_id_of, key_of, kind_and_ref
from indexer.encoder import Encoder, Vectors
from indexer.growing import Growing
from indexer.narrowing import Shelf
from indexer.ranking import Flags, Floats, Rows
from indexer.vectors import Centre, Halves, centred_query

MOST_MASKS = 256
MASK_BYTES = 32_000_000
COMPARED_BYTES = 8_000_000


@dataclass(frozen=True)
class Facts:
    """The filterable facts of one document."""

    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]


@dataclass(frozen=True)
class Store:
    """What the snapshots of one base share: each sees the first rows of every array.

    `passing` remembers which rows a filter lets through, of as many as were there then.
    """

    keys: Growing
    encoded: Growing
    titles: Growing
    passages: Growing
    starts: Growing
    codes: Growing
    scales: Growing
    categories: tuple[Growing, Growing]
    products: tuple[Growing, Growing]
    facts: list[Facts]
    passing: dict[SearchFilter, Flags] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """Row i of every array is the same document; only rows that are `alive` count.

    A changed document moves to a new row at the end. Only `passages` and `joined` have a row
    a passage: those of document i begin at `starts[i]`, at least one for each (zeros while
    it is not encoded). `drift` counts changes since `centre` was made and dead rows swept
    out. `compared` remembers the questions asked lately: pages, filters and other people
    ask them again. `encoder` made the vectors, and is the one to read questions with.
    """

    store: Store
    keys: Rows
    alive: Flags
    titles: Halves
    passages: Halves
    starts: Rows
    encoded: Flags
    centre: Centre
    anchor: Vectors
    joined: Compact
    prior: Floats
    shelf: Shelf
    drift: int = 0
    rows: dict[int, int] = field(default_factory=dict)
    looked: dict[tuple[bytes, bytes], object] = field(default_factory=dict)
    compared: dict[bytes, Vectors] = field(default_factory=dict)
    prior_parts: Floats = field(default_factory=lambda: np.zeros((4, 0)))
    encoder: Encoder | None = None

    def row_of(self, doc_id: str) -> int | None:
        """Where a document stands; None when it is not (or no longer) here."""
        return self.rows.get(key_of(doc_id))

    def doc_id(self, row: int) -> str:
        """The id of the document in a row."""
        return doc_id_of(*kind_and_ref(int(self.keys[row])))

    def mask(self, wanted: SearchFilter) -> Flags:
        """Which rows a filter lets through."""
        passing, size = self.store.passing, self.keys.size
        told = passing.get(wanted)
        if told is None or told.size < size:
            done = 0 if told is None else told.size
            news = self._passing(wanted, done)
            told = news if told is None else np.concatenate([told, news])
            if len(passing) >= min(MOST_MASKS, 1 + MASK_BYTES // max(1, told.nbytes)):
                passing.clear()
            passing[wanted] = told
        return told[:size] & self.alive

    def _passing(self, wanted: SearchFilter, since: int) -> Flags:
        facts = self.store.facts[since : self.keys.size]
        kinds = [KINDS.index(kind) for kind in wanted.kinds]
        of_kind = np.isin(self.keys[since:] >> REF_BITS, kinds)
        return of_kind & np.fromiter((_passes(each, wanted) for each in facts), np.bool_)

    def cosines(self, query: Vectors) -> Floats:
        """How close each document's nearest passage is to the question, about -1 to 1."""
        if self.keys.size == 0:
            return np.zeros(0)
        asked = query.tobytes()
        close = self.compared.get(asked)
        if close is None:
            close = self._closeness(query)
            if len(self.compared) * close.nbytes >= COMPARED_BYTES:
                self.compared.clear()
            self.compared[asked] = close
        return np.asarray(close, np.float64)

    def _closeness(self, query: Vectors) -> Vectors:
        close = dots(self.joined, self._asked(query))
        return np.asarray(np.maximum.reduceat(close, self.starts) * self.alive, np.float32)

    def _asked(self, query: Vectors) -> Compact:
        return compact(centred_query(query, self.centre)[None])

    def nearest_passages(self, query: Vectors, rows: Sequence[int]) -> list[int]:
        """The number of each document's passage that `cosines` judged it by."""
        asked = self._asked(query)
        ends = np.append(self.starts[1:], len(self.passages))
        spans = (slice(self.starts[row], ends[row]) for row in rows)
        return [int(dots(self.joined[span], asked).argmax()) for span in spans]

    def raw_cosines(self, query: Vectors, row: int) -> tuple[float, float]:
        """The plain cosines of one document's title and nearest passage with the question."""
        ends = [*self.starts[row + 1 : row + 2].tolist(), len(self.passages)]
        passages = self.passages[self.starts[row] : ends[0]].astype(np.float32)
        title = self.titles[row].astype(np.float32)
        return float(title @ query), float((passages @ query).max())


def _passes(facts: Facts, wanted: SearchFilter) -> bool:
    return (
        not wanted.access_keys.isdisjoint(facts.access_keys)
        and (wanted.category_id is None or wanted.category_id in facts.categories)
        and (wanted.product_id is None or wanted.product_id in facts.products)
    )
