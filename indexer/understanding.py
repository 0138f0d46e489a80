"""What was meant by what was typed: pinyin, initials, slips in Chinese, Latin misspellings.

Judged by the words of the documents that this reader may see, so nothing hidden can show
in an offer. Total: any text gives an answer; what it cannot improve stays as typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product

import numpy as np

from indexer.chances import Chances, codes_of
from indexer.letters import respelled
from indexer.lexicon import lexicon
from indexer.normal import normalize
from indexer.phonetic import (
    Phrase,
    Pieces,
    held_pairs,
    initial_parses,
    phrases,
    spelled_out,
    syllable_parses,
)
from indexer.spelling import corrected
from indexer.understood import Change, ChangeKind, Understanding, as_typed
from indexer.view import View
from indexer.vocabulary import MOST_VIEWS, Vocabulary

MOST_TEXT = 512
MOST_READINGS = 6
ALSO = 3
MOST_HALVES = 40
SURE_SHARE = 0.6
SURE_INITIALS = 3
REMEMBERED = 512
_LETTERS = re.compile(r"(?<![a-z0-9._\-/@#+&])[a-z]+(?:[ '][a-z]+)*(?![a-z0-9._\-/@#+&]*[a-z0-9])")
_WORD = re.compile(r"[a-z]+")
_HAN = re.compile(r"[㐀-鿿]+")


@dataclass(frozen=True)
class _Reading:
    """One change of the normal text; `others` are further readings of the same stretch."""

    start: int
    end: int
    taken: str
    kind: ChangeKind
    certain: bool
    others: tuple[str, ...] = ()


Read = Callable[[str, bool], Understanding]


class _Remembered:
    """What was read in one state of the vocabulary; keeps the views of that state alone."""

    def __init__(self, state: int) -> None:
        self.state = state
        self.reading_of = lru_cache(maxsize=MOST_VIEWS)(_reading)


def _reading(view: View) -> Read:
    """Reads texts by the words of one view, those asked often from memory."""
    return lru_cache(maxsize=REMEMBERED)(partial(_understood, Chances(view)))


class Understander:
    """Reads texts for one base; remembers what was asked often. Safe to share."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._remembered = _Remembered(0)

    def understand(self, text: str, keys: frozenset[str], *, typing: bool = False) -> Understanding:
        """How a reader with these access keys means a text; `typing`: it is not finished."""
        if not text or len(text) > MOST_TEXT:
            return as_typed(text)
        view = self._vocabulary.view(keys)
        if view.documents == 0:
            return as_typed(text)
        remembered = self._remembered
        if remembered.state != view.state:
            remembered = _Remembered(view.state)
            if view.state > self._remembered.state:  # a slower thread leaves the newer alone
                self._remembered = remembered
        return remembered.reading_of(view)(text, typing)


def _understood(chances: Chances, text: str, typing: bool) -> Understanding:
    normal, origins = _normal(text)
    found = [*_latin(chances, normal, typing)]
    if not typing:
        found += _chinese(chances, normal)
    sure = [reading for reading in found if reading.certain]
    chosen = sorted(sure or found, key=lambda reading: reading.start)
    if not chosen:
        return as_typed(text)
    changes = tuple(_change(text, origins, reading) for reading in chosen)
    also = tuple(
        _applied(text, _instead(changes, i, other))
        for i, reading in enumerate(chosen)
        for other in reading.others
    )
    return Understanding(text, _applied(text, changes), changes, bool(sure), also[:ALSO])


def _normal(text: str) -> tuple[str, Sequence[int]]:
    """The normal form, and where each of its characters came from."""
    normal = normalize(text)
    if len(normal) == len(text):
        return normal, range(len(text) + 1)
    pieces = [normalize(char) for char in text]
    origins = [at for at, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), [*origins, len(text)]


def _change(text: str, origins: Sequence[int], reading: _Reading) -> Change:
    start, end = origins[reading.start], origins[reading.end - 1] + 1
    return Change(start, end, text[start:end], reading.taken, reading.kind)


def _instead(changes: tuple[Change, ...], place: int, taken: str) -> tuple[Change, ...]:
    one = changes[place]
    other = Change(one.start, one.end, one.typed, taken, one.kind)
    return (*changes[:place], other, *changes[place + 1 :])


def _applied(text: str, changes: Sequence[Change]) -> str:
    pieces, at = [], 0
    for change in changes:
        pieces += [text[at : change.start], change.taken]
        at = change.end
    return "".join([*pieces, text[at:]])


def _chinese(chances: Chances, normal: str) -> Iterator[_Reading]:
    for match in _HAN.finditer(normal):
        at = match.start()
        for edit in corrected(chances, match.group()):
            yield _Reading(at + edit.start, at + edit.end, edit.taken, edit.kind, edit.certain)


