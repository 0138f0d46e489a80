"""Chinese text → terms: normal form, characters, bigrams, long words, Latin words, pinyin.

Pure and total: any string gives an answer. What is indexed and what is asked go through
the same door, with the same wordbook (a site's own words); a change of meaning here needs
a new ANALYSIS_VERSION (version.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate, pairwise
from pathlib import Path

from indexer.backend import Term
from indexer.lexicon import lexicon
from indexer.normal import normalize
from indexer.pinyin import pinyin_prefixes, query_pinyin, title_pinyin
from indexer.runs import CJK, MAX_LATIN, Run, latin_parts, measures, run_terms, runs
from indexer.synonyms import Match
from indexer.wordbook import Wordbook, own_term, plain_wordbook

__all__ = [
    "CJK",
    "latin_prefixes",
    "normalize",
    "query_terms",
    "same_meaning",
    "terms",
    "title_terms",
    "typed_prefixes",
    "word_cut",
]

MAX_QUERY_CHARS = 512
MAX_QUERY_TERMS = 48
MAX_EXPANDED = 24
MAX_PREFIXES = 4
LEAST_PREFIX = 3

CHAR_WEIGHT = 1.0
BIGRAM_WEIGHT = 0.5
CROSSING_WEIGHT = 0.4
WORD_WEIGHT = 0.6
OWN_WEIGHT = 1.2
LATIN_WEIGHT = 2.2
PART_WEIGHT = 0.5
MEASURE_WEIGHT = 1.5
PINYIN_WEIGHT = 0.4
STOP_FACTOR = 0.3
SINGLE_FACTOR = 1.5  # a character that is a word by itself tells more than one inside a word
SYNONYM_SHARE = 0.5
STAND_IN_WEIGHT = 1.5
PREFIX_WEIGHT = 0.5
LEAST_EXPANDED = 0.1

_STOP_PHRASES = Path(__file__).with_name("stop_phrases.txt").read_text("utf-8").split()
_STOP = re.compile("|".join(sorted(_STOP_PHRASES, key=len, reverse=True)))


def _own_terms(normal: str, book: Wordbook) -> Iterator[str]:
    """The site's own words that nothing else here would have given."""
    return (own_term(word) for _, word in book.found_in(normal) if word in book.cutting)


def terms(text: str, book: Wordbook | None = None) -> tuple[str, ...]:
    """Every term of a text, repeated as often as it occurs."""
    words, normal = lexicon(), normalize(text)
    found = [term for run in runs(normal) for term in run_terms(run, words)]
    return (*found, *measures(normal), *_own_terms(normal, book or plain_wordbook()))


def title_terms(text: str, book: Wordbook | None = None) -> tuple[str, ...]:
    """The terms of a title: those of the text, then its pinyin."""
    chinese = [run.text for run in runs(normalize(text)) if run.chinese and len(run.text) > 1]
    return terms(text, book) + tuple(term for run in chinese for term in title_pinyin(run))


def query_terms(text: str, book: Wordbook | None = None) -> tuple[Term, ...]:
    """The distinct terms a question asks for, heaviest first, at most MAX_QUERY_TERMS.

    After them come terms of words that mean the same, at most MAX_EXPANDED; each counts
    less than what it stands for.
    """
    asked = _Asked(_cut_off(text), book or plain_wordbook())
    found: dict[str, float] = {}
    for term, weight in asked.weighted():
        found[term] = max(weight, found.get(term, 0.0))
    order = sorted(found.items(), key=lambda item: -item[1])[:MAX_QUERY_TERMS]
    typed = tuple(Term(term, round(weight, 4)) for term, weight in order)
    return typed + tuple(_expanded(asked, dict(order)))


def same_meaning(text: str, book: Wordbook | None = None) -> tuple[Match, ...]:
    """The words of a question that others mean the same as, for showing and marking."""
    return _Asked(_cut_off(text), book or plain_wordbook()).matches()


def word_cut(text: str, book: Wordbook | None = None) -> tuple[str, ...]:
    """A question cut into words; own words and words with synonyms are kept whole."""
    asked = _Asked(_cut_off(text), book or plain_wordbook())
    within = {at for m in asked.matches() for at in range(m.start + 1, m.end)}
    pieces = (asked.normal[start:end] for start, end in pairwise(sorted(asked.cuts() - within)))
    return tuple(piece for piece in pieces if any(map(str.isalnum, piece)))


def typed_prefixes(text: str) -> tuple[Term, ...]:
    """Prefixes for the Latin word at the end of a text that is still being typed."""
    last = re.search(r"[a-z0-9]+$", normalize(text[-MAX_QUERY_CHARS:]))
    if last is None:
        return ()
    word = last.group()[-MAX_LATIN:]
    return (Term(word, LATIN_WEIGHT), *(Term(t, PINYIN_WEIGHT) for t in pinyin_prefixes(word)))


def latin_prefixes(text: str) -> tuple[Term, ...]:
    """Beginnings that longer Latin words in titles may have: `blue` also finds Bluetooth."""
    words = [run.text for run in runs(_cut_off(text)) if not run.chinese]
    long = [word for word in dict.fromkeys(words) if LEAST_PREFIX <= len(word) <= MAX_LATIN]
    return tuple(Term(word, PREFIX_WEIGHT) for word in long[:MAX_PREFIXES])


def _cut_off(text: str) -> str:
    return normalize(text[:MAX_QUERY_CHARS])[:MAX_QUERY_CHARS]


