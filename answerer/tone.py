"""Whether a text should go to a person at once: anger, a formal complaint, danger, a wish. Pure.

Written patterns decide what they know; a small linear model over character runs (fitted by
tools/fit_tone.py) catches other wordings. Neither knows irony, nor what was said before.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path

from indexer.normal import normalize

READ_CHARS = 1_000
LONGEST_RUN = 3
WORDS = Path(__file__).parent / "tone_words.json"
WEIGHTS = Path(__file__).parent / "tone_weights.json"


class ToneLabel(StrEnum):
    """What a text is like; every one but CALM goes to a person. The first wins over others."""

    SAFETY = "safety"
    WANTS_PERSON = "wants_person"
    COMPLAINT_OFFICIAL = "complaint_official"
    ANGRY = "angry"
    CALM = "calm"


@dataclass(frozen=True)
class Tone:
    """The label, how sure (0 to 1), and the words that decided (empty when the model did)."""

    label: ToneLabel
    strength: float
    matched: tuple[str, ...] = ()

    @property
    def needs_person(self) -> bool:
        """Whether no robot should answer."""
        return self.label is not ToneLabel.CALM


@dataclass(frozen=True)
class Patterns:
    """The written patterns by label, and what makes a wish for a person its opposite."""

    by_label: dict[ToneLabel, tuple[re.Pattern[str], ...]]
    negated: re.Pattern[str]


@dataclass(frozen=True)
class Weights:
    """A linear model over character runs: one weight a label, in the order of `labels`."""

    labels: tuple[ToneLabel, ...]
    intercepts: tuple[float, ...]
    runs: dict[str, tuple[float, ...]]
    hand_over_from: float


def tone(text: str) -> Tone:
    """The tone of a customer's text; total, the same text always gives the same tone."""
    return judge(text, shipped_weights())


def judge(text: str, weights: Weights) -> Tone:
    """The tone by the shipped patterns and these weights."""
    normal = normalize(text[:READ_CHARS])
    patterns = shipped_patterns()
    refused = False
    for label, known in patterns.by_label.items():
        found = [match for pattern in known if (match := pattern.search(normal))]
        if label is ToneLabel.WANTS_PERSON:
            meant = [each for each in found if not _negated(patterns, normal, each)]
            refused, found = len(meant) < len(found), meant
        if found:
            return Tone(label, 1.0, tuple(match.group() for match in found))
    chances = probabilities(normal, weights)
    if refused:
        chances.pop(ToneLabel.WANTS_PERSON, None)
    needed = 1.0 - chances.pop(ToneLabel.CALM)
    if refused or needed < weights.hand_over_from:
        return Tone(ToneLabel.CALM, 1.0 - needed)
    return Tone(max(chances, key=lambda label: chances[label]), needed)


def probabilities(normal: str, weights: Weights) -> dict[ToneLabel, float]:
    """How likely each label is, for a text in normal form; they sum to 1."""
    seen = runs(normal)
    known = [weights.runs[run] for run in seen if run in weights.runs]
    scale = 1.0 / math.sqrt(len(seen)) if seen else 0.0
    totals = [
        intercept + scale * sum(each[place] for each in known)
        for place, intercept in enumerate(weights.intercepts)
    ]
    powers = [math.exp(total - max(totals)) for total in totals]
    whole = sum(powers)
    return {label: power / whole for label, power in zip(weights.labels, powers, strict=True)}


def runs(normal: str) -> frozenset[str]:
    """Every run of one to LONGEST_RUN characters, ends marked."""
    marked = f"^{''.join(normal.split())}$"
    sizes: Iterable[Iterable[str]] = (
        (marked[start : start + size] for start in range(len(marked) - size + 1))
        for size in range(1, LONGEST_RUN + 1)
    )
    return frozenset(chain.from_iterable(sizes))


def _negated(patterns: Patterns, normal: str, found: re.Match[str]) -> bool:
    return patterns.negated.search(normal[: found.start()]) is not None


@cache
def shipped_patterns() -> Patterns:
    """The patterns that come with the product."""
    data = json.loads(WORDS.read_text(encoding="utf-8"))
    by_label: dict[ToneLabel, tuple[re.Pattern[str], ...]] = {
        label: tuple(re.compile(pattern) for pattern in data[label])
        for label in ToneLabel
        if label is not ToneLabel.CALM
    }
    return Patterns(by_label, re.compile(data["negated"]))


@cache
def shipped_weights() -> Weights:
    """The model that comes with the product."""
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(
        labels=tuple(ToneLabel(label) for label in data["labels"]),
        intercepts=tuple(data["intercepts"]),
        runs={run: tuple(row) for run, row in data["runs"].items()},
        hand_over_from=data["hand_over_from"],
    )
