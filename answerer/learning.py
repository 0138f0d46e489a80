"""Outcomes → the coefficients of the confidence model (scikit-learn).

Fitting is offline work: a running site only reads the numbers it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from answerer.confidence import Model
from answerer.evidence import Evidence

PRECISIONS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
FEWEST_ANSWERS = 20
SUGGEST_FROM = 0.012
STRENGTH = 0.03


@dataclass(frozen=True)
class Outcome:
    """One judged best candidate: its evidence, whether it was right, where it was seen."""

    evidence: Evidence
    right: bool
    field: str


def held_out(outcomes: Sequence[Outcome]) -> list[tuple[float, bool]]:
    """(probability, right) of every outcome, judged by a model that never saw its field."""
    judged = []
    for field in sorted({outcome.field for outcome in outcomes}):
        model = fit([outcome for outcome in outcomes if outcome.field != field])
        judged += [
            (model.probability(outcome.evidence), outcome.right)
            for outcome in outcomes
            if outcome.field == field
        ]
    return judged


def thresholds(judged: Sequence[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    """For each precision the least probability that reaches it on outcomes never fitted on.

    A precision no probability reaches gets 2.0: never answer.
    """
    ordered = sorted(judged, reverse=True)
    # Equal probabilities are answered together, so only the last of them can be a threshold.
    below = [probability for probability, _ in ordered[1:]] + [-1.0]
    found = []
    for precision in PRECISIONS:
        least, right = 2.0, 0
        for count, (probability, was_right) in enumerate(ordered, start=1):
            right += was_right
            enough = count >= FEWEST_ANSWERS and below[count - 1] < probability
            if enough and right / count >= precision:
                least = probability
        found.append((precision, least))
    return tuple(found)


def fit(outcomes: Sequence[Outcome]) -> Model:
    """A logistic model of all outcomes, without thresholds."""
    rows = [outcome.evidence.vector() for outcome in outcomes]
    scaler = StandardScaler().fit(rows)
    logistic = LogisticRegression(C=STRENGTH, max_iter=2_000)
    logistic.fit(scaler.transform(rows), [outcome.right for outcome in outcomes])
    return Model(
        mean=tuple(map(float, scaler.mean_)),
        scale=tuple(map(float, scaler.scale_)),
        weights=tuple(map(float, logistic.coef_[0])),
        intercept=float(logistic.intercept_[0]),
        thresholds=(),
        suggest_from=SUGGEST_FROM,
    )