class _Asked:
    """One question being read: its normal form, where words begin, what each part weighs."""

    def __init__(self, normal: str, book: Wordbook) -> None:
        self.normal = normal
        self.book = book
        self.lexicon = lexicon()
        self.own = tuple(book.found_in(normal))
        self.runs = tuple((run, self._words(run)) for run in runs(normal))
        self.weights = _char_weights(normal)
        self._raise_single_words()

    def _raise_single_words(self) -> None:
        for run, words in self.runs:
            at = run.start
            for word in words if run.chinese else ():
                if len(word) == 1:
                    self.weights[at] *= SINGLE_FACTOR
                at += len(word)

    def _words(self, run: Run) -> list[str]:
        """The run's words; nothing lost."""
        if not run.chinese:
            return [run.text]
        end = run.start + len(run.text)
        inside = [
            (at - run.start, word)
            for at, word in self.own
            if run.start <= at and at + len(word) <= end
        ]
        return self.lexicon.borders(run.text, inside)

    def cuts(self) -> frozenset[int]:
        """The offsets where a word begins or ends."""
        found: set[int] = set()
        for run, words in self.runs:
            at = run.start
            found.add(at)
            for word in words:
                at += len(word)
                found.add(at)
        for at, word in self.own:
            found -= set(range(at + 1, at + len(word)))
        return frozenset(found)

    def matches(self) -> tuple[Match, ...]:
        """Words that others mean the same as."""
        return tuple(self.book.synonyms.matches(self.normal, self.cuts()))

    def share(self, start: int, end: int) -> float:
        """The mean weight of a stretch of characters."""
        return sum(self.weights[start:end]) / max(end - start, 1)

    def weighted(self) -> Iterator[tuple[str, float]]:
        """Every typed term with its weight; a term may come more than once."""
        latin: list[str] = []
        for run, words in self.runs:
            if run.chinese:
                yield from self._chinese(run, words)
                continue
            yield run.text[:MAX_LATIN], LATIN_WEIGHT
            yield from ((part, LATIN_WEIGHT * PART_WEIGHT) for part in latin_parts(run.text))
            latin.append(run.text)
        yield from ((measure, MEASURE_WEIGHT) for measure in measures(self.normal))
        for at, word in self.own:
            if word in self.book.cutting:
                yield own_term(word), OWN_WEIGHT * self.share(at, at + len(word))
        yield from ((term, PINYIN_WEIGHT) for term in query_pinyin(latin))

    def _chinese(self, run: Run, words: list[str]) -> Iterator[tuple[str, float]]:
        ends = set(accumulate(map(len, words)))
        text, at = run.text, run.start
        for offset, char in enumerate(text):
            yield char, CHAR_WEIGHT * self.weights[at + offset]
            if offset + 1 < len(text):
                kind = CROSSING_WEIGHT if offset + 1 in ends else BIGRAM_WEIGHT
                yield text[offset : offset + 2], kind * self.share(at + offset, at + offset + 2)
        for offset, word in self.lexicon.long_words(text):
            yield word, WORD_WEIGHT * self.share(at + offset, at + offset + len(word))


def _char_weights(normal: str) -> list[float]:
    """One weight a character: low inside stop phrases, unless nothing else is there."""
    weights = [1.0] * len(normal)
    for match in _STOP.finditer(normal):
        weights[match.start() : match.end()] = [STOP_FACTOR] * (match.end() - match.start())
    return weights


@lru_cache(maxsize=4096)
def _plain_weights(word: str) -> Mapping[str, float]:
    """The terms of one word by what each would weigh if it were typed alone."""
    kinds = {1: CHAR_WEIGHT, 2: BIGRAM_WEIGHT}
    found: dict[str, float] = {}
    for run in runs(word):
        for term in run_terms(run, lexicon()):
            found[term] = kinds.get(len(term), WORD_WEIGHT) if run.chinese else LATIN_WEIGHT
    return found


def _expanded(asked: _Asked, typed: dict[str, float]) -> Iterator[Term]:
    """Terms of words that mean the same, heaviest first, each bound to what it stands for."""
    found: dict[str, Term] = {}
    for match in asked.matches():
        weight = asked.share(match.start, match.end) * SYNONYM_SHARE
        if weight < LEAST_EXPANDED:
            continue
        meant = tuple((t, typed[t]) for t in _plain_weights(match.typed) if t in typed)
        for other in match.others:
            for term in _stand_ins(_plain_weights(other), meant, weight):
                if term.text not in typed and term.weight > _weight(found.get(term.text)):
                    found[term.text] = term
    yield from sorted(found.values(), key=lambda term: -term.weight)[:MAX_EXPANDED]


def _telling(weights: Mapping[str, float]) -> Mapping[str, float]:
    """What of a word that was not typed is looked for: its characters alone would find noise."""
    longer = {
        term: weight if term.isascii() else STAND_IN_WEIGHT
        for term, weight in weights.items()
        if len(term) > 1
    }
    return longer or weights


def _stand_ins(
    other: Mapping[str, float], meant: tuple[tuple[str, float], ...], weight: float
) -> Iterator[Term]:
    """The terms of another word; they stand for what a text with that word lacks."""
    lacking = tuple(pair for pair in meant if pair[0] not in other)
    telling = _telling(other)
    whole = sum(telling.values())
    for text, plain in telling.items() if lacking else ():
        yield Term(text, round(plain * weight, 4), lacking, round(weight * plain / whole, 4))


def _weight(term: Term | None) -> float:
    return term.weight if term else 0.0
