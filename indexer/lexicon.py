"""jieba's dictionary, loaded once, lazily and quietly: word borders and long words.

Long words are found by a scan of the dictionary, not by jieba's best path, so a word is
found in an article and in a question alike, whatever stands around it.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
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

    def borders(self, run: str) -> list[str]:
        """The run cut into words on jieba's best path, nothing lost."""
        return list(self._tokenizer.cut(run, HMM=False))

    def long_words(self, run: str) -> Iterator[tuple[int, str]]:
        """Every dictionary word of three characters or more, with its offset."""
        heads, frequency = self._heads, self._frequency
        for start in range(len(run) - LONG + 1):
            if run[start : start + LONG] in heads:
                for end in range(start + LONG, min(len(run), start + MAX_WORD) + 1):
                    word = run[start:end]
                    if frequency.get(word, 0):
                        yield start, word

    def rarity(self, word: str) -> float:
        """How much a word tells in general Chinese, 0 (的) to 1 (never seen)."""
        count = self._frequency.get(word, 0)
        return 1.0 if count <= 0 else min(1.0, log(self._total / count) / log(self._total))


def use_cache_folder(folder: Path) -> None:
    """Keep jieba's parsed dictionary in `folder`; call before the first analysis."""
    folder.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = str(folder)


def lexicon(words: Sequence[str] = ()) -> Lexicon:
    """The shared lexicon; `words` (a site's own) make a lexicon of their own."""
    with _lock:
        return _make(tuple(words))


@lru_cache(maxsize=4)
def _make(words: tuple[str, ...]) -> Lexicon:
    jieba.setLogLevel(logging.ERROR)
    if not words:
        jieba.dt.tmp_dir = jieba.dt.tmp_dir or tempfile.gettempdir()
        jieba.dt.initialize()
        return Lexicon(jieba.dt)
    own = jieba.Tokenizer()
    own.tmp_dir = jieba.dt.tmp_dir
    own.initialize()
    for word in words:
        own.add_word(word)
    return Lexicon(own)
