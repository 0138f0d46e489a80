"""Slips of the finger in Chinese: a character that reads or looks alike, doubled, swapped.

Noisy channel: what was meant is worth its chance in this base times the chance of the slip.
Only characters that stand in no word the reader's documents know are ever doubted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.chances import Chances, Step, best_path, codes_of
from indexer.confusions import confusables
from indexer.counts import Numbers, Units
from indexer.lexicon import lexicon
from indexer.understood import ChangeKind

CERTAIN_GAIN = 4.5
OFFERED_GAIN = 1.5
SLIP_COST = 5.0
STRANGE_COST = 1.0
BOUND = 0.2
OFTEN = 5
MOST_CANDIDATES = 40
MOST_DOUBTED = 6
SHORTEST_RUN, LONGEST_RUN = 2, 64
_STOP_PHRASES = Path(__file__).with_name("stop_phrases.txt").read_text("utf-8").split()
_STOP = re.compile("|".join(sorted(_STOP_PHRASES, key=len, reverse=True)))


@dataclass(frozen=True)
class Edit:
    """Text from `start` to `end` might be meant as `taken`; `gain` is how much likelier."""

    start: int
    end: int
    taken: str
    kind: ChangeKind
    gain: float
    certain: bool


class Run:
    """A stretch of Chinese characters, and which of them the reader's documents know."""

    def __init__(self, chances: Chances, text: str) -> None:
        self.text = text
        self.chances = chances
        self.codes = codes_of(text)
        self.bound = bound(chances, self.codes[:-1], self.codes[1:])
        self.held = chances.view.pairs(self.codes[:-1], self.codes[1:]) > 0
        alone = chances.general.standing_alone(self.codes)
        self.kept: Numbers = STRANGE_COST * (1.0 - alone)
        self.doubted = self._doubted()

    def _doubted(self) -> NDArray[np.bool_]:
        """Characters of no known pair, and not part of mere asking."""
        known = np.zeros(len(self.text) + 1, np.bool_)
        pairs = self.bound
        known[:-2] |= pairs
        known[1:-1] |= pairs
        for match in _STOP.finditer(self.text):
            known[match.start() : match.end()] = True
        return ~known[:-1]


def bound(chances: Chances, first: Units, second: Units) -> NDArray[np.bool_]:
    """Whether two characters stand together in the base more often than by chance."""
    view = chances.view
    held = view.pairs(first, second)
    expected = view.chars(first) * view.chars(second) / max(view.documents, 1)
    return np.asarray((held > 0) & (held >= BOUND * expected))


def corrected(chances: Chances, text: str) -> tuple[Edit, ...]:
    """What may have been meant in a run of Chinese characters."""
    if not SHORTEST_RUN <= len(text) <= LONGEST_RUN:
        return ()
    run = Run(chances, text)
    if not run.doubted.any():
        return ()
    slip = _slip(run)
    if slip is not None and slip.gain >= OFFERED_GAIN:
        return (slip,)
    return tuple(_replaced(run))


def _replaced(run: Run) -> list[Edit]:
    edits = []
    for start, end in _stretches(run.doubted):
        if end - start <= MOST_DOUBTED:
            edits += _stretch(run, start, end)
    return edits


