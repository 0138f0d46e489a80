"""How common Chinese characters are read: a small table, so that no process that only
searches has to load a pronouncing dictionary. Tones are left out, ü is written v. Pure.

The table (7,200 characters of GB 2312 and everyday use, all their usual readings) was
drawn from the data of pypinyin (MIT).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]

CHARS_OF: dict[str, str] = dict(
    line.split()
    for line in Path(__file__).with_name("readings.txt").read_text("utf-8").split("\n")
    if line
)
NAMES = tuple(sorted(CHARS_OF))
NUMBER_OF = {name: number for number, name in enumerate(NAMES, start=1)}
DIGRAPHS = ("zh", "ch", "sh")
MOST_READINGS = 3
BMP = 0x10000


@lru_cache(maxsize=1)
def syllables_of() -> dict[str, tuple[str, ...]]:
    """The readings of each character of the table."""
    found: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        for char in CHARS_OF[name]:
            found[char] = (*found.get(char, ()), name)
    return found


def initial_bit(initial: str) -> int:
    """The bit that stands for a first letter, or for zh, ch, sh."""
    if initial in DIGRAPHS:
        return 1 << (26 + DIGRAPHS.index(initial))
    return 1 << (ord(initial) - ord("a"))


@lru_cache(maxsize=1)
def initials_table() -> Codes:
    """For every code point of the basic plane the bits of the initials it can have."""
    table = np.zeros(BMP, np.uint32)
    for char, names in syllables_of().items():
        for name in names:
            table[ord(char)] |= initial_bit(name[0])
            if name[:2] in DIGRAPHS:
                table[ord(char)] |= initial_bit(name[:2])
    return table


@lru_cache(maxsize=1)
def syllables_table() -> NDArray[np.uint16]:
    """For every code point of the basic plane the numbers of its syllables, 0 for none."""
    table = np.zeros((BMP, MOST_READINGS), np.uint16)
    for char, names in syllables_of().items():
        numbers = [NUMBER_OF[name] for name in names[:MOST_READINGS]]
        table[ord(char), : len(numbers)] = numbers
    return table


@lru_cache(maxsize=1024)
def beginning_with(prefix: str) -> tuple[str, ...]:
    """The syllables that begin so."""
    return tuple(name for name in NAMES if name.startswith(prefix))


_SWAPS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("f", "h"), ("r", "l"))
_ENDS = (("ang", "an"), ("eng", "en"), ("ing", "in"), ("uang", "uan"), ("iang", "ian"))


@lru_cache(maxsize=512)
def near_syllables(name: str) -> tuple[str, ...]:
    """Syllables that many speakers do not tell apart from this one (zi/zhi, lan/nan, in/ing)."""
    found: list[str] = []
    for long, short in _SWAPS:
        if name.startswith(long):
            found.append(short + name[len(long) :])
        elif name.startswith(short):
            found.append(long + name[len(short) :])
    for long, short in _ENDS:
        if name.endswith(long):
            found.append(name[: -len(long)] + short)
        elif name.endswith(short):
            found.append(name[: -len(short)] + long)
    return tuple(other for other in dict.fromkeys(found) if other in CHARS_OF and other != name)
