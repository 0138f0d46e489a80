"""One immutable state of the base in memory: filters, vectors, prior. Pure numpy.

A change makes a new snapshot; a search works on one from beginning to end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from indexer.backend import SearchFilter
from indexer.document import KINDS, REF_BITS, doc_id_of, key_of, kind_and_ref
from indexer.encoder import Vectors
from indexer.narrowing import Shelf
from indexer.ranking import Flags, Floats, Rows
from indexer.vectors import Centre, Halves, centre_of, centred_query, summed

MOST_MASKS = 256
MASK_BYTES = 32_000_000
DRIFT_SHARE = 0.2
BLOCK = 4096
COMPARED_BYTES = 8_000_000
ALWAYS_RECENTRE = 500


@dataclass(frozen=True)
class Entry:
    """News of one document: one title row, a row a passage; none while it is not encoded."""

    key: int
    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]
    title: Halves
    passages: Halves
    gone: bool = False


@dataclass(frozen=True)
class Facts:
    """The filterable facts of one document."""

    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]


@dataclass(frozen=True)
class Snapshot:
    """Row i of every array is the same document; `drift` counts rows since `centre` was made.

    Only `passages` and `joined` have a row a passage: those of document i begin at
    `starts[i]`, at least one for each (zeros while it is not encoded). `compared` remembers
    the questions asked lately: pages, filters and other people ask them again.
    """

    keys: Rows
    facts: tuple[Facts, ...]
    titles: Halves
    passages: Halves
    starts: Rows
    encoded: Flags
    centre: Centre
    anchor: Vectors
    joined: Vectors
    prior: Floats
    shelf: Shelf
    drift: int = 0
    rows: dict[int, int] = field(default_factory=dict)
    masks: dict[SearchFilter, Flags] = field(default_factory=dict)
    looked: dict[tuple[bytes, bytes], object] = field(default_factory=dict)
    compared: dict[bytes, Vectors] = field(default_factory=dict)

    @staticmethod
    def empty(anchor: Vectors) -> Snapshot:
        """A base without documents; `anchor` fixes the number of dimensions."""
        none = np.zeros((0, anchor.size), np.float16)
        return Snapshot(
            keys=np.zeros(0, np.int64),
            facts=(),
            titles=none,
            passages=none,
            starts=np.zeros(0, np.int64),
            encoded=np.zeros(0, np.bool_),
            centre=Centre(anchor, anchor),
            anchor=anchor,
            joined=none.astype(np.float32),
            prior=np.zeros(0),
            shelf=Shelf.of((), ()),
        )

    def row_of(self, doc_id: str) -> int | None:
        """Where a document stands; None when it is not (or no longer) here."""
        return self.rows.get(key_of(doc_id))

    def doc_id(self, row: int) -> str:
        """The id of the document in a row."""
        return doc_id_of(*kind_and_ref(int(self.keys[row])))

    def mask(self, wanted: SearchFilter) -> Flags:
        """Which rows a filter lets through; remembered, since few filters are in use."""
        known = self.masks.get(wanted)
        if known is not None:
            return known
        kinds = [KINDS.index(kind) for kind in wanted.kinds]
        passing = [_passes(facts, wanted) for facts in self.facts]
        mask = np.isin(self.keys >> REF_BITS, kinds) & np.array(passing, np.bool_)
        if len(self.masks) >= min(MOST_MASKS, 1 + MASK_BYTES // max(1, mask.nbytes)):
            self.masks.clear()
        self.masks[wanted] = mask
        return mask

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
        asked = centred_query(query, self.centre)
        # not `@`: BLAS wakes a thread a core for this, which costs more than it saves
        close = np.einsum("ij,j->i", self.joined, asked)
        return np.asarray(np.maximum.reduceat(close, self.starts), np.float32)

    def nearest_passages(self, query: Vectors, rows: Sequence[int]) -> list[int]:
        """The number of each document's passage that `cosines` judged it by."""
        asked = centred_query(query, self.centre)
        ends = np.append(self.starts[1:], len(self.joined))
        spans = ((self.starts[row], ends[row]) for row in rows)
        return [int((self.joined[begin:end] @ asked).argmax()) for begin, end in spans]

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


