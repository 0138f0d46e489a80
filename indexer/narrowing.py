"""Of the documents found: which are asked for, in which order, how many there are of each sort.

Pure numpy over facts held for every document. A count says how many results there would be
after choosing that value beside everything else already chosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from indexer.ranking import Flags, Floats, Rows

SECONDS_A_DAY = 86_400.0
DAYS = (7, 30, 365)


class Order(StrEnum):
    """How results are sorted."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    RATING = "rating"


class DocType(StrEnum):
    """What a result is, or what is attached to it."""

    ARTICLE = "article"
    QUESTION = "question"
    PDF = "pdf"
    WORD = "word"
    SLIDES = "slides"
    SHEET = "sheet"
    PICTURE = "picture"
    MEDIA = "media"
    OTHER = "other"


TYPES = tuple(DocType)
_BY_ENDING = {
    "pdf": DocType.PDF,
    **dict.fromkeys(("doc", "docx", "odt", "rtf", "wps"), DocType.WORD),
    **dict.fromkeys(("ppt", "pptx", "odp", "dps"), DocType.SLIDES),
    **dict.fromkeys(("xls", "xlsx", "csv", "ods", "et"), DocType.SHEET),
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "webp", "svg", "bmp"), DocType.PICTURE),
    **dict.fromkeys(("mp3", "wav", "m4a", "ogg", "mp4", "mov", "webm", "avi"), DocType.MEDIA),
}


def type_of_file(filename: str) -> DocType:
    """What sort of file a name speaks of."""
    return _BY_ENDING.get(filename.rpartition(".")[2].lower(), DocType.OTHER)


def type_bits(types: Iterable[DocType]) -> int:
    """Several types as one number."""
    bits = 0
    for each in types:
        bits |= 1 << TYPES.index(each)
    return bits


@dataclass(frozen=True)
class Narrowing:
    """What a reader chose to see of the results; None leaves that side open."""

    category_id: int | None = None
    product_id: int | None = None
    doc_type: DocType | None = None
    days: int | None = None


EVERYTHING = Narrowing()


@dataclass(frozen=True)
class Counts:
    """How many results each further choice would leave; absent means none."""

    categories: Mapping[int, int] = field(default_factory=dict)
    products: Mapping[int, int] = field(default_factory=dict)
    types: Mapping[DocType, int] = field(default_factory=dict)
    days: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tags:
    """Many numbers a row: `ids[i]` belongs to row `owners[i]`."""

    owners: Rows
    ids: Rows

    @staticmethod
    def of(tags: Iterable[tuple[int, ...]]) -> Tags:
        """From one tuple a row."""
        pairs = [(row, tag) for row, some in enumerate(tags) for tag in some]
        flat = np.array(pairs, np.int64).reshape(-1, 2)
        return Tags(flat[:, 0], flat[:, 1])

    def rows_with(self, wanted: int, size: int) -> Flags:
        """Which of `size` rows have this number."""
        has = np.zeros(size, np.bool_)
        has[self.owners[self.ids == wanted]] = True
        return has

    def counted(self, among: Flags) -> dict[int, int]:
        """How many of these rows have each number."""
        ids, counts = np.unique(self.ids[among[self.owners]], return_counts=True)
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))


@dataclass(frozen=True)
class Shelf:
    """What narrowing needs of every document; `updated` in seconds since 1970."""

    categories: Tags
    products: Tags
    types: Rows
    updated: Floats
    rating: Floats

    @staticmethod
    def of(categories: Iterable[tuple[int, ...]], products: Iterable[tuple[int, ...]]) -> Shelf:
        """Documents filed here and there, nothing else known of them yet."""
        filed = tuple(categories)
        blank = np.zeros(len(filed))
        return Shelf(Tags.of(filed), Tags.of(products), blank.astype(np.int64), blank, blank)


def narrowed(shelf: Shelf, rows: Rows, wanted: Narrowing, now: float) -> Rows:
    """Those of `rows` that were asked for, in their order."""
    if wanted == EVERYTHING:
        return rows
    keep = np.ones(shelf.types.size, np.bool_)
    for side in _sides(shelf, wanted, now).values():
        keep &= side
    return rows[keep[rows]]


def ordered(shelf: Shelf, rows: Rows, order: Order) -> Rows:
    """The rows sorted; equals stay in the order of their relevance."""
    if order is Order.RELEVANCE:
        return rows
    by = shelf.updated if order is Order.NEWEST else shelf.rating
    return rows[np.argsort(-by[rows], kind="stable")]


def counted(shelf: Shelf, rows: Rows, wanted: Narrowing, now: float) -> Counts:
    """The counts of every side, each under all other sides."""
    found = np.zeros(shelf.types.size, np.bool_)
    found[rows] = True
    sides = _sides(shelf, wanted, now)

    def under_others(side: str) -> Flags:
        among = found.copy()
        for name, flags in sides.items():
            if name != side:
                among &= flags
        return among

    bits = shelf.types[under_others("doc_type")]
    fresh = shelf.updated[under_others("days")]
    types = {kind: int(np.count_nonzero(bits & (1 << i))) for i, kind in enumerate(TYPES)}
    days = {d: int(np.count_nonzero(fresh >= now - d * SECONDS_A_DAY)) for d in DAYS}
    return Counts(
        categories=shelf.categories.counted(under_others("category_id")),
        products=shelf.products.counted(under_others("product_id")),
        types={kind: count for kind, count in types.items() if count},
        days={d: count for d, count in days.items() if count},
    )


def _sides(shelf: Shelf, wanted: Narrowing, now: float) -> dict[str, Flags]:
    """For each side that was chosen, the rows it lets through."""
    size = shelf.types.size
    sides: dict[str, Flags] = {}
    if wanted.category_id is not None:
        sides["category_id"] = shelf.categories.rows_with(wanted.category_id, size)
    if wanted.product_id is not None:
        sides["product_id"] = shelf.products.rows_with(wanted.product_id, size)
    if wanted.doc_type is not None:
        sides["doc_type"] = (shelf.types & type_bits([wanted.doc_type])) > 0
    if wanted.days is not None:
        sides["days"] = shelf.updated >= now - wanted.days * SECONDS_A_DAY
    return sides
