"""Whether a sentence says only what its sources say: a stated rule, strict rather than clever.

Pure. Of the sources a sentence cites, all together, each of these must hold:
words: every content word, Latin word and address of the sentence stands in them;
numbers: every number stands in them with the same unit; where they give several numbers of
that unit, the other words of the clause stand in the reach of this one;
denial: a word is denied (or not) as it is somewhere in them;
limits: where the nearest clause says 仅/只/除/限, the sentence does too.
What the rule cannot see: a condition left out that stands in another sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from indexer.analysis import normalize, word_cut

LEAST_WORD = 2
REACH = 4
CLAUSE = re.compile(r"[，,；;。！？!?：:、\n]+")
SENTENCE = re.compile(r"[。！？!?\n]+")
LATIN = re.compile(r"[a-z0-9][a-z0-9@._:/?=&%+#\-]*[a-z0-9]|[a-z]")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
AMOUNT = re.compile(r"(\d+(?:[.,:]\d+)*)\s*(%|[㐀-鿿])?")
DENIAL = re.compile(
    r"不(?!仅|同|过|但|断|管|论|锈)|没|无(?!线|论|人|障)|未(?!来)|勿|禁|非(?!常)"
    r"|(?<![特分区类级识个辨])别(?!人|的|墅)"
)
LIMIT = re.compile(r"仅|只(?!要)|除|限(?!时)")
# Words that tell how something is said, not what.
FRAMING = frozenset(Path(__file__).with_name("framing_words.txt").read_text("utf-8").split())
_DIGITS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = "天日月年周时小分秒次个元块条步位倍号项种份张台级折成遍"
_SPOKEN = re.compile(
    rf"([一二两三四五六七八九]?十[一二三四五六七八九]?|[二两三四五六七八九])(?=[{_UNITS}])"
)


class Fault(StrEnum):
    """Why a sentence is not supported."""

    NO_SOURCE = "no_source"
    WORDS = "words"
    NUMBERS = "numbers"
    DENIAL = "denial"
    LIMITS = "limits"


def fault(sentence: str, sources: Sequence[str]) -> Fault | None:
    """What speaks against a sentence that cites these sources; None when they support it."""
    if not sources:
        return Fault.NO_SOURCE
    said, known = plain(sentence), "\n".join(plain(source) for source in sources)
    words = content_words(said)
    checks = (
        (Fault.WORDS, bool(words) and all(word in known for word in words) and _latin(said, known)),
        (Fault.NUMBERS, _numbers(said, known)),
        (Fault.DENIAL, all(_is_denied_alike(word, said, known) for word in words)),
        (Fault.LIMITS, _limits(said, known, words)),
    )
    return next((found for found, holds in checks if not holds), None)


@lru_cache(maxsize=256)
def plain(text: str) -> str:
    """Normal form: one width, one script, small letters, spoken numbers as digits."""
    normal = re.sub(r"[ \t*_`>#|]+", " ", normalize(text))
    normal = re.sub(r"(?<=[^a-z0-9]) | (?=[^a-z0-9])", "", normal)
    return _SPOKEN.sub(lambda found: str(_number(found.group(1))), normal)


@lru_cache(maxsize=256)
def content_words(said: str) -> tuple[str, ...]:
    """The words of at least two characters that say what the sentence is about."""
    words = (word.strip() for word in word_cut(said))
    kept = (
        word
        for word in words
        if len(word) >= LEAST_WORD and not word.isascii() and word not in FRAMING
    )
    return tuple(dict.fromkeys(word for word in kept if not NUMBER.match(word)))


def _latin(said: str, known: str) -> bool:
    have = set(LATIN.findall(known))
    return all(word in have for word in LATIN.findall(said) if not NUMBER.fullmatch(word))


def _numbers(said: str, known: str) -> bool:
    amounts = set(AMOUNT.findall(known))
    for clause in CLAUSE.split(said):
        for number, unit in AMOUNT.findall(clause):
            if (number, unit) not in amounts:
                return False
            others = {each for each, of in amounts if of == unit and each != number}
            if others and not _in_reach(clause, (number, unit), known):
                return False
    return True


def _in_reach(clause: str, amount: tuple[str, str], known: str) -> bool:
    """Whether the words beside a number stand beside it in a source as well."""
    words = content_words(clause)
    for sentence in SENTENCE.split(known):
        reach = ""
        for part in CLAUSE.split(sentence):
            found = AMOUNT.findall(part)
            same_unit = [each for each in found if each[1] == amount[1]]
            if amount in found and all(word in reach + part for word in words):
                return True
            reach = "" if same_unit else reach + part
    return False


def _is_denied_alike(word: str, said: str, known: str) -> bool:
    return _ways(word, said) <= _ways(word, known)


def _ways(word: str, text: str) -> set[bool]:
    """Whether each place of a word has a denial shortly before it in its clause."""
    found = set()
    for clause in CLAUSE.split(text):
        start = clause.find(word)
        while start >= 0:
            found.add(DENIAL.search(clause, max(0, start - REACH), start) is not None)
            start = clause.find(word, start + 1)
    return found


def _limits(said: str, known: str, words: Sequence[str]) -> bool:
    clauses = [clause for clause in CLAUSE.split(known) if clause]
    nearest = max(clauses, key=lambda clause: sum(word in clause for word in words), default="")
    return LIMIT.search(nearest) is None or LIMIT.search(said) is not None


def _number(spoken: str) -> int:
    if "十" not in spoken:
        return _DIGITS[spoken]
    tens, ones = spoken.split("十")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