def _latin(chances: Chances, normal: str, typing: bool) -> Iterator[_Reading]:
    """Letters that are no word of the base: pinyin, initials or a misspelled word."""
    for match in _LETTERS.finditer(normal):
        for words in _unknown(chances.view, match.group(), match.start()):
            open_end = typing and words[-1][1] == len(normal)
            reading = _pinyin(chances, normal, words, open_end)
            if reading is not None:
                yield reading
                continue
            for start, end in words:
                single = _one_word(chances, normal, (start, end), open_end)
                if single is not None:
                    yield single


Words = list[tuple[int, int]]


def _unknown(view: View, group: str, at: int) -> Iterator[Words]:
    """Neighbouring words that the base does not know, by their offsets."""
    words: Words = []
    for match in _WORD.finditer(group):
        if view.latin(match.group()):
            if words:
                yield words
            words = []
        else:
            words.append((at + match.start(), at + match.end()))
    if words:
        yield words


def _pinyin(chances: Chances, normal: str, words: Words, open_end: bool) -> _Reading | None:
    start, end = words[0][0], words[-1][1]
    before, after = _neighbour(normal, start - 1), _neighbour(normal, end)
    parses = [syllable_parses(normal[a:b], open_end and b == end)[:MOST_READINGS] for a, b in words]
    best: tuple[float, str] | None = None
    for ways in list(product(*parses))[:MOST_READINGS]:
        pieces: Pieces = tuple(piece for way in ways for piece in way)
        path = _read_as(chances, pieces, before, after)
        if path is not None and (best is None or path > best):
            best = path
    if best is None:
        return None
    return _Reading(start, end, best[1], ChangeKind.PINYIN, certain=True)


def _read_as(chances: Chances, pieces: Pieces, before: int, after: int) -> tuple[float, str] | None:
    """Score and text of a reading in which every character stands in a known pair."""
    if all(len(piece.letters) == 1 for piece in pieces):
        return None
    path = spelled_out(chances, pieces, before, after)
    if path is None:
        return None
    around = "".join(map(chr, filter(None, (before,)))) + path.text
    around += "".join(map(chr, filter(None, (after,))))
    held = held_pairs(chances.view, around)
    first = 1 if before else 0
    known = np.zeros(len(around) + 1, np.bool_)
    known[: held.size] |= held
    known[1 : held.size + 1] |= held
    return (path.score, path.text) if known[first : first + len(path.text)].all() else None


def _neighbour(normal: str, at: int) -> int:
    """The Chinese character at a place, 0 when there is none."""
    if 0 <= at < len(normal) and _HAN.match(normal[at]):
        return int(codes_of(normal[at])[0])
    return 0


def _one_word(
    chances: Chances, normal: str, place: tuple[int, int], open_end: bool
) -> _Reading | None:
    start, end = place
    word = normal[start:end]
    found = _initials(chances.view, word)
    if found:
        sure = len(found[0].text) >= SURE_INITIALS and _share(found) >= SURE_SHARE
    else:
        found, sure = _in_halves(chances.view, word), False
    if found:
        others = tuple(phrase.text for phrase in found[1:ALSO])
        return _Reading(start, end, found[0].text, ChangeKind.INITIALS, sure, others)
    if open_end:
        return None
    spelled = respelled(chances.view, word)
    if spelled is None:
        return None
    return _Reading(start, end, spelled[0], ChangeKind.SPELLING, spelled[1])


def _share(found: list[Phrase]) -> float:
    return found[0].documents / sum(phrase.documents for phrase in found)


def _initials(view: View, word: str) -> list[Phrase]:
    """Phrases of titles with these initials."""
    for pieces in initial_parses(word):
        if found := phrases(view, pieces, MOST_READINGS):
            return found
    return []


def _in_halves(view: View, word: str) -> list[Phrase]:
    """Two phrases of titles one after the other (`czmm` as 重置 and 密码), commonest first."""
    found: list[Phrase] = []
    for pieces in initial_parses(word)[:2]:
        for cut in range(2, len(pieces) - 1):
            heads = _words(view, pieces[:cut])
            tails = _words(view, pieces[cut:]) if heads else []
            found += [
                Phrase(head.text + tail.text, min(head.documents, tail.documents))
                for head, tail in product(heads, tails)
            ]
    return sorted(found, key=lambda phrase: (-phrase.documents, phrase.text))[:ALSO]


def _words(view: View, pieces: Pieces) -> list[Phrase]:
    """Words of general Chinese among the phrases of titles that read so."""
    found = phrases(view, pieces, MOST_HALVES)
    return [phrase for phrase in found if phrase.text in lexicon()][:ALSO]
