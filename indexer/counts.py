"""How many documents hold each unit of text: characters, pairs of characters, Latin words.

A unit is one number: a pair is `first << 16 | second`, a character CHAR + its code point,
a Latin word the number it was given. Adding and taking out are exact. Pure numpy.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexer.normal import normalize

Units = NDArray[np.uint32]
Numbers = NDArray[np.float64]

CHAR = 0x20000000
FIRST_HAN, LAST_HAN = 0x3400, 0x9FFF
BMP = 0x10000
FRESH_LIMIT = 20_000


@lru_cache(maxsize=1)
def _folding() -> NDArray[np.uint16]:
    """The normal form of every single character of the basic plane; a blank for the rest."""
    table = np.full(BMP, ord(" "), np.uint16)
    for code in range(BMP):
        normal = normalize(chr(code))
        if len(normal) == 1 and ord(normal) < BMP:
            table[code] = ord(normal)
    return table


def folded(text: str) -> NDArray[np.uint16]:
    """The normal form as code points, character by character; what has none is a blank."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    known = np.where(codes < BMP, codes, ord(" "))
    return np.asarray(_folding()[known])


def is_han(codes: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Which code points are Chinese characters."""
    return np.asarray((codes >= FIRST_HAN) & (codes <= LAST_HAN))


def units_of(codes: NDArray[np.uint16]) -> Units:
    """The characters and pairs of neighbouring characters of a folded text, each once."""
    han = is_han(codes)
    both = han[1:] & han[:-1]
    wide = codes.astype(np.uint32)
    pairs = wide[:-1][both] << 16 | wide[1:][both]
    return np.unique(np.concatenate([pairs, wide[han] | CHAR]))


class Counts:
    """Units with the number of documents that hold them; immutable."""

    def __init__(
        self, units: Units | None = None, numbers: NDArray[np.int32] | None = None
    ) -> None:
        self.units = np.zeros(0, np.uint32) if units is None else units
        self.numbers = np.zeros(0, np.int32) if numbers is None else numbers

    def changed(self, added: list[Units], removed: list[Units]) -> Counts:
        """These counts with documents added and taken out."""
        parts = [*added, *removed]
        signs = [1] * len(added) + [-1] * len(removed)
        units = np.concatenate([self.units, *parts])
        steps = [
            np.full(len(part), sign, np.int32) for part, sign in zip(parts, signs, strict=True)
        ]
        return summed(units, np.concatenate([self.numbers, *steps]))

    def of(self, units: Units) -> Numbers:
        """The numbers of these units, in their shape."""
        if self.units.size == 0:
            return np.zeros(units.shape)
        places = self.units.searchsorted(units)
        places[places == self.units.size] = 0
        return np.asarray(self.numbers[places] * (self.units[places] == units), np.float64)

    def within(self, low: int, high: int) -> tuple[Units, NDArray[np.int32]]:
        """The units from `low` up to `high`, with their numbers."""
        first, last = np.searchsorted(self.units, [low, high]).tolist()
        return self.units[first:last], self.numbers[first:last]


def summed(units: Units, steps: NDArray[np.int32]) -> Counts:
    order = np.argsort(units, kind="stable")
    units, steps = units[order], steps[order]
    if units.size == 0:
        return Counts()
    starts = np.flatnonzero(np.diff(units, prepend=units[0] ^ np.uint32(1)))
    numbers = np.add.reduceat(steps, starts)
    held = numbers != 0
    return Counts(units[starts][held], numbers[held].astype(np.int32))


class Layered:
    """Large counts with a small layer of news over them, so that a change is cheap."""

    def __init__(self, settled: Counts, fresh: Counts) -> None:
        self.settled, self.fresh = settled, fresh

    def changed(self, added: list[Units], removed: list[Units]) -> Layered:
        """With documents added and taken out."""
        fresh = self.fresh.changed(added, removed)
        if fresh.units.size < FRESH_LIMIT:
            return Layered(self.settled, fresh)
        units = np.concatenate([self.settled.units, fresh.units])
        numbers = np.concatenate([self.settled.numbers, fresh.numbers])
        return Layered(summed(units, numbers), Counts())

    def of(self, units: Units) -> Numbers:
        """The numbers of these units, in their shape."""
        settled = self.settled.of(units)
        return settled + self.fresh.of(units) if self.fresh.units.size else settled

    def held(self, low: int, high: int) -> Units:
        """The units from `low` up to `high` that some document holds."""
        both = [self.settled.within(low, high), self.fresh.within(low, high)]
        units = np.concatenate([part for part, _ in both])
        total = summed(units, np.concatenate([numbers for _, numbers in both]))
        return total.units