def extended(old: Snapshot, entries: Sequence[Entry]) -> Snapshot:
    """The snapshot with the entries put in, replaced or taken out; priors are all 0."""
    stays = ~np.isin(old.keys, [entry.key for entry in entries])
    fresh = [entry for entry in entries if not entry.gone]
    keys = np.concatenate([old.keys[stays], np.array([entry.key for entry in fresh], np.int64)])
    facts = [old.facts[row] for row in np.flatnonzero(stays)]
    facts += [Facts(entry.access_keys, entry.categories, entry.products) for entry in fresh]
    passages_stay = np.repeat(stays, _counts(old))
    rows = _replaced(old, stays, passages_stay, fresh)
    drift = old.drift + len(entries)
    if keys.size < ALWAYS_RECENTRE or drift > DRIFT_SHARE * keys.size:
        drift, centre = 0, _centre(rows, old.anchor)
        joined = _joined(rows, centre)
    else:
        centre = old.centre
        tail = _joined(rows.since(int(stays.sum())), centre)
        joined = np.concatenate([old.joined[passages_stay], tail])
    return Snapshot(
        keys=keys,
        facts=tuple(facts),
        titles=rows.titles,
        passages=rows.passages,
        starts=rows.starts,
        encoded=rows.encoded,
        centre=centre,
        anchor=old.anchor,
        joined=joined,
        prior=np.zeros(keys.size),
        shelf=Shelf.of((each.categories for each in facts), (each.products for each in facts)),
        drift=drift,
        rows={int(key): row for row, key in enumerate(keys)},
    )


def _replaced(old: Snapshot, stays: Flags, passages_stay: Flags, fresh: Sequence[Entry]) -> _Rows:
    """The vectors that stay, then the fresh ones."""
    counts = [max(1, len(entry.passages)) for entry in fresh]
    encoded = [len(entry.title) > 0 for entry in fresh]
    return _Rows(
        titles=_stacked(old.titles[stays], [entry.title for entry in fresh]),
        passages=_stacked(old.passages[passages_stay], [entry.passages for entry in fresh]),
        counts=np.concatenate([_counts(old)[stays], np.array(counts, np.int64)]),
        encoded=np.concatenate([old.encoded[stays], np.array(encoded, np.bool_)]),
    )


@dataclass(frozen=True)
class _Rows:
    """The vectors of documents; `counts[i]` passages belong to document i."""

    titles: Halves
    passages: Halves
    counts: Rows
    encoded: Flags

    @property
    def starts(self) -> Rows:
        """Where each document's passages begin."""
        return np.asarray(np.cumsum(self.counts) - self.counts, np.int64)

    def since(self, row: int) -> _Rows:
        """The documents from `row` on."""
        begin = int(self.counts[:row].sum())
        return _Rows(
            self.titles[row:], self.passages[begin:], self.counts[row:], self.encoded[row:]
        )


def _counts(snapshot: Snapshot) -> Rows:
    return np.diff(snapshot.starts, append=len(snapshot.passages))


def _stacked(old: Halves, fresh: list[Halves]) -> Halves:
    """Old rows and new; a document without vectors gets a row of zeros."""
    blank = np.zeros((1, old.shape[1]), np.float16)
    return np.concatenate([old, *(vectors if len(vectors) else blank for vectors in fresh)])


def _centre(rows: _Rows, anchor: Vectors) -> Centre:
    """The means of titles and first passages, so that long documents weigh no more."""
    if not rows.encoded.any():
        return Centre(anchor, anchor)
    return centre_of(rows.titles[rows.encoded], rows.passages[rows.starts[rows.encoded]], anchor)


def _joined(rows: _Rows, centre: Centre) -> Vectors:
    """Every passage summed with its title, in blocks so that memory stays small."""
    joined = np.zeros(rows.passages.shape, np.float32)
    owners = np.repeat(np.arange(rows.counts.size), rows.counts)
    known = np.flatnonzero(rows.encoded[owners])
    for start in range(0, known.size, BLOCK):
        block = known[start : start + BLOCK]
        joined[block] = summed(rows.titles[owners[block]], rows.passages[block], centre)
    return joined
