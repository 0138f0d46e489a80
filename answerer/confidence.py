"""How likely the best-ranked text answers the question: a calibrated logistic model. Pure.

The shipped coefficients were fitted on written question sets of nine fields (see
tools/fit_confidence.py); thresholds come from held-out fields, never from the site's own
gold set. A site that has enough outcomes of its own uses its own (answerer/site_learning.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from answerer.evidence import NAMES, Evidence

SAME_QUESTION = 0.98
COEFFICIENTS = Path(__file__).parent / "coefficients.json"
Thresholds = tuple[tuple[float, float], ...]
CategoryThresholds = tuple[tuple[int, Thresholds], ...]


@dataclass(frozen=True)
class Model:
    """A logistic model over standardised evidence, and its thresholds by precision.

    `thresholds` are (precision, least probability) pairs with rising precision; those for
    articles that say no more than their title are apart, as are those of single categories.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    thresholds: Thresholds
    suggest_from: float
    title_thresholds: Thresholds = ()
    category_thresholds: CategoryThresholds = ()
    same_question: float = SAME_QUESTION

    def probability(self, evidence: Evidence) -> float:
        """The chance, in [0, 1], that the best candidate is right."""
        return self.chance(evidence.vector(), evidence.says_the_title)

    def chance(self, vector: Sequence[float], same_question: bool) -> float:
        """The same from the values alone.

        Colloquial training questions hardly ever repeat a title, so that a question which
        does is right is stated, not learned.
        """
        total = self.intercept + sum(
            weight * (value - mean) / scale
            for weight, value, mean, scale in zip(
                self.weights, vector, self.mean, self.scale, strict=True
            )
        )
        learned = 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total))))
        return max(learned, self.same_question) if same_question else learned

    def threshold(
        self, precision: float, *, titles_only: bool = False, category_id: int | None = None
    ) -> float:
        """The least probability at which answers reach the precision asked for.

        The stricter of what holds in general and what the category's own outcomes demand.
        """
        general = _least(self.title_thresholds if titles_only else self.thresholds, precision)
        for known_id, own in self.category_thresholds:
            if known_id == category_id:
                return max(general, _least(own, precision))
        return general


def _least(thresholds: Thresholds, precision: float) -> float:
    for reached, least in thresholds:
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
        title_thresholds=tuple((row[0], row[1]) for row in data.get("title_thresholds", ())),
    )
