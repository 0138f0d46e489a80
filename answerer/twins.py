"""Articles that say the same as another: help centres repeat themselves. Pure.

A second article that says what the first says is no rival of it, whichever is shown. Titles
alone are not compared: two that look alike may ask for different things. Nor is it shown
beside the first, and of two with the very same title in one category and for the same products
neither tells more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from answerer.evidence import Candidate, grams, said

SAME_BODY = 0.7
SAME_TITLE = 0.4
FEWEST_PAIRS = 8
_PARTICLES = frozenset("的了吗呢啊呀么")
_TELLING = re.compile(r"[^\W_]|[+#]|(?<=[a-z0-9])[.\-/:](?=[a-z0-9])")  # C++, 1.5, 1-01
FIRST_HAN, LAST_HAN = 0x3400, 0x9FFF
Pairs = NDArray[np.uint64]


def distinct(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The first candidate and those of the others that do not say the same as it."""
    first = tuple(candidates[:1])
    return first + tuple(each for each in candidates[1:] if not same(first[0], each))


def told_apart(candidates: Sequence[Candidate], most: int) -> tuple[Candidate, ...]:
    """The first `most` of which none repeats one before it."""
    kept: list[Candidate] = []
    for each in candidates:
        if len(kept) < most and not any(_repeats(other, each) for other in kept):
            kept.append(each)
    return tuple(kept)


def _repeats(one: Candidate, other: Candidate) -> bool:
    here = (one.category_id, one.products) == (other.category_id, other.products)
    return (here and _bare(one.title) == _bare(other.title)) or same(one, other)


def _bare(title: str) -> str:
    """A title without blanks, particles, idle marks; its own text where nothing else is in it."""
    text = grams(title).text
    return "".join(char for char in _TELLING.findall(text) if char not in _PARTICLES) or text


def same(one: Candidate, other: Candidate) -> bool:
    """Whether both bodies, and mostly the titles too, are made of the same pairs of characters."""
    titles = grams(one.title).pairs, grams(other.title).pairs
    if _shared(len(titles[0] & titles[1]), len(titles[0]), len(titles[1])) < SAME_TITLE:
        return False
    mine, others = _pairs(said(one.body)), _pairs(said(other.body))
    if min(mine.size, others.size) < FEWEST_PAIRS:
        return False
    both = np.intersect1d(mine, others, assume_unique=True).size
    return _shared(both, mine.size, others.size) >= SAME_BODY


@lru_cache(maxsize=256)
def _pairs(text: str) -> Pairs:
    """The pairs of Chinese characters in a text, each once, as numbers."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    han = (codes >= FIRST_HAN) & (codes <= LAST_HAN)
    both = han[:-1] & han[1:]
    wide = codes.astype(np.uint64)
    return np.unique(wide[:-1][both] << np.uint64(32) | wide[1:][both])


def _shared(both: int, one: int, other: int) -> float:
    """The share of pairs that both have, of all that either has (Jaccard)."""
    return both / (one + other - both) if one or other else 0.0
