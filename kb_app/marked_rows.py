"""How articles were marked for a question, remembered: the same is asked again and again.

A mark is kept under everything it is made from: the article's version and title, the question
and the site's own words. It is given only for articles just found readable.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from indexer.highlight import Asking, Segment
from indexer.wordbook import Wordbook

MOST_MARKS = 4_000


@dataclass(frozen=True)
class MarkKey:
    """What a marked row is made from."""

    ref: int
    version: int
    title: str
    query: str
    book: Wordbook | None
    chars: int


@dataclass(frozen=True)
class Marked:
    """A passage with its words marked, and the section of the article it is from."""

    text: tuple[Segment, ...]
    anchor: str = ""
    heading: str = ""


class MarkedRow(NamedTuple):
    """A title and the passage below it."""

    title: tuple[Segment, ...]
    passage: Marked


class Marks:
    """The bounded memory of marked rows; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: OrderedDict[MarkKey, MarkedRow] = OrderedDict()

    def get(self, key: MarkKey) -> MarkedRow | None:
        """The row made before; None when it is not known (any more)."""
        with self._lock:
            row = self._rows.get(key)
            if row is not None:
                self._rows.move_to_end(key)
            return row

    def put(self, key: MarkKey, row: MarkedRow) -> None:
        """Remember a row; the one not asked for longest is forgotten."""
        with self._lock:
            self._rows[key] = row
            if len(self._rows) > MOST_MARKS:
                self._rows.popitem(last=False)


def mark_key(article: tuple[int, int, str], query: str, chars: int) -> MarkKey:
    """The key for an article (id, version, title) and a question."""
    book = query.book if isinstance(query, Asking) else None
    return MarkKey(*article, str(query), book, chars)
