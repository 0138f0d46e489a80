"""Pinyin of titles and of what people type: `mima` and `mm` both lead to 密码.

Titles give pairs of syllables (`py:mima`) and of initials (`pi:mm`); a Latin word that
can be read as pinyin asks for the same pairs. Ambiguous by nature, hence weighed low.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path

MIN_LETTERS = 2
MAX_LETTERS = 36
MAX_INITIALS = 6

SYLLABLES = frozenset(Path(__file__).with_name("pinyin_syllables.txt").read_text("ascii").split())
STARTS = frozenset(syllable[:end] for syllable in SYLLABLES for end in range(1, len(syllable) + 1))
LONGEST = 6
OTHER_READINGS = {
    "重": "chong",
    "还": "huan",
    "调": "tiao",
    "长": "zhang",
    "行": "hang",
    "弹": "tan",
    "卡": "ka",
    "传": "chuan",
    "率": "lv",
    "差": "cha",
    "更": "geng",
    "量": "liang",
}
_LETTERS = re.compile(r"[a-z]+")
_INITIALS = re.compile(r"[bpmfdtnlgkhjqxrzcsywaeo]+")


@lru_cache(maxsize=1 << 16)
def _read_word(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # 55 MB, needed by the indexing process alone

    # its manual allows lists: a character without a reading stands for itself
    return tuple(lazy_pinyin(word, errors=list))  # type: ignore[arg-type]


def _read(run: str) -> list[str]:
    """One reading a character, in the context of its word; titles share most of their words."""
    from pypinyin.seg.mmseg import seg

    return [syllable for word in seg.cut(run) for syllable in _read_word(word)]


def title_pinyin(run: str) -> list[str]:
    """The pinyin terms of a run of Chinese characters, read in context (重置 is chongzhi)."""
    read = [
        {syllable, OTHER_READINGS.get(char, syllable)} & SYLLABLES
        for char, syllable in zip(run, _read(run), strict=True)
    ]
    pairs = [pair for a, b in pairwise(read) for pair in product(a, b)]
    whole = sorted({f"py:{a}{b}" for a, b in pairs})
    return whole + sorted({f"pi:{a[0]}{b[0]}" for a, b in pairs})


@lru_cache(maxsize=1024)
def syllables(letters: str) -> tuple[str, ...]:
    """The letters as the fewest whole syllables; empty when they are not pinyin."""
    if not MIN_LETTERS <= len(letters) <= MAX_LETTERS or not _LETTERS.fullmatch(letters):
        return ()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - LONGEST), end):
            head, piece = best[start], letters[start:end]
            if head is not None and piece in SYLLABLES:
                longer = best[end]
                if longer is None or len(head) + 1 <= len(longer):
                    best[end] = (*head, piece)
    return best[-1] or ()


def query_pinyin(words: list[str]) -> list[str]:
    """The pinyin terms that a run of neighbouring Latin words (`mi ma`, `mima`) asks for."""
    found: list[str] = []
    read: list[str] = []
    for word in words:
        pieces = syllables(word)
        if not pieces and MIN_LETTERS <= len(word) <= MAX_INITIALS and _INITIALS.fullmatch(word):
            found += [f"pi:{a}{b}" for a, b in pairwise(word)]
        read += pieces or [""]
    found += [f"py:{a}{b}" for a, b in pairwise(read) if a and b]
    return list(dict.fromkeys(found))


def pinyin_prefixes(letters: str) -> list[str]:
    """Term prefixes for a Latin word that is still being typed (`denglum` → `py:lum`)."""
    if not 1 <= len(letters) <= MAX_LETTERS or not _LETTERS.fullmatch(letters):
        return []
    for cut in range(max(0, len(letters) - LONGEST), len(letters)):
        head, rest = letters[:cut], letters[cut:]
        if rest not in STARTS:
            continue
        pieces = (head,) if head in SYLLABLES else syllables(head)
        if pieces:
            return [f"py:{pieces[-1]}{rest}"]
        if not head:
            return [f"py:{rest}"]
    return []
