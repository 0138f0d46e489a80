"""How likely the best-ranked text answers the question: a calibrated logistic model. Pure.

The shipped coefficients were fitted on written question sets of nine fields (see
tools/fit_confidence.py); thresholds come from held-out fields, never from the site's own
gold set.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from answerer.evidence import NAMES, Evidence

SAME_QUESTION = 0.98
COEFFICIENTS = Path(__file__).parent / "coefficients.json"


@dataclass(frozen=True)
class Model:
    """A logistic model over standardised evidence, and its thresholds by precision.

    `thresholds` are (precision, least probability) pairs with rising precision.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    thresholds: tuple[tuple[float, float], ...]
    suggest_from: float

    def probability(self, evidence: Evidence) -> float:
        """The chance, in [0, 1], that the best candidate is right.

        Colloquial training questions hardly ever repeat a title, so that a question which
        does is right is stated, not learned.
        """
        total = self.intercept + sum(
            weight * (value - mean) / scale
            for weight, value, mean, scale in zip(
                self.weights, evidence.vector(), self.mean, self.scale, strict=True
            )
        )
        learned = 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total))))
        return max(learned, SAME_QUESTION) if evidence.says_the_title else learned

    def threshold(self, precision: float) -> float:
        """The least probability at which answers reach the precision asked for."""
        for reached, least in self.thresholds:
            if reached >= precision - 1e-9:
                return least
        return math.inf


@cache
def shipped() -> Model:
    """The model that comes with the product."""
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    if tuple(data["names"]) != NAMES:
        raise ValueError("coefficients.json was fitted on other evidence")
    return Model(
        mean=tuple(data["mean"]),
        scale=tuple(data["scale"]),
        weights=tuple(data["weights"]),
        intercept=data["intercept"],
        thresholds=tuple((row[0], row[1]) for row in data["thresholds"]),
        suggest_from=data["suggest_from"],
    )
