"""Typed letters → the Chinese they stand for in this base: pinyin whole, begun, or initials.

`chongzhimima`, `chongzhim` (still being typed), `czmm` and `chongzmm` all lead to 重置密码
where the base has it. Readings come from what one reader may see, nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from indexer.chances import Chances, Path, Step, best_path, codes_of
from indexer.counts import Units
from indexer.readings import (
    CHARS_OF,
    DIGRAPHS,
    NUMBER_OF,
    beginning_with,
    initial_bit,
)
from indexer.view import View

LONGEST_SYLLABLE = 6
MOST_LETTERS = 48
MOST_PARSES = 6
LEAST_INITIALS, MOST_INITIALS = 2, 10
MOST_CHARS = 28
MOST_BEGUN = 60
MOST_PLACES = 4_000
NO_INITIALS = frozenset("iuv")


class PieceKind(Enum):
    """How much of a syllable was typed."""

    WHOLE = "whole"
    BEGUN = "begun"
    INITIAL = "initial"


@dataclass(frozen=True)
class Piece:
    """What was typed for one character."""

    letters: str
    kind: PieceKind


Pieces = tuple[Piece, ...]


@lru_cache(maxsize=2048)
def syllable_parses(letters: str, begun: bool) -> tuple[Pieces, ...]:
    """The ways to read letters as whole syllables, fewest first; the last may be begun."""
    if not letters or len(letters) > MOST_LETTERS:
        return ()
    found: dict[int, list[Pieces]] = {0: [()]}
    for end in range(1, len(letters) + 1):
        ways = []
        for start in range(max(0, end - LONGEST_SYLLABLE), end):
            piece = letters[start:end]
            kind = _kind(piece, begun and end == len(letters))
            if kind is not None:
                ways += [(*head, Piece(piece, kind)) for head in found.get(start, ())]
        found[end] = sorted(ways, key=_untidy)[:MOST_PARSES]
    best = found[len(letters)]
    return tuple(way for way in best if _untidy(way)[1] <= _untidy(best[0])[1] + 1)


def _kind(piece: str, last: bool) -> PieceKind | None:
    if piece in CHARS_OF:
        return PieceKind.WHOLE
    return PieceKind.BEGUN if last and beginning_with(piece) else None


def _untidy(pieces: Pieces) -> tuple[int, int]:
    return sum(piece.kind is not PieceKind.WHOLE for piece in pieces), len(pieces)


@lru_cache(maxsize=2048)
def initial_parses(letters: str) -> tuple[Pieces, ...]:
    """The ways to read letters as initials, or as syllables with some initials between."""
    if not LEAST_INITIALS <= len(letters) <= 3 * MOST_INITIALS:
        return ()
    plain: Pieces = ()
    if len(letters) <= MOST_INITIALS and not NO_INITIALS & set(letters):
        plain = tuple(Piece(letter, PieceKind.INITIAL) for letter in letters)
    ways = [plain] if plain else []
    for way in (_with_digraphs(letters), _mixed(letters)):
        if way and way not in ways:
            ways.append(way)
    return tuple(ways)


def _with_digraphs(letters: str) -> Pieces:
    """Initials where zh, ch and sh are one (`chzhmm`)."""
    pieces: list[Piece] = []
    at = 0
    while at < len(letters):
        size = 2 if letters[at : at + 2] in DIGRAPHS else 1
        if letters[at] in NO_INITIALS:
            return ()
        pieces.append(Piece(letters[at : at + size], PieceKind.INITIAL))
        at += size
    return tuple(pieces) if len(pieces) <= MOST_INITIALS else ()


def _mixed(letters: str) -> Pieces:
    """Syllables where there are some, initials where not (`czmima`, `chongzmm`)."""
    best: list[tuple[int, Pieces] | None] = [(0, ())] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - LONGEST_SYLLABLE), end):
            head, piece = best[start], letters[start:end]
            whole = len(piece) > 1 and piece in CHARS_OF
            if head is None or not (whole or _is_initial(piece)):
                continue
            kind = PieceKind.WHOLE if whole else PieceKind.INITIAL
            way = (head[0] + (2 if whole else 3), (*head[1], Piece(piece, kind)))
            known = best[end]
            if known is None or way[0] < known[0]:
                best[end] = way
    found = best[-1]
    wholes = 0 if found is None else sum(p.kind is PieceKind.WHOLE for p in found[1])
    return found[1] if found is not None and 0 < wholes < len(found[1]) else ()


def _is_initial(piece: str) -> bool:
    return piece in DIGRAPHS or (len(piece) == 1 and piece not in NO_INITIALS)


@dataclass(frozen=True)
class Phrase:
    """A phrase of titles and how many of the reader's documents have it there."""

    text: str
    documents: int


