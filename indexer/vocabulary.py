"""The words of a base, resident in each process, countable for every reader apart.

Documents are grouped by their access keys; a `View` counts only the groups that its reader
may open, so nothing it says depends on a document that is hidden from them. Safe to share:
who reads never waits for who changes, but gets the state before the change until it is done.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from indexer.counts import Counts, Layered, Units, folded, units_of
from indexer.latin import LatinWords
from indexer.shelf import Shelf
from indexer.view import AccessKeys, Known, State, View

MOST_CHARS = 6_000
MOST_TITLE_CHARS = 1_000
MOST_LATIN = 150
MOST_VIEWS = 16
_ADDRESS = re.compile(r"\]\([^)\s]*\)?|\b(?:https?://|www\.)\S+|<[^<>\n]{1,300}>")
_LATIN = re.compile(r"(?<![a-z0-9._\-/@])[a-z]{2,20}(?![a-z0-9_\-/@])")
Changes = dict[AccessKeys, list[Units]]


@dataclass(frozen=True)
class DocumentText:
    """A document as the vocabulary reads it; `lines` are its title and phrasings."""

    key: int
    access_keys: AccessKeys
    lines: tuple[str, ...]
    body: str


class Vocabulary:
    """The words of every document; `view` gives what one reader may know of them."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._documents: dict[int, Known] = {}
        self._shelf = Shelf()
        self._keys: dict[AccessKeys, AccessKeys] = {}
        self._latin = LatinWords()
        self._state = self._next = State(self._latin)
        self._looking = threading.Lock()
        self._views: dict[frozenset[AccessKeys], View] = {}

    def __len__(self) -> int:
        return len(self._state.known)

    @property
    def state(self) -> State:
        """What is known now; never changed, a change makes another."""
        return self._state

    def change(
        self, documents: Iterable[DocumentText], gone: Iterable[int], *, more: bool = False
    ) -> None:
        """Take in new texts of documents, and take out those that are gone.

        With `more` to come readers keep what they have: half a base knows too few words, and
        each state anew makes everything remembered about the one before worthless.
        """
        with self._changing:
            added: Changes = {}
            removed: Changes = {}
            kept: list[tuple[int, Units]] = []
            for key in gone:
                self._take_out(key, removed)
            for document in documents:
                self._take_out(document.key, removed)
                title, units = self._read(document)
                group = self._keys.setdefault(document.access_keys, document.access_keys)
                self._documents[document.key] = Known(group, title)
                added.setdefault(group, []).append(units)
                kept.append((document.key, units))
            self._shelf.put(kept)
            self._next = self._counted(added, removed)
            if more:
                return
            with self._looking:
                self._state, self._views = self._next, {}

    def _take_out(self, key: int, removed: Changes) -> None:
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

    def _counted(self, added: Changes, removed: Changes) -> State:
        groups, sizes = dict(self._next.groups), dict(self._next.sizes)
        for group in added.keys() | removed.keys():
            more, less = added.get(group, []), removed.get(group, [])
            old = groups.get(group) or Layered(Counts(), Counts())
            size = sizes.get(group, 0) + len(more) - len(less)
            if size:
                groups[group] = old.changed(more, less)
                sizes[group] = size
            else:
                groups.pop(group, None)
                sizes.pop(group, None)
        known = tuple(self._documents.values())
        return State(self._latin, self._next.number + 1, groups, sizes, known)

    def view(self, keys: AccessKeys) -> View:
        """What a reader with these access keys may know."""
        with self._looking:
            open_groups = frozenset(group for group in self._state.groups if group & keys)
            found = self._views.get(open_groups)
            if found is None:
                found = View(self._state, open_groups)
                if len(self._views) >= MOST_VIEWS:
                    self._views = {}
                self._views[open_groups] = found
            return found
