"""A site's own words and synonyms as one immutable value that analysis is given. Pure.

Own words are kept whole where a text is cut. Only words that add a term to the index
(`cutting`) matter to what is stored; synonyms matter to questions alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from indexer.lexicon import LONG, lexicon
from indexer.normal import normal_word
from indexer.synonyms import Group, Synonyms, general_groups

SHORTEST = 2
DIGEST_CHARS = 7
_ASCII = re.compile(r"[a-z0-9]")
_GAP = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_BORDER = re.compile(r"(?<=[^\x00-\x7f])(?=[a-z0-9])|(?<=[a-z0-9])(?=[^\x00-\x7f])")
_TOKEN = re.compile(r"[^\W_]+(?:[._\-+#/@'][^\W_]+)*[+#]{0,2}", re.ASCII)


@dataclass(frozen=True)
class Wordbook:
    """Words in normal form, and synonyms; `key` names this very content."""

    words: frozenset[str] = frozenset()
    synonyms: Synonyms = field(default_factory=Synonyms, compare=False)
    key: str = ""

    @cached_property
    def _heads(self) -> dict[str, tuple[str, ...]]:
        """The words by their first two characters, longest first."""
        heads: dict[str, list[str]] = {}
        for word in sorted(self.words, key=lambda word: (-len(word), word)):
            heads.setdefault(word[:SHORTEST], []).append(word)
        return {head: tuple(words) for head, words in heads.items()}

    @cached_property
    def cutting(self) -> frozenset[str]:
        """The words that a text is indexed by and would not be without this book."""
        return frozenset(word for word in self.words if _adds_a_term(word))

    @cached_property
    def cut_name(self) -> str:
        """Names the cutting words: an index cut by others of this name needs no change."""
        return digest(sorted(self.cutting)) if self.cutting else ""

    def found_in(self, normal: str) -> Iterator[tuple[int, str]]:
        """Every own word in a normal text with its offset; Latin ones as whole words only."""
        heads = self._heads
        if not heads:
            return
        for start in range(len(normal) - 1):
            for word in heads.get(normal[start : start + SHORTEST], ()):
                end = start + len(word)
                if normal.startswith(word, start) and _stands_alone(normal, start, end):
                    yield start, word

    def stamp(self, normal: str) -> str:
        """Seven hex digits naming the cutting words of a text; '' when it has none.

        The part of this book that shows in the text's index terms: while it stays the
        same, the text need not be cut again.
        """
        found = {word for _, word in self.found_in(normal)} & self.cutting
        return digest(sorted(found))[:DIGEST_CHARS] if found else ""


def own_term(word: str) -> str:
    """An own word as a term, the same with and without a space where scripts meet."""
    return _GAP.sub("", word).replace(" ", "_")


def _spellings(word: str) -> tuple[str, ...]:
    """A word as people write it: 门锁L1 and 门锁 L1."""
    return word, _GAP.sub("", word), _BORDER.sub(" ", _GAP.sub("", word))


def digest(lines: Iterable[str]) -> str:
    """32 hex digits over some lines."""
    return hashlib.blake2b("\n".join(lines).encode("utf-8"), digest_size=16).hexdigest()


def _adds_a_term(word: str) -> bool:
    if len(word) < LONG or _TOKEN.fullmatch(word):
        return False
    return word not in lexicon()


def _stands_alone(normal: str, start: int, end: int) -> bool:
    """Whether no Latin word or number is torn apart at the edges."""
    return not any(
        _ASCII.match(normal[at - 1 : at]) and _ASCII.match(normal[at : at + 1])
        for at in (start, end)
        if at > 0
    )


def make_wordbook(words: Iterable[str], groups: Iterable[Group]) -> Wordbook:
    """The book of a site: its words and groups, then the product's general synonyms."""
    own = tuple(groups)
    normal = {normal_word(word) for word in words}
    written = (spelling for word in normal for spelling in _spellings(word))
    kept = frozenset(word for word in written if len(word) >= SHORTEST)
    told = [*sorted(kept), *(f"{group.one_way}:{'='.join(group.words)}" for group in own)]
    return Wordbook(kept, Synonyms((*own, *general_groups())), digest(told))


@lru_cache(maxsize=1)
def plain_wordbook() -> Wordbook:
    """The book of a site that has added nothing."""
    return make_wordbook((), ())
