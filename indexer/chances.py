"""How likely one character follows another: in this base first, in general Chinese next.

A plain interpolated bigram model; general counts come from the word list. Pure numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from indexer.counts import BMP, FIRST_HAN, LAST_HAN, Counts, Numbers, Units, summed
from indexer.lexicon import lexicon
from indexer.view import View

BASE_SHARE = 0.6
GENERAL_SHARE = 0.25
ALONE_SHARE = 0.15
LEAST = 1e-9
PRIOR_DOCUMENTS = 3.0


class General:
    """Pairs of characters inside the words of general Chinese, and single characters."""

    def __init__(self, pairs: Counts, chars: Numbers, singles: Numbers) -> None:
        self._pairs = pairs
        self._chars = chars
        self._singles = singles

    def pairs(self, first: Units, second: Units) -> Numbers:
        """How often the second follows the first inside a word (they broadcast)."""
        return self._pairs.of(np.asarray(first << np.uint32(16) | second))

    def chars(self, codes: Units) -> Numbers:
        """How often each character occurs."""
        return np.asarray(self._chars[codes])

    def standing_alone(self, codes: Units) -> Numbers:
        """The share of each character's occurrences in which it is a word by itself."""
        return np.asarray(self._singles[codes] / (self._chars[codes] + 1.0))

    @cached_property
    def shares(self) -> Numbers:
        """The share of each character of the basic plane in general text."""
        return np.asarray(self._chars / max(float(self._chars.sum()), 1.0))


@lru_cache(maxsize=1)
def general() -> General:
    """The model of general Chinese, made once from the word list."""
    words, counts = zip(*lexicon().frequencies(), strict=True)
    text = "\n".join(words)
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    lengths = np.array([len(word) + 1 for word in words])
    weights = np.repeat(np.array(counts, np.float64), lengths)[: codes.size]
    han = (codes >= FIRST_HAN) & (codes <= LAST_HAN)
    both = han[1:] & han[:-1]
    pairs = codes[:-1][both] << np.uint32(16) | codes[1:][both]
    steps = np.minimum(weights[:-1][both], 1e6).astype(np.int32)
    chars = np.bincount(codes[han], weights[han], minlength=BMP).astype(np.float64)
    alone = {word: count for word, count in zip(words, counts, strict=True) if len(word) == 1}
    singles = np.zeros(BMP)
    held = [(ord(char), count) for char, count in alone.items() if ord(char) < BMP]
    singles[[code for code, _ in held]] = [count for _, count in held]
    return General(summed(pairs, steps), chars, singles)


class Chances:
    """The model for one reader."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.general = general()
        held = view.char_counts
        self._shares = 0.5 * held / max(held.sum(), 1.0) + 0.5 * self.general.shares

    def alone(self, codes: Units) -> Numbers:
        """The log-probability of a character where nothing stands before it."""
        return np.asarray(np.log(self._shares[codes] + LEAST))

    def follows(self, first: Units, second: Units) -> Numbers:
        """The log-probability of the second after the first (they broadcast)."""
        held, general = self.view.pairs(first, second), self.general.pairs(first, second)
        in_base = held / (self.view.chars(first) + PRIOR_DOCUMENTS)
        in_general = general / (self.general.chars(first) + 1.0)
        mixed = BASE_SHARE * in_base + GENERAL_SHARE * in_general
        return np.asarray(np.log(mixed + ALONE_SHARE * self._shares[second] + LEAST))


def codes_of(text: str) -> Units:
    """A text as code points; what lies beyond the basic plane counts as a blank."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    return np.where(codes < BMP, codes, np.uint32(ord(" ")))


@dataclass(frozen=True)
class Step:
    """The characters that may stand at one place, and what each costs (log, 0 or above)."""

    codes: Units
    costs: Numbers


@dataclass(frozen=True)
class Path:
    """A most likely sequence of characters with its log-probability, costs taken off."""

    text: str
    score: float


def best_path(chances: Chances, steps: Sequence[Step], before: int = 0, after: int = 0) -> Path:
    """The most likely characters for these steps between two given ones (0: none)."""
    scores = chances.alone(steps[0].codes)
    if before:
        scores = chances.follows(np.array([before], np.uint32), steps[0].codes)
    scores = scores - steps[0].costs
    came: list[Numbers] = []
    for earlier, step in pairwise(steps):
        ways = scores[:, None] + chances.follows(earlier.codes[:, None], step.codes[None, :])
        came.append(ways.argmax(axis=0))
        scores = ways.max(axis=0) - step.costs
    if after:
        scores = scores + chances.follows(steps[-1].codes, np.array([after], np.uint32))
    place = int(scores.argmax())
    places = [place]
    for back in reversed(came):
        places.append(int(back[places[-1]]))
    chosen = [int(step.codes[at]) for step, at in zip(steps, reversed(places), strict=True)]
    return Path("".join(map(chr, chosen)), float(scores[place]))
