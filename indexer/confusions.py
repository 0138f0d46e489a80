"""Characters that are typed for one another: read alike, nearly alike, or looking alike. Pure.

Look-alikes (confusions.txt) were found by comparing printed characters in two typefaces,
and added to by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from indexer.chances import codes_of
from indexer.counts import Numbers, Units
from indexer.readings import CHARS_OF, near_syllables, syllables_of
from indexer.understood import ChangeKind

SOUND_COST = 5.5
LOOK_COST = 6.2
NEAR_COST = 7.0


@dataclass(frozen=True)
class Confusables:
    """What may have been meant by a character, and how unlikely that slip is (-log)."""

    codes: Units
    costs: Numbers
    sounds: frozenset[str]

    def kind(self, char: str) -> ChangeKind:
        """Whether this one reads alike or looks alike."""
        return ChangeKind.HOMOPHONE if char in self.sounds else ChangeKind.LOOKALIKE


@lru_cache(maxsize=1)
def lookalikes() -> dict[str, str]:
    """The characters that look like each character."""
    found: dict[str, str] = {}
    pairs = Path(__file__).with_name("confusions.txt").read_text("utf-8").split()
    for pair in pairs:
        one, other = pair[0], pair[1]
        found[one] = found.get(one, "") + other
        found[other] = found.get(other, "") + one
    return found


@lru_cache(maxsize=4096)
def confusables(char: str) -> Confusables:
    """What may have been meant by this character."""
    costs: dict[str, float] = {}
    readings = syllables_of().get(char, ())
    for name in readings:
        for near in near_syllables(name):
            costs |= dict.fromkeys(CHARS_OF[near], NEAR_COST)
    costs |= dict.fromkeys(lookalikes().get(char, ""), LOOK_COST)
    for name in readings:
        costs |= dict.fromkeys(CHARS_OF[name], SOUND_COST)
    sounds = frozenset(c for c, cost in costs.items() if cost != LOOK_COST)
    costs.pop(char, None)
    return Confusables(codes_of("".join(costs)), np.array(list(costs.values())), sounds)
