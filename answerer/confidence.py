"""How likely the best-ranked text answers the question: calibrated logistic models. Pure.

The shipped coefficients come from tools/fit_answers.py: questions written for twenty-nine
fields; thresholds from fields left out in turn, never from the site's own gold set. A site
that has enough outcomes of its own uses its own (answerer/site_learning.py).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from answerer.evidence import NAMES, Evidence
from indexer.comparing import NAMES as COMPARED_NAMES

SAME_QUESTION = 0.98
LARGE_BASE = 500
COEFFICIENTS = Path(__file__).parent / "coefficients.json"
Thresholds = tuple[tuple[float, float], ...]
CategoryThresholds = tuple[tuple[int, Thresholds], ...]


@dataclass(frozen=True)
class Model:
    """A logistic model over standardised evidence, and its thresholds by precision.

    `thresholds` are (precision, least probability) pairs with rising precision; those of
    single categories are apart, and so are those of large bases, where they differ. `titles`
    judges articles that say no more than their title, `plain` evidence without a comparison of
    tokens; neither has models of its own.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    thresholds: Thresholds
    suggest_from: float
    category_thresholds: CategoryThresholds = ()
    same_question: float = SAME_QUESTION
    titles: Model | None = None
    plain: Model | None = None
    large_thresholds: Thresholds = ()

    def in_base_of(self, documents: int) -> Model:
        """This model with the thresholds for a base of that many documents.

        Small bases are all of a kind: what they do not answer is often next to what they do.
        """
        if documents < LARGE_BASE or not self.large_thresholds:
            return self
        plain = None if self.plain is None else self.plain.in_base_of(documents)
        return replace(self, thresholds=self.large_thresholds, large_thresholds=(), plain=plain)

    def fitting(self, evidence: Evidence, *, titles_only: bool) -> Model:
        """The one of these models that can judge this."""
        return self.fitting_width(len(evidence.vector()), titles_only=titles_only)

    def fitting_width(self, width: int, *, titles_only: bool) -> Model:
        """The same for evidence of so many values."""
        if titles_only and self.titles is not None:
            return self.titles
        return self.plain if self.plain is not None and width < len(self.weights) else self

    def probability(self, evidence: Evidence) -> float:
        """The chance, in [0, 1], that the best candidate is right."""
        vector = evidence.vector()
        model = self.fitting_width(len(vector), titles_only=False)
        return model.chance(vector, evidence.says_the_title)

    def chance(self, vector: Sequence[float], same_question: bool) -> float:
        """The same from the values alone; those beyond the model's own are not looked at.

        Colloquial training questions hardly ever repeat a title, so that a question which
        does is right is stated, not learned.
        """
        total = self.intercept + sum(
            weight * (value - mean) / scale
            for weight, value, mean, scale in zip(
                self.weights, vector, self.mean, self.scale, strict=False
            )
        )
        learned = 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, total))))
        return max(learned, self.same_question) if same_question else learned

    def threshold(self, precision: float, *, category_id: int | None = None) -> float:
        """The least probability at which answers reach the precision asked for.

        The stricter of what holds in general and what the category's own outcomes demand.
        """
        general = _least(self.thresholds, precision)
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
    """The model that comes with the product: of compared evidence, with its `plain` twin."""
    data = json.loads(COEFFICIENTS.read_text(encoding="utf-8"))
    if (tuple(data["names"]), tuple(data["compared_names"])) != (NAMES, COMPARED_NAMES):
        raise ValueError("coefficients.json was fitted on other evidence")
    models = {name: _read(data[name]) for name in ("compared", "titles", "plain")}
    return replace(models["compared"], titles=models["titles"], plain=models["plain"])


def _read(data: Mapping[str, Any]) -> Model:
    return Model(
        mean=tuple(data["mean"]),
        scale=tuple(data["scale"]),
        weights=tuple(data["weights"]),
        intercept=data["intercept"],
        thresholds=_pairs(data["thresholds"]),
        large_thresholds=_pairs(data.get("large_thresholds", ())),
        suggest_from=data["suggest_from"],
        same_question=data["same_question"],
    )


def _pairs(rows: Sequence[Sequence[float]]) -> Thresholds:
    return tuple((row[0], row[1]) for row in rows)
