"""What one state of an index answered: pages and filters ask the same again.

Bounded by the hits in it, for one answer may be a thousand times as long as another; when
it is full everything is forgotten.
"""

from __future__ import annotations

from indexer.backend import ScoredDoc, TermQuery

MOST_HITS = 16_000


class Remembered:
    """Answers by query, MOST_HITS hits at most; an empty answer counts as one hit."""

    def __init__(self) -> None:
        self._answers: dict[TermQuery, tuple[ScoredDoc, ...]] = {}
        self._hits = 0

    def get(self, query: TermQuery) -> tuple[ScoredDoc, ...] | None:
        """What was answered; None when it is not known (any more)."""
        return self._answers.get(query)

    def put(self, query: TermQuery, found: tuple[ScoredDoc, ...]) -> None:
        """Remember an answer, unless it is larger than all that may be remembered."""
        size = max(1, len(found))
        if size > MOST_HITS:
            return
        if self._hits + size > MOST_HITS:
            self._answers, self._hits = {}, 0
        self._answers[query] = found
        self._hits += size

    @property
    def hits(self) -> int:
        """How many hits are held, at most."""
        return self._hits