def _stretches(doubted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.diff(doubted.astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _stretch(run: Run, start: int, end: int) -> list[Edit]:
    """The best reading of a doubted stretch, if it is better than what was typed."""
    before = int(run.codes[start - 1]) if start else 0
    after = int(run.codes[end]) if end < len(run.codes) else 0
    plain = [Step(run.codes[at : at + 1], run.kept[at : at + 1]) for at in range(start, end)]
    typed = best_path(run.chances, plain, before, after)
    steps = [_candidates(run, at) for at in range(start, end)]
    best = best_path(run.chances, steps, before, after)
    changed = [at for at in range(start, end) if best.text[at - start] != run.text[at]]
    gain = best.score - typed.score
    if not changed or gain < OFFERED_GAIN:
        return []
    after_text = run.text[:start] + best.text + run.text[end:]
    if not all(_makes_word(run, after_text, at) for at in changed):
        return []
    certain = gain >= CERTAIN_GAIN * len(changed) and not _real_word(run, changed)
    return [
        Edit(
            at,
            at + 1,
            best.text[at - start],
            confusables(run.text[at]).kind(best.text[at - start]),
            gain,
            certain,
        )
        for at in changed
    ]


def _candidates(run: Run, at: int) -> Step:
    others = confusables(run.text[at])
    held = run.chances.view.chars(others.codes)
    order = np.argsort(-held, kind="stable")[:MOST_CANDIDATES]
    order = order[held[order] > 0]
    codes = np.concatenate([run.codes[at : at + 1], others.codes[order]])
    costs: Numbers = np.concatenate([run.kept[at : at + 1], others.costs[order]])
    return Step(codes, costs)


def _makes_word(run: Run, text: str, at: int) -> bool:
    """Whether the character at a place then belongs to a word that the base knows."""
    codes = codes_of(text[max(0, at - 1) : at + 2])
    return bool(is_word(run.chances, codes[:-1], codes[1:]).any())


def is_word(chances: Chances, first: Units, second: Units) -> NDArray[np.bool_]:
    """Whether two characters stand together in the base, as in a word of some language.

    Either general Chinese has such a word, or the base uses the pair often.
    """
    known = chances.general.pairs(first, second) > 0
    often = chances.view.pairs(first, second) >= OFTEN
    return bound(chances, first, second) & (known | often)


def _real_word(run: Run, places: list[int]) -> bool:
    """Whether what was typed is a word of general Chinese, so that it may well be meant."""
    words = lexicon()
    return any(
        run.text[start : start + size] in words
        for at in places
        for size in (2, 3, 4)
        for start in range(max(0, at - size + 1), at + 1)
        if start + size <= len(run.text)
    )


def _slip(run: Run) -> Edit | None:
    """Two characters that changed places, or one typed twice, if that explains the text."""
    found = [edit for at in range(len(run.text) - 1) for edit in _slips_at(run, at)]
    return max(found, key=lambda edit: edit.gain, default=None)


def _slips_at(run: Run, at: int) -> list[Edit]:
    one, other = run.text[at], run.text[at + 1]
    if not (run.doubted[at] or run.doubted[at + 1]) or run.held[at]:
        return []
    if one == other:
        return [_edit(run, at, one)] if _neighbours_know(run, at, one) else []
    swapped = codes_of(other + one)
    if not (run.doubted[at] and run.doubted[at + 1]):
        return []
    if not is_word(run.chances, swapped[:1], swapped[1:]).any():
        return []
    return [_edit(run, at, other + one)]


def _neighbours_know(run: Run, at: int, char: str) -> bool:
    """Whether a character typed twice belongs to a word with what stands around it."""
    text = run.text[max(0, at - 1) : at] + char + run.text[at + 2 : at + 3]
    codes = codes_of(text)
    return bool(is_word(run.chances, codes[:-1], codes[1:]).any())


def _edit(run: Run, at: int, taken: str) -> Edit:
    """The edit that puts `taken` for the two characters at a place, with its gain."""
    before = int(run.codes[at - 1]) if at else 0
    after = int(run.codes[at + 2]) if at + 2 < len(run.codes) else 0
    typed = _plain_score(run.chances, run.text[at : at + 2], before, after)
    gain = _plain_score(run.chances, taken, before, after) - typed - SLIP_COST
    certain = gain >= CERTAIN_GAIN and not _real_word(run, [at, at + 1])
    return Edit(at, at + 2, taken, ChangeKind.SLIP, gain, certain)


def _plain_score(chances: Chances, text: str, before: int, after: int) -> float:
    steps = [Step(code[None], np.zeros(1)) for code in codes_of(text)]
    return best_path(chances, steps, before, after).score
