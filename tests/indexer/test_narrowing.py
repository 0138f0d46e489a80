"""Filters, sorting and counts over what a search found (K2)."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.narrowing import (
    DAYS,
    EVERYTHING,
    SECONDS_A_DAY,
    TYPES,
    DocType,
    Narrowing,
    Order,
    Shelf,
    counted,
    narrowed,
    ordered,
    type_bits,
    type_of_file,
)

NOW = 1_000 * SECONDS_A_DAY
DOCUMENTS = st.lists(
    st.tuples(
        st.sets(st.integers(1, 4)),
        st.sets(st.integers(1, 3)),
        st.sampled_from([(kind,) for kind in TYPES[:2]] + [(DocType.ARTICLE, DocType.PDF)]),
        st.integers(0, 400),
    ),
    max_size=12,
)
WANTED = st.builds(
    Narrowing,
    st.none() | st.integers(1, 5),
    st.none() | st.integers(1, 4),
    st.none() | st.sampled_from(TYPES[:3]),
    st.none() | st.sampled_from(DAYS),
)
Documents = list[tuple[set[int], set[int], tuple[DocType, ...], int]]


def shelf_of(documents: Documents) -> Shelf:
    """A shelf holding these documents, the last number being their age in days."""
    filed = Shelf.of([tuple(d[0]) for d in documents], [tuple(d[1]) for d in documents])
    types = np.array([type_bits(d[2]) for d in documents], np.int64)
    updated = np.array([NOW - d[3] * SECONDS_A_DAY for d in documents], np.float64)
    return Shelf(filed.categories, filed.products, types, updated, -updated)


@given(DOCUMENTS, WANTED)
def test_it_counts_what_choosing_would_leave(documents: Documents, wanted: Narrowing) -> None:
    """K2: pressing a facet leaves exactly as many results as it said, whatever else is chosen."""
    shelf, rows = shelf_of(documents), np.arange(len(documents))[::-1]
    counts = counted(shelf, rows, wanted, NOW)

    def left(**choice: object) -> int:
        chosen = Narrowing(**{**vars(wanted), **choice})
        return int(narrowed(shelf, rows, chosen, NOW).size)

    for category in range(1, 6):
        assert counts.categories.get(category, 0) == left(category_id=category)
    for product in range(1, 5):
        assert counts.products.get(product, 0) == left(product_id=product)
    for kind in TYPES:
        assert counts.types.get(kind, 0) == left(doc_type=kind)
    for days in DAYS:
        assert counts.days.get(days, 0) == left(days=days)


@given(DOCUMENTS, WANTED)
def test_it_keeps_the_order_of_what_it_keeps(documents: Documents, wanted: Narrowing) -> None:
    """K2: filters take out, they never reorder."""
    shelf, rows = shelf_of(documents), np.arange(len(documents))[::-1]
    kept = narrowed(shelf, rows, wanted, NOW).tolist()
    assert kept == sorted(kept, reverse=True)
    if wanted == EVERYTHING:
        assert kept == rows.tolist()


@given(DOCUMENTS)
def test_it_sorts_by_date_and_by_rating(documents: Documents) -> None:
    """K2: newest or best rated first; equals stay in the order of their relevance."""
    shelf, rows = shelf_of(documents), np.arange(len(documents))
    newest = ordered(shelf, rows, Order.NEWEST).tolist()
    assert newest == sorted(rows.tolist(), key=lambda row: documents[row][3])
    assert ordered(shelf, rows, Order.RELEVANCE).tolist() == rows.tolist()
    rated = ordered(shelf, rows, Order.RATING).tolist()
    assert rated == sorted(rows.tolist(), key=lambda row: -documents[row][3])


def test_it_knows_files_by_their_names() -> None:
    """K2 K7: the type facet goes by what people call a file."""
    assert type_of_file("安装手册.PDF") is DocType.PDF
    assert type_of_file("报价.xlsx") is DocType.SHEET
    assert type_of_file("没有后缀") is DocType.OTHER
