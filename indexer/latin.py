"""Latin words and their numbers, with the letters of each.

Only ever grows; what a reader may know of it is for a view to say. One thread at a time gives
numbers, any number may read.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

LETTERS = 26


class LatinWords:
    """Latin words by number; number 0 is no word."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.words: list[str] = [""]
        self._lock = threading.Lock()
        self._letters = np.zeros((1, LETTERS), np.int8)

    def number(self, word: str) -> int:
        """The number of a word, a new one if need be."""
        known = self.numbers.get(word)
        if known is None:
            known = len(self.words)
            self.words.append(word)
            self.numbers[word] = known
        return known

    def letters(self) -> NDArray[np.int8]:
        """How often each letter stands in each word, all words numbered so far."""
        with self._lock:  # two that grow it at once would shift or shorten the rows
            if fresh := self.words[len(self._letters) :]:
                rows = np.array([letter_counts(word) for word in fresh], np.int8)
                self._letters = np.concatenate([self._letters, rows])
            return self._letters


def letter_counts(word: str) -> NDArray[np.int8]:
    """How often each of a–z stands in a word."""
    codes = np.frombuffer(word.encode("ascii", "ignore"), np.uint8).astype(np.int64) - ord("a")
    inside = codes[(codes >= 0) & (codes < LETTERS)]
    return np.bincount(inside, minlength=LETTERS)[:LETTERS].astype(np.int8)
