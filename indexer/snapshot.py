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
from indexer.ranking import Flags, Floats, Rows
from indexer.vectors import Centre, Halves, centre_of, centred_query, summed

MOST_MASKS = 256
DRIFT_SHARE = 0.05
ALWAYS_RECENTRE = 500


@dataclass(frozen=True)
class Entry:
    """News of one document; vectors are empty while it is not encoded."""

    key: int
    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]
    title: Halves
    body: Halves
    gone: bool = False


@dataclass(frozen=True)
class Facts:
    """The filterable facts of one document."""

    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]


@dataclass(frozen=True)
class Snapshot:
    """Row i of every array is the same document; `drift` counts rows since `centre` was made."""

    keys: Rows
    facts: tuple[Facts, ...]
    titles: Halves
    bodies: Halves
    encoded: Flags
    centre: Centre
    anchor: Vectors
    joined: Vectors
    prior: Floats
    drift: int = 0
    rows: dict[int, int] = field(default_factory=dict)
    masks: dict[SearchFilter, Flags] = field(default_factory=dict)

    @staticmethod
    def empty(anchor: Vectors) -> Snapshot:
        """A base without documents; `anchor` fixes the number of dimensions."""
        none = np.zeros((0, anchor.size), np.float16)
        return Snapshot(
            keys=np.zeros(0, np.int64),
            facts=(),
            titles=none,
            bodies=none,
            encoded=np.zeros(0, np.bool_),
            centre=Centre(anchor, anchor),
            anchor=anchor,
            joined=none.astype(np.float32),
            prior=np.zeros(0),
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
        if len(self.masks) >= MOST_MASKS:
            self.masks.clear()
        self.masks[wanted] = mask
        return mask

    def cosines(self, query: Vectors) -> Floats:
        """How close each document's meaning is to the question, about -1 to 1."""
        asked = centred_query(query, self.centre)
        # not `@`: BLAS wakes a thread a core for this, which costs more than it saves
        return np.asarray(np.einsum("ij,j->i", self.joined, asked), np.float64)

    def raw_cosines(self, query: Vectors, row: int) -> tuple[float, float]:
        """The plain cosines of one document's title and body with the question."""
        title, body = self.titles[row].astype(np.float32), self.bodies[row].astype(np.float32)
        return float(title @ query), float(body @ query)


def _passes(facts: Facts, wanted: SearchFilter) -> bool:
    return (
        not wanted.access_keys.isdisjoint(facts.access_keys)
        and (wanted.category_id is None or wanted.category_id in facts.categories)
        and (wanted.product_id is None or wanted.product_id in facts.products)
    )


def extended(old: Snapshot, entries: Sequence[Entry]) -> Snapshot:
    """The snapshot with the entries put in, replaced or taken out; priors are all 0."""
    kept = np.flatnonzero(~np.isin(old.keys, [entry.key for entry in entries]))
    fresh = [entry for entry in entries if not entry.gone]
    keys = np.concatenate([old.keys[kept], np.array([entry.key for entry in fresh], np.int64)])
    titles = _stacked(old.titles[kept], [entry.title for entry in fresh])
    bodies = _stacked(old.bodies[kept], [entry.body for entry in fresh])
    encoded = np.concatenate(
        [old.encoded[kept], np.array([entry.title.size > 0 for entry in fresh], np.bool_)]
    )
    facts = [old.facts[row] for row in kept]
    facts += [Facts(entry.access_keys, entry.categories, entry.products) for entry in fresh]
    drift = old.drift + len(entries)
    if keys.size < ALWAYS_RECENTRE or drift > DRIFT_SHARE * keys.size:
        drift, centre = 0, _centre(titles, bodies, encoded, old.anchor)
        joined = _joined(titles, bodies, encoded, centre)
    else:
        new, centre = slice(kept.size, None), old.centre
        tail = _joined(titles[new], bodies[new], encoded[new], centre)
        joined = np.concatenate([old.joined[kept], tail])
    return Snapshot(
        keys=keys,
        facts=tuple(facts),
        titles=titles,
        bodies=bodies,
        encoded=encoded,
        centre=centre,
        anchor=old.anchor,
        joined=joined,
        prior=np.zeros(keys.size),
        drift=drift,
        rows={int(key): row for row, key in enumerate(keys)},
    )


def _stacked(old: Halves, fresh: list[Halves]) -> Halves:
    """Old rows and new; a document without vectors gets a row of zeros."""
    blank = np.zeros(old.shape[1], np.float16)
    rows = [vector if vector.size else blank for vector in fresh]
    return np.concatenate([old, np.array(rows, np.float16).reshape(len(rows), old.shape[1])])


def _centre(titles: Halves, bodies: Halves, encoded: Flags, anchor: Vectors) -> Centre:
    if not encoded.any():
        return Centre(anchor, anchor)
    return centre_of(titles[encoded], bodies[encoded], anchor)


def _joined(titles: Halves, bodies: Halves, encoded: Flags, centre: Centre) -> Vectors:
    joined = np.zeros(titles.shape, np.float32)
    if encoded.any():
        joined[encoded] = summed(titles[encoded], bodies[encoded], centre)
    return joined
