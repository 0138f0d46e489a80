"""A snapshot that grew step by step is the same as one made from scratch (K1 K4 O1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from indexer.backend import SearchFilter
from indexer.document import DocKind, key_of
from indexer.encoder import Vectors
from indexer.extending import Entry, empty, extended
from indexer.narrowing import EVERYTHING, Counts, Narrowing, counted
from indexer.snapshot import Snapshot
from indexer.vectors import summed

DIMENSIONS = 4
BASE = 520  # beyond the size at which news go behind what is there
SAMPLED = 5  # of so many documents one is looked at closely
ANCHOR = np.full(DIMENSIONS, 0.1, np.float32)
KEYS = ("public", "customer", "group:1")
FILTERS = tuple(
    SearchFilter(frozenset(keys), frozenset(DocKind), category, product)
    for keys, category, product in (
        (("public",), None, None),
        (("public", "customer"), None, None),
        (("group:1",), 1, None),
        (("public", "customer", "group:1"), 2, 1),
        (("customer",), None, 2),
    )
)


@dataclass(frozen=True)
class News:
    """One made-up change: which document, what it becomes (`seed`), whether it leaves."""

    number: int
    seed: int
    gone: bool = False


@dataclass(frozen=True)
class Step:
    """News of one look; `dropped` when that look failed and its snapshot was never seen."""

    news: tuple[News, ...]
    dropped: bool = False


def _entry(news: News) -> Entry:
    chance = np.random.default_rng(news.seed)
    passages = int(chance.integers(0, 4))  # 0: not encoded yet
    vectors = chance.normal(size=(passages + 1, DIMENSIONS)).astype(np.float16)
    keys = [key for key in KEYS if chance.random() < 0.6]
    return Entry(
        key=key_of(f"{'q' if news.number % 7 == 0 else 'a'}:{news.number}"),
        access_keys=frozenset(keys or ["public"]),
        categories=tuple(chance.integers(1, 4, int(chance.integers(0, 3))).tolist()),
        products=tuple(chance.integers(1, 3, int(chance.integers(0, 2))).tolist()),
        title=vectors[: 1 if passages else 0],
        passages=vectors[1:],
        gone=news.gone,
    )


def _told(snapshot: Snapshot, query: Vectors, *, with_meaning: bool = True) -> dict[int, object]:
    """All a search can learn of each document; cosines depend on the centre."""
    assert sorted(snapshot.keys[snapshot.alive].tolist()) == sorted(snapshot.rows)
    masks = np.stack([snapshot.mask(wanted) for wanted in FILTERS])
    assert not masks[:, ~snapshot.alive].any()
    told: dict[int, object] = {}
    close = snapshot.cosines(query)
    for key, row in snapshot.rows.items():
        told[key] = (masks[:, row].tolist(), bool(snapshot.encoded[row]))
        if key % SAMPLED == 0:
            told[key] = (told[key], snapshot.raw_cosines(query, row))
        if key % SAMPLED == 0 and with_meaning:
            nearest = snapshot.nearest_passages(query, [row])
            told[key] = (told[key], float(close[row]), nearest)
    return told


def _agrees(held: dict[int, Entry], snapshot: Snapshot, query: Vectors) -> None:
    """The snapshot says what the entries say, straight from them."""
    assert set(snapshot.rows) == set(held)
    masks = np.stack([snapshot.mask(wanted) for wanted in FILTERS])
    close = snapshot.cosines(query)
    middle = snapshot.centre.title
    asked = (query - middle) / np.linalg.norm(query - middle)
    for key, entry in held.items():
        row = snapshot.rows[key]
        assert masks[:, row].tolist() == [_passes(entry, wanted) for wanted in FILTERS]
        if key % SAMPLED == 0:
            nearest = 0.0
            if len(entry.title):
                titles = np.repeat(entry.title, len(entry.passages), axis=0)
                nearest = (summed(titles, entry.passages, snapshot.centre) @ asked).max()
            assert close[row] == pytest.approx(nearest, abs=0.02)


def _passes(entry: Entry, wanted: SearchFilter) -> bool:
    return (
        not entry.access_keys.isdisjoint(wanted.access_keys)
        and wanted.category_id in {None, *entry.categories}
        and wanted.product_id in {None, *entry.products}
    )


def _counts(snapshot: Snapshot) -> list[Counts]:
    alive = np.flatnonzero(snapshot.alive)
    return [counted(snapshot.shelf, alive, each, 0.0) for each in (EVERYTHING, Narrowing(2))]


def _news() -> st.SearchStrategy[tuple[News, ...]]:
    rarely = st.integers(0, 3).map(lambda number: number == 0)
    one = st.builds(News, st.integers(1, BASE + 30), st.integers(0, 10_000), rarely)
    unique = st.lists(one, min_size=1, max_size=30, unique_by=lambda news: news.number)
    return unique.map(tuple)


STEPS = st.lists(st.builds(Step, _news(), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=12, deadline=None, phases=(Phase.reuse, Phase.generate))
@given(STEPS, st.integers(0, 100))
def test_growing_step_by_step_is_the_same_as_from_scratch(steps: list[Step], seed: int) -> None:
    """K1 K4 O1: edits, removals, other readers, vectors that come later, looks that failed
    half way; a search that still works on an older snapshot notices nothing of them."""
    query = np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)
    held = {(entry := _entry(News(n, n))).key: entry for n in range(1, BASE + 1)}
    snapshot = extended(empty(ANCHOR), list(held.values()))
    older = []
    for step in steps:
        entries = [_entry(news) for news in step.news]
        if step.dropped:
            extended(snapshot, entries[::-1])
        older.append((snapshot, _told(snapshot, query), _counts(snapshot)))
        snapshot = extended(snapshot, entries)
        held |= {entry.key: entry for entry in entries}
        held = {key: entry for key, entry in held.items() if not entry.gone}
        _agrees(held, snapshot, query)
    for old, told, counts in older:
        old.compared.clear()
        assert (_told(old, query), _counts(old)) == (told, counts)
    fresh = extended(empty(ANCHOR), list(held.values()))
    assert _counts(fresh) == _counts(snapshot)
    facts = _told(fresh, query, with_meaning=False)
    assert _told(snapshot, query, with_meaning=False) == facts


def test_dead_rows_are_swept_out_when_much_has_changed() -> None:
    """K1 O2: an article edited again and again does not fill the memory."""
    snapshot = extended(empty(ANCHOR), [_entry(News(n, n)) for n in range(1, BASE + 1)])
    for seed in range(200):
        snapshot = extended(snapshot, [_entry(News(1, seed))])
        assert snapshot.keys.size <= 1.25 * BASE
    assert len(snapshot.store.facts) == snapshot.keys.size
    assert len(snapshot.rows) == BASE


def test_it_grows_without_an_encoder_too() -> None:
    """K1: `none` has vectors without dimensions."""
    bare = np.zeros((0, 0), np.float16)
    entries = [Entry(n, frozenset({"public"}), (1,), (), bare, bare) for n in range(1, BASE + 1)]
    snapshot = extended(empty(np.zeros(0, np.float32)), entries)
    snapshot = extended(snapshot, [Entry(7, frozenset({"group:1"}), (), (), bare, bare)])
    public = SearchFilter(frozenset({"public"}), frozenset(DocKind))
    assert int(snapshot.mask(public).sum()) == BASE - 1
    assert not snapshot.encoded.any()
    assert _counts(snapshot)[0].categories == {1: BASE - 1}
