"""jieba's dictionary, loaded once, lazily and quietly: word borders and long words.

Long words are found by a scan of the dictionary, not by jieba's best path, so a word is
found in an article and in a question alike, whatever stands around it.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Collection, Iterator
from functools import lru_cache
from math import log
from pathlib import Path

import jieba

LONG = 3
MAX_WORD = 8

_lock = threading.Lock()


class Lexicon:
    """A word list with frequencies; immutable once made, safe to share between threads."""

    def __init__(self, tokenizer: jieba.Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._frequency: dict[str, int] = tokenizer.FREQ
        self._total = max(tokenizer.total, 1)
        # jieba's table also holds every beginning of a word, so these are words or heads of such
        self._heads = {word for word in self._frequency if len(word) == LONG}

    def __contains__(self, word: object) -> bool:
        """Whether it is a word of general Chinese."""
        return isinstance(word, str) and self._frequency.get(word, 0) > 0

    def frequencies(self) -> Iterator[tuple[str, int]]:
        """Every word with how often general text holds it."""
        return ((word, count) for word, count in self._frequency.items() if count > 0)

    def borders(self, run: str, own: Collection[tuple[int, str]] = ()) -> list[str]:
        """The run cut into words on the most likely path, nothing lost.

        `own` are a site's words in it, as (offset, word); they are kept whole.
        """
        if not own:
            return list(self._tokenizer.cut(run, HMM=False))
        return self._cut(run, own)

    def _cut(self, run: str, own: Collection[tuple[int, str]]) -> list[str]:
        """jieba's best path where a site's own word costs nothing."""
        ends: dict[int, list[int]] = {}
        for start, word in own:
            ends.setdefault(start, []).append(start + len(word))
        known = self._tokenizer.get_DAG(run)
        whole = log(self._total)
        best: list[tuple[float, int]] = [(0.0, 0)] * (len(run) + 1)
        for start in range(len(run) - 1, -1, -1):
            ways = [
                (log(self._frequency.get(run[start : end + 1]) or 1) - whole, end + 1)
                for end in known[start]
            ]
            ways += [(0.0, end) for end in ends.get(start, ())]
            best[start] = max((cost + best[end][0], end) for cost, end in ways)
        cut, start = [], 0
        while start < len(run):
            end = best[start][1]
            cut.append(run[start:end])
            start = end
        return cut

    def long_words(self, run: str) -> list[tuple[int, str]]:
        """Every dictionary word of three characters or more, with its offset."""
        heads, frequency, found = self._heads, self._frequency, []
        for start in range(len(run) - LONG + 1):
            if run[start : start + LONG] in heads:
                for end in range(start + LONG, min(len(run), start + MAX_WORD) + 1):
                    word = run[start:end]
                    if frequency.get(word, 0):
                        found.append((start, word))
        return found

    def rarity(self, word: str) -> float:
        """How much a word tells in general Chinese, 0 (的) to 1 (never seen)."""
        count = self._frequency.get(word, 0)
        return 1.0 if count <= 0 else min(1.0, log(self._total / count) / log(self._total))


def use_cache_folder(folder: Path) -> None:
    """Keep jieba's parsed dictionary in `folder`; call before the first analysis."""
    folder.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = str(folder)


def lexicon() -> Lexicon:
    """The shared lexicon of general Chinese."""
    with _lock:
        return _make()


@lru_cache(maxsize=1)
def _make() -> Lexicon:
    jieba.setLogLevel(logging.ERROR)
    jieba.dt.tmp_dir = jieba.dt.tmp_dir or tempfile.gettempdir()
    jieba.dt.initialize()
    return Lexicon(jieba.dt)
