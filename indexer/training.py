"""What an encoder is trained on and how far it is: the words between the product and a trainer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Lesson:
    """A question, the text that answers it, and texts that were shown and did not.

    `topic` is the same for texts that answer the same, which are then no wrong answers to
    each other's questions.
    """

    question: str
    answer: str
    topic: int
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """From which model to start (path or hub name), where to save, how long and how fast."""

    base: str
    folder: Path
    passes: int = 3
    rate: float = 2e-5
    batch: int = 16


class Trainer(Protocol):
    """Makes a model of its own out of a base and lessons; EncoderMissing when it cannot."""

    def __call__(self, course: Course, lessons: Sequence[Lesson], progress: Progress) -> None:
        """Train, save under course.folder, tell (steps done, all steps)."""
