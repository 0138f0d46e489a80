"""What one reader may know of the words of a base: counts over the documents open to them.

Made from one state of the vocabulary and never changed, so it is read without a lock; it
keeps that state in memory for as long as it is held.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexer.counts import BMP, CHAR, Layered, Numbers, Units
from indexer.latin import LatinWords
from indexer.readings import initials_table, syllables_table

AccessKeys = frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept in memory of a document; its units are on the shelf."""

    access_keys: AccessKeys
    title: str


@dataclass(frozen=True)
class Titles:
    """The titles and phrasings of all documents one after the other, by character."""

    chars: NDArray[np.uint16]
    owners: NDArray[np.int32]
    initials: NDArray[np.uint32]
    syllables: NDArray[np.uint16]
    groups: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class State:
    """All documents as they were at one time, grouped by access keys; `number` only grows."""

    latin: LatinWords
    number: int = 0
    groups: dict[AccessKeys, Layered] = field(default_factory=dict)
    sizes: dict[AccessKeys, int] = field(default_factory=dict)
    known: tuple[Known, ...] = ()

    @cached_property
    def group_order(self) -> list[AccessKeys]:
        """The groups as `Titles.groups` numbers them."""
        return sorted(self.groups, key=sorted)

    @cached_property
    def titles(self) -> Titles:
        """The titles of all documents, made when first asked for."""
        place = {group: number for number, group in enumerate(self.group_order)}
        text = "\n".join(document.title for document in self.known)
        chars = np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)
        lengths = np.array([len(document.title) + 1 for document in self.known], np.int64)
        owners = np.repeat(np.arange(len(self.known), dtype=np.int32), lengths)[: chars.size]
        return Titles(
            chars=chars,
            owners=owners,
            initials=initials_table()[chars],
            syllables=syllables_table()[chars],
            groups=np.array([place[document.access_keys] for document in self.known], np.int32),
        )


class View:
    """The words of the documents that one kind of reader may open."""

    def __init__(self, state: State, open_groups: frozenset[AccessKeys]) -> None:
        order = state.group_order
        self._groups = [state.groups[group] for group in order if group in open_groups]
        self._open = np.array([group in open_groups for group in order], np.bool_)
        self._latin = state.latin
        self.documents = sum(state.sizes[group] for group in open_groups)
        self.titles = state.titles
        self.state = state.number

    def counts(self, units: Units) -> Numbers:
        """How many of the reader's documents hold each unit."""
        total = np.zeros(units.shape)
        for group in self._groups:
            total += group.of(units)
        return total

    def pairs(self, first: Units, second: Units) -> Numbers:
        """How many hold the first character directly before the second (they broadcast)."""
        return self.counts(np.asarray(first << np.uint32(16) | second))

    def chars(self, codes: Units) -> Numbers:
        """How many hold each character."""
        return np.asarray(self.char_counts[codes])

    def latin(self, word: str) -> int:
        """How many hold a Latin word."""
        number = self._latin.numbers.get(word)
        return 0 if number is None else int(self.counts(np.array([number], np.uint32))[0])

    @cached_property
    def latin_words(self) -> tuple[Units, Numbers]:
        """The numbers of the reader's Latin words, and how many documents hold each."""
        held = [group.held(1, CHAR) for group in self._groups]
        units = np.unique(np.concatenate(held)) if held else np.zeros(0, np.uint32)
        return units, self.counts(units)

    def spelled(self, number: int) -> str:
        """The Latin word of a number."""
        return self._latin.words[number]

    def letters(self, numbers: Units) -> NDArray[np.int8]:
        """How often each letter stands in these Latin words."""
        return self._latin.letters()[numbers]

    def may_see(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some places in `titles` that belong to the reader's documents."""
        titles = self.titles
        return places[self._open[titles.groups[titles.owners[places]]]]

    @cached_property
    def char_counts(self) -> Numbers:
        """How many of the reader's documents hold each character of the basic plane."""
        table = np.zeros(BMP)
        for group in self._groups:
            units = group.held(CHAR, CHAR + BMP)
            table[units - np.uint32(CHAR)] += group.of(units)
        return table
