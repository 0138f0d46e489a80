"""Articles that say the same as another: help centres repeat themselves. Pure.

A second article that says what the first says is no rival of it, whichever is shown. Titles
alone are not compared: two that look alike may ask for different things.
"""

from __future__ import annotations

from collections.abc import Sequence

from answerer.evidence import BODY_CHARS, Candidate, grams
from indexer.passages import plain_text

SAME_BODY = 0.7
SAME_TITLE = 0.4
FEWEST_PAIRS = 8


def distinct(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The first candidate and those of the others that do not say the same as it."""
    first = tuple(candidates[:1])
    return first + tuple(each for each in candidates[1:] if not same(first[0], each))


def same(one: Candidate, other: Candidate) -> bool:
    """Whether both bodies, and mostly the titles too, are made of the same pairs of characters."""
    mine, others = _body(one), _body(other)
    if min(len(mine), len(others)) < FEWEST_PAIRS:
        return False
    titles = _shared(grams(one.title).pairs, grams(other.title).pairs)
    return titles >= SAME_TITLE and _shared(mine, others) >= SAME_BODY


def _body(candidate: Candidate) -> frozenset[str]:
    return grams(plain_text(candidate.body)[:BODY_CHARS]).pairs


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of pairs that both have, of all that either has (Jaccard)."""
    return len(one & other) / len(one | other) if one or other else 0.0
