"""Which parts of a text answer to a question's words, and the passage that does so best.

Works across traditional, simplified, full and half width: matching is done on the normal
form, marks are given on the text as it is. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from indexer.analysis import normalize, query_terms
from indexer.passages import lead

MAX_TEXT = 8_000
MAX_PLACES = 400
TELLING = 0.5
MIN_LENGTH = 2
_WORD = re.compile(r"[a-z0-9]")
_STARTS = "。！？；!?;\n"


@dataclass(frozen=True)
class Segment:
    """A stretch of a text, marked or not; the segments of a text join to the text."""

    text: str
    marked: bool


@dataclass(frozen=True)
class _Place:
    """A term found in a text, by offsets of the normal form."""

    start: int
    end: int
    term: str
    weight: float


def segments(text: str, query: str) -> tuple[Segment, ...]:
    """The text cut where marks begin and end."""
    normal, origins = _folded(text)
    marks = bytearray(len(text))
    for place in _places(normal, query):
        start, end = origins[place.start], origins[place.end - 1] + 1
        marks[start:end] = b"\x01" * (end - start)
    cuts = [0, *(i for i in range(1, len(text)) if marks[i] != marks[i - 1]), len(text)]
    return tuple(
        Segment(text[start:end], bool(marks[start])) for start, end in pairwise(cuts) if start < end
    )


def best_passage(text: str, query: str, width: int) -> str:
    """About `width` characters of a plain text holding most of the question's words."""
    flat = " ".join(text[:MAX_TEXT].split())
    normal, origins = _folded(flat)
    places = sorted(_places(normal, query), key=lambda place: place.start)
    if not places or len(flat) <= width:
        return lead(flat, width)
    first, last = _densest(places, width)
    spare = max(0, width - (origins[last.end - 1] + 1 - origins[first.start]))
    start = _sentence_start(flat, origins[first.start], spare)
    end = min(len(flat), start + width)
    head = "…" if start > 0 else ""
    return head + flat[start:end].strip() + ("…" if end < len(flat) else "")


_folded_char = lru_cache(maxsize=8_192)(normalize)


def _folded(text: str) -> tuple[str, list[int] | range]:
    """The normal form, and for each of its characters where it came from."""
    normal = normalize(text)
    if len(normal) == len(text):
        return normal, range(len(text))
    pieces, origins = [], []
    for place, char in enumerate(text):
        piece = _folded_char(char)
        pieces.append(piece)
        origins += [place] * len(piece)
    return "".join(pieces), origins


@lru_cache(maxsize=256)
def _wanted(query: str) -> dict[str, float]:
    """Terms worth marking: two characters or more, and not mere asking (怎么, 的)."""
    found = {term.text: term.weight for term in query_terms(query) if ":" not in term.text}
    if len(normalize(query).strip()) >= MIN_LENGTH:
        found = {text: weight for text, weight in found.items() if len(text) >= MIN_LENGTH}
    telling = {text: weight for text, weight in found.items() if weight >= TELLING}
    return telling or found


def _places(normal: str, query: str) -> Iterator[_Place]:
    for term, weight in _wanted(query).items():
        latin = _WORD.match(term) is not None
        start = normal.find(term)
        for _ in range(MAX_PLACES):
            if start < 0:
                break
            end = start + len(term)
            if not latin or _stands_alone(normal, start, end):
                yield _Place(start, end, term, weight)
            start = normal.find(term, start + 1)


def _stands_alone(normal: str, start: int, end: int) -> bool:
    before, after = normal[start - 1 : start], normal[end : end + 1]
    return not (_WORD.match(before) or _WORD.match(after))


def _densest(places: list[_Place], width: int) -> tuple[_Place, _Place]:
    """The first and last place of the window whose different terms weigh most."""
    best, found, left = -1.0, (places[0], places[0]), 0
    counts: dict[str, int] = {}
    weight = 0.0
    for right, place in enumerate(places):
        counts[place.term] = counts.get(place.term, 0) + 1
        weight += place.weight if counts[place.term] == 1 else 0.0
        while place.end - places[left].start > width and left < right:
            gone = places[left]
            counts[gone.term] -= 1
            weight -= gone.weight if counts[gone.term] == 0 else 0.0
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
