"""Words that mean the same: how they are written down, and where they stand in a text.

Pure. A word leads to the other words of its groups and no further, so nothing can loop.
The general list (synonyms.txt) is the product's; a site's own groups come before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from indexer.normal import normal_word

LONGEST_WORD = 40
MOST_ALTERNATIVES = 4
SURE_LENGTH = 3
NEGATIONS = frozenset("不没未无勿别莫")
BOTH_WAYS, ONE_WAY = "=", "=>"
_ASCII = re.compile(r"[a-z0-9]")


@dataclass(frozen=True)
class Group:
    """Words of one meaning; `one_way`: the first leads to the others, not back."""

    words: tuple[str, ...]
    one_way: bool = False


@dataclass(frozen=True)
class Match:
    """A word standing in a text, and the words that mean the same; normal forms."""

    start: int
    end: int
    typed: str
    others: tuple[str, ...]


class Synonyms:
    """Groups made ready for looking up; immutable, safe to share between threads."""

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        leads: dict[str, dict[str, None]] = {}
        for group in groups:
            words = tuple(dict.fromkeys(filter(None, map(normal_word, group.words))))
            for typed in words[:1] if group.one_way else words:
                leads.setdefault(typed, {}).update(dict.fromkeys(words))
        self._others = {
            typed: tuple(word for word in found if word != typed) for typed, found in leads.items()
        }
        lengths: dict[str, set[int]] = {}
        for word in self._others:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {head: tuple(sorted(some, reverse=True)) for head, some in lengths.items()}

    def others(self, word: str) -> tuple[str, ...]:
        """The words that a word (in normal form) leads to; empty when it is in no group."""
        return self._others.get(word, ())

    def matches(self, normal: str, cuts: frozenset[int]) -> Iterator[Match]:
        """The words of a normal text that lead to others, longest first, never overlapping.

        `cuts` are the offsets where words begin or end. Only whole words count, and none
        that a negation stands right before: 不能用 is not 能用.
        """
        start = 0
        while start < len(normal):
            found = self._longest(normal, start, cuts)
            if found is None:
                start += 1
                continue
            if normal[start - 1 : start] not in NEGATIONS or start == 0:
                yield found
            start = found.end

    def _longest(self, normal: str, start: int, cuts: frozenset[int]) -> Match | None:
        for length in self._lengths.get(normal[start], ()):
            word = normal[start : start + length]
            others = self._others.get(word)
            if others and _is_whole(normal, start, start + length, cuts):
                return Match(start, start + length, word, others[:MOST_ALTERNATIVES])
        return None


def _is_whole(normal: str, start: int, end: int, cuts: frozenset[int]) -> bool:
    """Whether a match is a word of its own rather than a piece of a longer one.

    Both edges must be word borders. A phrase (三 characters or more) may also be cut in
    another way, as 连不|上网 in 连不上网, so long as no single word holds it.
    """
    if any(_joins(normal[at - 1 : at], normal[at : at + 1]) for at in (start, end)):
        return False
    edges = (start in cuts) + (end in cuts)
    inside = any(start < cut < end for cut in cuts)
    return edges == len((start, end)) or (end - start >= SURE_LENGTH and inside and edges > 0)


def _joins(before: str, after: str) -> bool:
    return bool(_ASCII.match(before) and _ASCII.match(after))


def parse_group(line: str) -> Group | None:
    """One line of a list; None when it is not a group (甲 = 乙, 甲 => 乙)."""
    one_way = ONE_WAY in line
    head, _, rest = line.partition(ONE_WAY if one_way else BOTH_WAYS)
    words = (head, *rest.split(BOTH_WAYS))
    if not rest or not all(map(normal_word, words)):
        return None
    return Group(tuple(word.strip() for word in words), one_way)


def parse_groups(lines: Iterable[str]) -> Iterator[Group]:
    """The groups of a list, comments and blank lines left out; ValueError on anything else."""
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            group = parse_group(text)
            if group is None:
                raise ValueError(f"line {number}: not a group of words")
            yield group


@lru_cache(maxsize=1)
def general_groups() -> Sequence[Group]:
    """The list shipped with the product."""
    text = Path(__file__).with_name("synonyms.txt").read_text("utf-8")
    return tuple(parse_groups(text.splitlines()))