def phrases(view: View, pieces: Pieces, most: int) -> list[Phrase]:
    """Where titles read exactly so, the commonest phrases first."""
    chars, owners = view.titles.chars, view.titles.owners
    places = _places(view, pieces)[:MOST_PLACES]
    if places.size == 0:
        return []
    rows = chars[places[:, None] + np.arange(len(pieces))]
    texts = [row.tobytes().decode("utf-16-le", "replace") for row in rows]
    seen = set(zip(texts, owners[places].tolist(), strict=True))
    common = Counter(text for text, _ in seen).most_common()
    common.sort(key=lambda item: (-item[1], item[0]))
    return [Phrase(text, count) for text, count in common[:most]]


def _places(view: View, pieces: Pieces) -> NDArray[np.int64]:
    titles = view.titles
    last = titles.chars.size - len(pieces) + 1
    if last < 1:
        return np.zeros(0, np.int64)
    places = np.arange(last)
    for offset, piece in enumerate(pieces):
        if offset == 0:
            places = np.flatnonzero(_matches(view, slice(0, last), piece))
        else:
            places = places[_matches(view, places + offset, piece)]
    return view.may_see(places)


def _matches(view: View, at: slice | NDArray[np.int64], piece: Piece) -> NDArray[np.bool_]:
    if piece.kind is PieceKind.INITIAL:
        return np.asarray(view.titles.initials[at] & np.uint32(initial_bit(piece.letters)) != 0)
    syllables = view.titles.syllables[at]
    if piece.kind is PieceKind.WHOLE:
        return np.asarray((syllables == NUMBER_OF[piece.letters]).any(axis=1))
    numbers = [NUMBER_OF[name] for name in beginning_with(piece.letters)]
    return np.asarray(np.isin(syllables, numbers).any(axis=1))


def spelled_out(chances: Chances, pieces: Pieces, before: int, after: int) -> Path | None:
    """The most likely characters of this base for the pieces, between two given ones."""
    steps = [_step(chances.view, piece) for piece in pieces]
    if any(step.codes.size == 0 for step in steps):
        return None
    return best_path(chances, steps, before, after)


def _step(view: View, piece: Piece) -> Step:
    codes = codes_of(_chars(piece))
    held = view.chars(codes)
    most = MOST_CHARS if piece.kind is PieceKind.WHOLE else MOST_BEGUN
    order = np.argsort(-held, kind="stable")[:most]
    codes = codes[order][held[order] > 0]
    return Step(codes, np.zeros(codes.size))


@lru_cache(maxsize=1024)
def _chars(piece: Piece) -> str:
    if piece.kind is PieceKind.WHOLE:
        return CHARS_OF[piece.letters]
    return "".join(dict.fromkeys("".join(CHARS_OF[s] for s in beginning_with(piece.letters))))


def held_pairs(view: View, text: str) -> NDArray[np.bool_]:
    """For each pair of neighbouring characters, whether the reader's documents have it."""
    codes: Units = codes_of(text)
    return np.asarray(view.pairs(codes[:-1], codes[1:]) > 0)
