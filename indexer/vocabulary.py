"""The words of a base, resident in each process, countable for every reader apart.

Documents are grouped by their access keys; a `View` counts only the groups that its reader
may open, so nothing it says depends on a document that is hidden from them. Safe to share.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexer.counts import BMP, CHAR, Counts, Layered, Numbers, Units, folded, units_of
from indexer.readings import initials_table, syllables_table
from indexer.shelf import Shelf

MOST_CHARS = 6_000
MOST_TITLE_CHARS = 1_000
MOST_LATIN = 150
MOST_VIEWS = 16
LETTERS = 26
_ADDRESS = re.compile(r"\]\([^)\s]*\)?|\b(?:https?://|www\.)\S+|<[^<>\n]{1,300}>")
_LATIN = re.compile(r"(?<![a-z0-9._\-/@])[a-z]{2,20}(?![a-z0-9_\-/@])")


@dataclass(frozen=True)
class DocumentText:
    """A document as the vocabulary reads it; `lines` are its title and phrasings."""

    key: int
    access_keys: frozenset[str]
    lines: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept in memory of a document; its units are on the shelf."""

    access_keys: frozenset[str]
    title: str


class _Latin:
    """Latin words and their numbers; only ever grows, a view shows those it counts."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.words: list[str] = [""]
        self._letters = np.zeros((1, LETTERS), np.int8)

    def number(self, word: str) -> int:
        """The number of a word, a new one if need be."""
        known = self.numbers.get(word)
        if known is None:
            known = len(self.words)
            self.words.append(word)
            self.numbers[word] = known
        return known

    def letters(self) -> NDArray[np.int8]:
        """How often each letter stands in each word."""
        have = len(self._letters)
        if have < len(self.words):
            fresh = [letter_counts(word) for word in self.words[have:]]
            self._letters = np.concatenate([self._letters, np.array(fresh, np.int8)])
        return self._letters


def letter_counts(word: str) -> NDArray[np.int8]:
    """How often each of a–z stands in a word."""
    codes = np.frombuffer(word.encode("ascii", "ignore"), np.uint8).astype(np.int64) - ord("a")
    inside = codes[(codes >= 0) & (codes < LETTERS)]
    return np.bincount(inside, minlength=LETTERS)[:LETTERS].astype(np.int8)


@dataclass(frozen=True)
class Titles:
    """The titles and phrasings of all documents one after the other, by character."""

    chars: NDArray[np.uint16]
    owners: NDArray[np.int32]
    initials: NDArray[np.uint32]
    syllables: NDArray[np.uint16]
    groups: NDArray[np.int32]


class Vocabulary:
    """The words of every document; `view` gives what one reader may know of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[int, _Known] = {}
        self._shelf = Shelf()
        self._keys: dict[frozenset[str], frozenset[str]] = {}
        self._groups: dict[frozenset[str], Layered] = {}
        self._sizes: dict[frozenset[str], int] = {}
        self._group_order: list[frozenset[str]] = []
        self._latin = _Latin()
        self._titles: Titles | None = None
        self._views: dict[frozenset[frozenset[str]], View] = {}

    def __len__(self) -> int:
        return len(self._documents)

    def change(self, documents: Iterable[DocumentText], gone: Iterable[int]) -> None:
        """Take in new texts of documents, and take out those that are gone."""
        with self._lock:
            added: dict[frozenset[str], list[Units]] = {}
            removed: dict[frozenset[str], list[Units]] = {}
            kept: list[tuple[int, Units]] = []
            for key in gone:
                self._take_out(key, removed)
            for document in documents:
                self._take_out(document.key, removed)
                title, units = self._read(document)
                group = self._keys.setdefault(document.access_keys, document.access_keys)
                self._documents[document.key] = _Known(group, title)
                added.setdefault(group, []).append(units)
                kept.append((document.key, units))
            self._shelf.put(kept)
            self._count(added, removed)
            self._titles = None
            self._views = {}

    def _take_out(self, key: int, removed: dict[frozenset[str], list[Units]]) -> None:
        known = self._documents.pop(key, None)
        if known is not None:
            removed.setdefault(known.access_keys, []).append(self._shelf.take(key))

    def _read(self, document: DocumentText) -> tuple[str, Units]:
        title = "".join(map(chr, folded("\n".join(document.lines)[:MOST_TITLE_CHARS])))
        body = _ADDRESS.sub(" ", document.body[:MOST_CHARS])
        codes = folded(f"{title}\n{body}")
        words = dict.fromkeys(_LATIN.findall(codes.tobytes().decode("utf-16-le", "replace")))
        numbers = sorted(self._latin.number(word) for word in list(words)[:MOST_LATIN])
        return title, np.concatenate([np.array(numbers, np.uint32), units_of(codes)])

    def _count(
        self,
        added: dict[frozenset[str], list[Units]],
        removed: dict[frozenset[str], list[Units]],
    ) -> None:
        for group in added.keys() | removed.keys():
            more, less = added.get(group, []), removed.get(group, [])
            old = self._groups.get(group) or Layered(Counts(), Counts())
            size = self._sizes.get(group, 0) + len(more) - len(less)
            if size:
                self._groups[group] = old.changed(more, less)
                self._sizes[group] = size
            else:
                del self._groups[group], self._sizes[group]

    def view(self, keys: frozenset[str]) -> View:
        """What a reader with these access keys may know."""
        with self._lock:
            open_groups = frozenset(group for group in self._groups if group & keys)
            found = self._views.get(open_groups)
            if found is None:
                found = self._make_view(open_groups)
                if len(self._views) >= MOST_VIEWS:
                    self._views = {}
                self._views[open_groups] = found
            return found

    def _make_view(self, open_groups: frozenset[frozenset[str]]) -> View:
        if self._titles is None:
            self._titles = self._joined_titles()
        numbers = [i for i, group in enumerate(self._group_order) if group in open_groups]
        return View(
            [self._groups[group] for group in sorted(open_groups, key=sorted)],
            sum(self._sizes[group] for group in open_groups),
            self._latin,
            (self._titles, np.isin(np.arange(len(self._group_order)), numbers)),
        )

    def _joined_titles(self) -> Titles:
        self._group_order = sorted(self._groups, key=sorted)
        place = {group: number for number, group in enumerate(self._group_order)}
        known = list(self._documents.values())
        text = "\n".join(document.title for document in known)
        chars = np.frombuffer(text.encode("utf-16-le", "replace"), np.uint16)
        lengths = np.array([len(document.title) + 1 for document in known], np.int64)
        owners = np.repeat(np.arange(len(known), dtype=np.int32), lengths)[: chars.size]
        return Titles(
            chars=chars,
            owners=owners,
            initials=initials_table()[chars],
            syllables=syllables_table()[chars],
            groups=np.array([place[document.access_keys] for document in known], np.int32),
        )


class View:
    """The words of the documents that one kind of reader may open."""

    def __init__(
        self,
        groups: Sequence[Layered],
        documents: int,
        latin: _Latin,
        titles: tuple[Titles, NDArray[np.bool_]],
    ) -> None:
        self._groups = groups
        self.documents = documents
        self._latin = latin
        self.titles, self._open = titles

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
