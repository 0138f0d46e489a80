"""Which parts of a text answer to a question's words, and the passage that does so best.

Works across traditional, simplified, full and half width: matching is done on the normal
form, marks are given on the text as it is. Pure.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import Self

from indexer.analysis import normalize, query_terms, same_meaning
from indexer.passages import lead
from indexer.wordbook import Wordbook

MAX_TEXT = 8_000
MAX_PLACES = 400
TELLING = 0.5
MIN_LENGTH = 2
HANGUL = 0xAC00  # up to PRIVATE_USE nothing changes but lone surrogates
PRIVATE_USE = 0xE000
_WORD = re.compile(r"[a-z0-9]")
_STARTS = "。！？；!?;\n"


@dataclass(frozen=True)
class Segment:
    """A stretch of a text, marked or not; the segments of a text join to the text."""

    text: str
    marked: bool


# A term found in a text: start and end in the normal form, the term, its weight.
_Place = tuple[int, int, str, float]


@dataclass(frozen=True)
class Folded:
    """A text, its normal form, and for each character of that where it came from."""

    text: str
    normal: str
    origins: Sequence[int]


@dataclass(frozen=True)
class Passage:
    """A stretch of a text, and where in it the first word that was asked for stands."""

    text: str
    place: int


def segments(text: str, query: str) -> tuple[Segment, ...]:
    """The text cut where marks begin and end."""
    normal, origins = _folded(text)
    marks = bytearray(len(text))
    for first, last, _term, _weight in _places(normal, query):
        start, end = origins[first], origins[last - 1] + 1
        marks[start:end] = b"\x01" * (end - start)
    cuts = [0, *(i for i in range(1, len(text)) if marks[i] != marks[i - 1]), len(text)]
    return tuple(
        Segment(text[start:end], bool(marks[start])) for start, end in pairwise(cuts) if start < end
    )


def folded(text: str) -> Folded:
    """A text of one line made ready to be searched again and again."""
    return Folded(text, *_folded(text))


def best_passage(text: str, query: str, width: int) -> str:
    """About `width` characters of a plain text holding most of the question's words."""
    return passage_of(folded(" ".join(text[:MAX_TEXT].split())), query, width).text


def passage_of(source: Folded, query: str, width: int) -> Passage:
    """The same of a text made ready; its beginning when none of the words is there."""
    flat, origins = source.text, source.origins
    places = sorted(_places(source.normal, query), key=itemgetter(0))
    if not places:
        return Passage(lead(flat, width), 0)
    first, last = _densest(places, width)
    focus = origins[first[0]]
    if len(flat) <= width:
        return Passage(flat, focus)
    spare = max(0, width - (origins[last[1] - 1] + 1 - focus))
    start = _sentence_start(flat, focus, spare)
    end = min(len(flat), start + width)
    head = "…" if start > 0 else ""
    tail = "…" if end < len(flat) else ""
    return Passage(head + flat[start:end].strip() + tail, focus)


_folded_char = lru_cache(maxsize=8_192)(normalize)


@lru_cache(maxsize=1)
def _changing() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters whose normal form is one other character; and those with none or several."""
    chars = [*map(chr, range(0x80, HANGUL)), *map(chr, range(PRIVATE_USE, 0x10000))]
    forms = {char: normalize(char) for char in chars}
    one = "".join(char for char, form in forms.items() if form != char and len(form) == 1)
    uneven = "".join(char for char, form in forms.items() if len(form) != 1)
    rest = "\x00-\x1f\ud800-\udfff\U00010000-\U0010ffff"
    return re.compile(f"[{one}]"), re.compile(f"[{rest}{uneven}]")


def _even(text: str) -> str:
    """The normal form of a text that has no uneven characters."""
    return _changing()[0].sub(lambda match: _folded_char(match[0]), text).lower()


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The normal form, and for each of its characters where it came from."""
    pieces, origins, at = [], array("I"), 0
    for match in _changing()[1].finditer(text):
        form = _folded_char(match[0])
        pieces += [_even(text[at : match.start()]), form]
        origins.extend(range(at, match.start()))
        origins.extend([match.start()] * len(form))
        at = match.end()
    if at == 0:
        return _even(text), range(len(text))
    origins.extend(range(at, len(text)))
    return "".join([*pieces, _even(text[at:])]), origins


class Asking(str):
    """A question that carries the site's own words, so that marks follow them too."""

    __slots__ = ("book",)
    book: Wordbook

    def __new__(cls, text: str, book: Wordbook) -> Self:
        """The same text, with its book."""
        made = super().__new__(cls, text)
        made.book = book
        return made


def _wanted(query: str) -> dict[str, float]:
    return _marking(str(query), query.book if isinstance(query, Asking) else None)


@lru_cache(maxsize=256)
def _marking(query: str, book: Wordbook | None) -> dict[str, float]:
    """What is worth marking: terms of two characters or more that are not mere asking
    (怎么, 的), and whole words that mean the same."""
    terms = query_terms(query, book)
    found = {t.text: t.weight for t in terms if ":" not in t.text and not t.stands_for}
    for match in same_meaning(query, book):
        found.update((other, TELLING) for other in match.others if other not in found)
    if len(normalize(query).strip()) >= MIN_LENGTH:
        found = {text: weight for text, weight in found.items() if len(text) >= MIN_LENGTH}
    telling = {text: weight for text, weight in found.items() if weight >= TELLING}
    return telling or found


def _places(normal: str, query: str) -> list[_Place]:
    found: list[_Place] = []
    for term, weight in _wanted(query).items():
        latin = _WORD.match(term) is not None
        start, length, left = normal.find(term), len(term), MAX_PLACES
        while start >= 0 and left:
            end = start + length
            if not latin or _stands_alone(normal, start, end):
                found.append((start, end, term, weight))
            start = normal.find(term, start + 1)
            left -= 1
    return found


def _stands_alone(normal: str, start: int, end: int) -> bool:
    before, after = normal[start - 1 : start], normal[end : end + 1]
    return not (_WORD.match(before) or _WORD.match(after))


def _densest(places: list[_Place], width: int) -> tuple[_Place, _Place]:
    """The first and last place of the window whose different terms weigh most."""
    best, found, left = -1.0, (places[0], places[0]), 0
    counts: dict[str, int] = {}
    weight = 0.0
    for right, place in enumerate(places):
        _start, end, term, gain = place
        times = counts[term] = counts.get(term, 0) + 1
        if times == 1:
            weight += gain
        while end - places[left][0] > width and left < right:
            gone = places[left]
            counts[gone[2]] -= 1
            if counts[gone[2]] == 0:
                weight -= gone[3]
            left += 1
        if weight > best + 1e-9:
            best, found = weight, (places[left], place)
    return found


def _sentence_start(flat: str, start: int, spare: int) -> int:
    """Go back to where the sentence begins, or as far as half the spare room allows."""
    earliest = max(0, start - spare)
    begin = max(flat.rfind(mark, earliest, start) for mark in _STARTS)
    if begin >= 0:
        return begin + 1
    return 0 if earliest == 0 else start - min(start, spare // 2)
