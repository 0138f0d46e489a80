"""Snapshots made from news: documents put in, replaced, taken out.

News go behind what is there, which costs as much as changed. When much changed, everything
is put together anew: the dead swept out, the centre taken again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.compact import Compact, compact
from indexer.encoder import Vectors
from indexer.growing import Growing
from indexer.narrowing import Shelf, Tags
from indexer.ranking import Flags, Rows
from indexer.snapshot import Facts, Snapshot, Store
from indexer.vectors import Centre, Halves, centre_of, summed

DRIFT_SHARE = 0.2
NEAR = 0.8
BLOCK = 4096
ALWAYS_ANEW = 500


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


def empty(anchor: Vectors) -> Snapshot:
    """A base without documents; `anchor` fixes the number of dimensions."""
    none = np.zeros((0, anchor.size), np.float16)
    rows = _Rows(none, none, np.zeros(0, np.int64), np.zeros(0, np.bool_))
    return _made(np.zeros(0, np.int64), [], rows, anchor)


def extended(old: Snapshot, entries: Sequence[Entry]) -> Snapshot:
    """The snapshot with the entries put in, replaced or taken out; priors are all 0."""
    size, drift = old.keys.size, old.drift + len(entries)
    if size < ALWAYS_ANEW or drift > DRIFT_SHARE * size:
        return _anew(old, entries)
    return _behind(old, entries)


def nearly_due(snapshot: Snapshot) -> bool:
    """Whether one of the next changes will put a large base together anew."""
    size = snapshot.keys.size
    return size >= ALWAYS_ANEW and snapshot.drift > NEAR * DRIFT_SHARE * size


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


def _anew(old: Snapshot, entries: Sequence[Entry]) -> Snapshot:
    """Everything that lives and the news, in fresh arrays around a fresh centre."""
    stays = old.alive & ~np.isin(old.keys, [entry.key for entry in entries])
    fresh = [entry for entry in entries if not entry.gone]
    counts = np.diff(old.starts, append=len(old.passages))
    passages_stay = np.repeat(stays, counts)
    news = _rows_of(fresh, old.anchor.size)
    rows = _Rows(
        titles=np.concatenate([old.titles[stays], news.titles]),
        passages=np.concatenate([old.passages[passages_stay], news.passages]),
        counts=np.concatenate([counts[stays], news.counts]),
        encoded=np.concatenate([old.encoded[stays], news.encoded]),
    )
    facts = [old.store.facts[row] for row in np.flatnonzero(stays)] + _facts_of(fresh)
    return _made(np.concatenate([old.keys[stays], _keys_of(fresh)]), facts, rows, old.anchor)


def _made(keys: Rows, facts: list[Facts], rows: _Rows, anchor: Vectors) -> Snapshot:
    centre = _centre(rows, anchor)
    joined = _joined(rows, centre)
    shelf = Shelf.of((each.categories for each in facts), (each.products for each in facts))
    store = Store(
        keys=Growing(keys),
        encoded=Growing(rows.encoded),
        titles=Growing(rows.titles),
        passages=Growing(rows.passages),
        starts=Growing(rows.starts),
        codes=Growing(joined.rows),
        scales=Growing(joined.scales),
        categories=(Growing(shelf.categories.owners), Growing(shelf.categories.ids)),
        products=(Growing(shelf.products.owners), Growing(shelf.products.ids)),
        facts=facts,
    )
    return Snapshot(
        store=store,
        keys=keys,
        alive=np.ones(keys.size, np.bool_),
        titles=rows.titles,
        passages=rows.passages,
        starts=rows.starts,
        encoded=rows.encoded,
        centre=centre,
        anchor=anchor,
        joined=joined,
        prior=np.zeros(keys.size),
        shelf=shelf,
        rows={int(key): row for row, key in enumerate(keys)},
    )


def _behind(old: Snapshot, entries: Sequence[Entry]) -> Snapshot:
    """The news in rows behind the others; what they replace stays there, dead."""
    fresh = [entry for entry in entries if not entry.gone]
    news, size, store = _rows_of(fresh, old.anchor.size), old.keys.size, old.store
    joined, held = _joined(news, old.centre), len(old.passages)
    rows, alive = dict(old.rows), np.concatenate([old.alive, np.ones(len(fresh), np.bool_)])
    for entry in entries:
        if (row := rows.pop(entry.key, None)) is not None:
            alive[row] = False
    rows |= {entry.key: size + place for place, entry in enumerate(fresh)}
    if len(store.facts) > size:  # somebody added behind the same rows and was dropped
        del store.facts[size:]
        store.passing.clear()
    store.facts.extend(_facts_of(fresh))
    return Snapshot(
        store=store,
        keys=store.keys.plus(size, _keys_of(fresh)),
        alive=alive,
        titles=store.titles.plus(size, news.titles),
        passages=store.passages.plus(held, news.passages),
        starts=store.starts.plus(size, held + news.starts),
        encoded=store.encoded.plus(size, news.encoded),
        centre=old.centre,
        anchor=old.anchor,
        joined=Compact(store.codes.plus(held, joined.rows), store.scales.plus(held, joined.scales)),
        prior=np.zeros(alive.size),
        shelf=_shelf(old, fresh),
        drift=old.drift + len(entries),
        rows=rows,
    )


def _shelf(old: Snapshot, fresh: Sequence[Entry]) -> Shelf:
    """Where the documents are filed, nothing else known of them yet."""
    size, store = old.keys.size, old.store
    blank = np.zeros(size + len(fresh))

    def tags(known: Tags, kept: tuple[Growing, Growing], news: Tags) -> Tags:
        owners, ids = kept
        count = known.owners.size
        return Tags(owners.plus(count, size + news.owners), ids.plus(count, news.ids))

    return Shelf(
        tags(old.shelf.categories, store.categories, Tags.of(e.categories for e in fresh)),
        tags(old.shelf.products, store.products, Tags.of(e.products for e in fresh)),
        blank.astype(np.int64),
        blank,
        blank,
    )


def _keys_of(entries: Sequence[Entry]) -> Rows:
    return np.array([entry.key for entry in entries], np.int64)


def _facts_of(entries: Iterable[Entry]) -> list[Facts]:
    return [Facts(entry.access_keys, entry.categories, entry.products) for entry in entries]


def _rows_of(entries: Sequence[Entry], dimensions: int) -> _Rows:
    """A document without vectors gets a row of zeros."""
    blank = np.zeros((1, dimensions), np.float16)
    none = blank[:0]

    def stacked(vectors: Iterable[Halves]) -> Halves:
        return np.concatenate([none, *(rows if len(rows) else blank for rows in vectors)])

    return _Rows(
        titles=stacked(entry.title for entry in entries),
        passages=stacked(entry.passages for entry in entries),
        counts=np.array([max(1, len(entry.passages)) for entry in entries], np.int64),
        encoded=np.array([len(entry.title) > 0 for entry in entries], np.bool_),
    )


def _centre(rows: _Rows, anchor: Vectors) -> Centre:
    """The means of titles and first passages, so that long documents weigh no more."""
    if not rows.encoded.any():
        return Centre(anchor, anchor)
    return centre_of(rows.titles[rows.encoded], rows.passages[rows.starts[rows.encoded]], anchor)


def _joined(rows: _Rows, centre: Centre) -> Compact:
    """Every passage summed with its title, in blocks so that memory stays small."""
    made = compact(np.zeros((0, rows.passages.shape[1]), np.float32))
    codes = np.zeros(rows.passages.shape, made.rows.dtype)
    scales = np.zeros(len(codes), made.scales.dtype)
    owners = np.repeat(np.arange(rows.counts.size), rows.counts)
    known = np.flatnonzero(rows.encoded[owners])
    for start in range(0, known.size, BLOCK):
        block = known[start : start + BLOCK]
        made = compact(summed(rows.titles[owners[block]], rows.passages[block], centre))
        codes[block], scales[block] = made.rows, made.scales
    return Compact(codes, scales)
