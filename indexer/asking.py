"""Asking the backend on and on until the order of the first documents is certain.

Exact for the rows that `settle` is asked for, unless the backend is lost on the way (`lost`)
or `deepest` entries told too little.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from indexer.backend import SearchBackend, SearchUnavailable, TermQuery
from indexer.found import Words
from indexer.ranking import Ranked, Rows, Scale, rank
from indexer.snapshot import Snapshot

NAMED_LOOK = 512
MOST_PARTS = 10_000
DEEPER = 4
DEEPEST_LOOK = 1_000_000


@dataclass
class Asker:
    """One search's questions to the backend, and what it told so far."""

    backend: SearchBackend
    query: TermQuery
    snapshot: Snapshot
    scale: Scale
    words: Words = field(init=False)
    lost: bool = False

    def __post_init__(self) -> None:
        size = self.snapshot.keys.size
        self.words = Words(np.zeros(size), np.zeros(size, np.bool_))

    def ranked(self, needed: int) -> Ranked:
        """The first rows by what is known so far."""
        return rank(self.scale, self.words.shares(), needed)

    def begin(self) -> None:
        """The first question."""
        self._look(self.query.limit)

    def settle(self, needed: int, deepest: int = DEEPEST_LOOK) -> None:
        """Ask on until no unseen document could still belong among the first `needed`."""
        undecided = self.ranked(needed).undecided
        while undecided.size and not self.lost:
            if undecided.size <= NAMED_LOOK:
                self._name(undecided)
            elif self.query.limit < deepest:
                self._look(min(self.query.limit * DEEPER, deepest))
            else:
                return
            undecided = self.ranked(needed).undecided

    def _look(self, limit: int) -> None:
        """Ask for the best documents; no unseen one scores more than the last of them."""
        self.query = replace(self.query, limit=limit)
        if self._ask(self.query):
            self.words.least = 0.0

    def _name(self, rows: Rows) -> None:
        """Ask for these documents; the files of a few can fill the whole answer."""
        named = tuple(self.snapshot.doc_id(row) for row in rows)
        if self._ask(replace(self.query, among=named, limit=MOST_PARTS)):
            self.words.seen[rows] = True

    def _ask(self, query: TermQuery) -> bool:
        """Whether the answer was whole, not cut off at the limit."""
        try:
            found = self.backend.search(query)
        except SearchUnavailable:
            self.lost = True
            return False
        self.words.add(self.snapshot, found)
        if not query.among:
            self.words.best = found[0].score if found else 0.0
            self.words.least = found[-1].score if found else 0.0
        return len(found) < query.limit
