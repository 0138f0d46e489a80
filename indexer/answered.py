"""What the engine answered lately, while nothing it reads has changed.

A busy help centre is asked the same again and again. An answer is given twice only while the
snapshot, the words, the vocabulary and the index are the very same objects, and for at most
KEPT_SECONDS (dates fade). Safe to share between threads.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

KEPT_SECONDS = 120.0
MOST_ANSWERS = 1024

State = tuple[object, ...]
Answer = TypeVar("Answer")


class Answered:
    """Answers by question, of one state; another state forgets them all."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state: State = ()
        self._answers: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()

    def get(self, state: State, question: Hashable, kind: type[Answer]) -> Answer | None:
        """What was answered in this very state; None when that is not known."""
        with self._lock:
            if not _same(state, self._state):
                return None
            made_at, answer = self._answers.get(question, (0.0, None))
            if not isinstance(answer, kind) or self._clock() - made_at > KEPT_SECONDS:
                return None
            self._answers.move_to_end(question)
            return answer

    def put(self, state: State, question: Hashable, answer: object) -> None:
        """Remember an answer that was looked for from this state on."""
        with self._lock:
            if not _same(state, self._state):
                self._state, self._answers = state, OrderedDict()
            self._answers[question] = (self._clock(), answer)
            if len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)


def _same(one: State, other: State) -> bool:
    """The very same objects: equal ones may have been made from different things."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
