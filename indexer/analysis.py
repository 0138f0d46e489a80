"""Chinese text → terms: normal form, characters, bigrams, long words, Latin words, pinyin.

Pure and total: any string gives an answer. What is indexed and what is asked go through
the same door; a change of meaning here needs a new ANALYSIS_VERSION (version.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import opencc

from indexer.backend import Term
from indexer.lexicon import Lexicon, lexicon
from indexer.pinyin import pinyin_prefixes, query_pinyin, title_pinyin

MAX_QUERY_CHARS = 512
MAX_QUERY_TERMS = 48
MAX_LATIN = 40

CHAR_WEIGHT = 1.0
BIGRAM_WEIGHT = 0.6
CROSSING_WEIGHT = 0.4
WORD_WEIGHT = 0.6
LATIN_WEIGHT = 2.5
PART_WEIGHT = 0.5
PINYIN_WEIGHT = 0.4
STOP_FACTOR = 0.3

CJK = "㐀-䶿一-鿿豈-﫿々〇\U00020000-\U0003ffff぀-ヿ가-힣"
_RUN = re.compile(
    rf"(?P<cjk>[{CJK}]+)|(?P<latin>[^\W_{CJK}]+(?:[._\-+#/@'][^\W_{CJK}]+)*[+#]{{0,2}})"
)
_SEPARATOR = re.compile(r"[._\-+#/@']+")
_EDGE = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_STOP_PHRASES = Path(__file__).with_name("stop_phrases.txt").read_text("utf-8").split()
_STOP = re.compile("|".join(sorted(_STOP_PHRASES, key=len, reverse=True)))


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """Traditional → simplified, character by character, so that offsets stay."""
    spans = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))
    chars = [chr(code) for low, high in spans for code in range(low, high + 1)]
    converted = opencc.OpenCC("t2s").convert("\n".join(chars)).split("\n")
    pairs = {a: b for a, b in zip(chars, converted, strict=True) if a != b and len(b) == 1}
    return {ord(a): pairs.get(b, b) for a, b in pairs.items()}


_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)


def normalize(text: str) -> str:
    """NFKC, lower case, simplified characters; no control characters or lone surrogates."""
    for _ in range(4):
        clean = _UNWANTED.sub("", text)
        folded = unicodedata.normalize("NFKC", clean).lower().translate(_simplified())
        if folded == text:
            break
        text = folded
    return text


@dataclass(frozen=True)
class _Run:
    """A stretch of normal text of one script, with its offset."""

    start: int
    text: str
    chinese: bool


def _runs(normal: str) -> Iterator[_Run]:
    for match in _RUN.finditer(normal):
        yield _Run(match.start(), match.group(), match.lastgroup == "cjk")


def _latin_parts(word: str) -> list[str]:
    """What a compound like `wi-fi` or `2.4ghz` can also be found by."""
    pieces = [piece for piece in _SEPARATOR.split(word) if piece]
    parts = [*pieces, "".join(pieces)] if len(pieces) > 1 else []
    for piece in pieces:
        edges = _EDGE.split(piece)
        if len(edges) > 1:
            parts += [edge for edge in edges if len(edge) > 1]
    return [part for part in dict.fromkeys(parts) if part != word and 1 < len(part) <= MAX_LATIN]


def _run_terms(run: _Run, words: Lexicon) -> Iterator[str]:
    text = run.text
    if run.chinese:
        yield from text
        yield from map("".join, pairwise(text))
        yield from (word for _, word in words.long_words(text))
    else:
        if len(text) <= MAX_LATIN:
            yield text
        yield from _latin_parts(text)


def terms(text: str) -> tuple[str, ...]:
    """Every term of a text, repeated as often as it occurs."""
    words = lexicon()
    return tuple(term for run in _runs(normalize(text)) for term in _run_terms(run, words))


def title_terms(text: str) -> tuple[str, ...]:
    """The terms of a title: those of the text, then its pinyin."""
    runs = [run.text for run in _runs(normalize(text)) if run.chinese and len(run.text) > 1]
    return terms(text) + tuple(term for run in runs for term in title_pinyin(run))


def query_terms(text: str) -> tuple[Term, ...]:
    """The distinct terms a question asks for, heaviest first, at most MAX_QUERY_TERMS."""
    normal = normalize(text[:MAX_QUERY_CHARS])[:MAX_QUERY_CHARS]
    weights = _char_weights(normal)
    found: dict[str, float] = {}
    for term, weight in _weighted(normal, weights):
        found[term] = max(weight, found.get(term, 0.0))
    order = sorted(found.items(), key=lambda item: -item[1])[:MAX_QUERY_TERMS]
    return tuple(Term(term, round(weight, 4)) for term, weight in order)


def typed_prefixes(text: str) -> tuple[Term, ...]:
    """Prefixes for the Latin word at the end of a text that is still being typed."""
    last = re.search(r"[a-z0-9]+$", normalize(text[-MAX_QUERY_CHARS:]))
    if last is None:
        return ()
    word = last.group()[-MAX_LATIN:]
    return (Term(word, LATIN_WEIGHT), *(Term(t, PINYIN_WEIGHT) for t in pinyin_prefixes(word)))


def _char_weights(normal: str) -> list[float]:
    """One weight a character: low inside stop phrases, unless nothing else is there."""
    weights = [1.0] * len(normal)
    for match in _STOP.finditer(normal):
        weights[match.start() : match.end()] = [STOP_FACTOR] * (match.end() - match.start())
    return weights


def _weighted(normal: str, weights: list[float]) -> Iterator[tuple[str, float]]:
    latin: list[str] = []
    for run in _runs(normal):
        if run.chinese:
            yield from _weighted_chinese(run, weights)
            continue
        yield run.text[:MAX_LATIN], LATIN_WEIGHT
        yield from ((part, LATIN_WEIGHT * PART_WEIGHT) for part in _latin_parts(run.text))
        latin.append(run.text)
    yield from ((term, PINYIN_WEIGHT) for term in query_pinyin(latin))


def _weighted_chinese(run: _Run, weights: list[float]) -> Iterator[tuple[str, float]]:
    words, text, at = lexicon(), run.text, run.start
    ends = set()
    end = 0
    for word in words.borders(text):
        end += len(word)
        ends.add(end)
    for offset, char in enumerate(text):
        yield char, CHAR_WEIGHT * weights[at + offset]
        if offset + 1 < len(text):
            kind = CROSSING_WEIGHT if offset + 1 in ends else BIGRAM_WEIGHT
            pair = (weights[at + offset] + weights[at + offset + 1]) / 2
            yield text[offset : offset + 2], kind * pair
    for offset, word in words.long_words(text):
        share = sum(weights[at + offset : at + offset + len(word)]) / len(word)
        yield word, WORD_WEIGHT * share
