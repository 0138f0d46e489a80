"""Latin words spelled wrongly → a word of this base at most two edits away. Pure."""

from __future__ import annotations

from math import log

import numpy as np

from indexer.latin import letter_counts
from indexer.view import View

SHORTEST = 4
LONG = 6
LONGEST = 20
MOST_TRIED = 60
LEAST_HELD = 2
SURE_LENGTH = 5
DISTANCE_COST = 3.0


def respelled(view: View, word: str) -> tuple[str, bool] | None:
    """The likeliest word meant, and whether that is sure; None when there is none near."""
    if not SHORTEST <= len(word) <= LONGEST or view.latin(word):
        return None
    reach = 2 if len(word) >= LONG else 1
    best: tuple[float, str, int] | None = None
    for other, held in _near(view, word, 2 * reach):
        steps = distance(word, other, reach)
        if steps <= reach:
            score = log(held) - DISTANCE_COST * steps
            if best is None or (score, other) > best[:2]:
                best = (score, other, steps)
    if best is None:
        return None
    sure = len(word) >= SURE_LENGTH and word[0] == best[1][0]
    return best[1], sure and (best[2] == 1 or len(word) > LONG)


def _near(view: View, word: str, most: int) -> list[tuple[str, float]]:
    """Words that share so many letters that they can be near; the commonest first."""
    numbers, held = view.latin_words
    usable = held >= LEAST_HELD
    numbers, held = numbers[usable], held[usable]
    if numbers.size == 0:
        return []
    apart = np.abs(view.letters(numbers) - letter_counts(word)).sum(axis=1)
    near = np.flatnonzero(apart <= most)
    near = near[np.argsort(apart[near] - np.log(held[near]), kind="stable")[:MOST_TRIED]]
    return [(view.spelled(int(numbers[at])), float(held[at])) for at in near]


def distance(one: str, other: str, most: int) -> int:
    """Letters missing, added, changed or swapped with their neighbour (Damerau); > most stops."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        now = [i]
        for j, against in enumerate(other, start=1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        before, row = row, now
    return row[-1]
