"""Outcomes → the coefficients of the confidence model (scikit-learn).

Fitting is offline work: a running site only reads the numbers it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from answerer.confidence import SAME_QUESTION, Model, Thresholds
from answerer.evidence import Evidence

PRECISIONS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
FEWEST_ANSWERS = 20
SUGGEST_FROM = 0.012
STRENGTH = 0.01


@dataclass(frozen=True)
class Outcome:
    """One judged best candidate: its evidence, whether it was right, where it was seen.

    `inside`: whether the base holds an answer at all; `weight`: how much it counts in a fit.
    """

    evidence: Evidence
    right: bool
    field: str
    inside: bool = True
    weight: float = 1.0


@dataclass(frozen=True)
class Fitting:
    """How freely weights may grow, and how sure a question is that repeats the title."""

    strength: float = STRENGTH
    same_question: float = SAME_QUESTION


USUAL = Fitting()


def held_out(outcomes: Sequence[Outcome], fitting: Fitting = USUAL) -> list[tuple[float, bool]]:
    """(probability, right) of every outcome, judged by a model that never saw its field.

    In the order of the fields' names.
    """
    judged = []
    for field in sorted({outcome.field for outcome in outcomes}):
        model = fit([outcome for outcome in outcomes if outcome.field != field], fitting)
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


def expected_thresholds(judged: Sequence[tuple[float, bool]]) -> Thresholds:
    """For each precision the least probability whose answers are as precise as they believe.

    Smoother than what was right among a few hundred; only as good as the calibration.
    """
    ordered = sorted((probability for probability, _ in judged), reverse=True)
    believed, found = [], []
    for count, whole in enumerate(accumulate(ordered), start=1):
        believed.append((whole / count, ordered[count - 1]))
    for precision in PRECISIONS:
        enough = [least for mean, least in believed[FEWEST_ANSWERS - 1 :] if mean >= precision]
        found.append((precision, enough[-1] if enough else 2.0))
    return tuple(found)


def stricter(one: Thresholds, two: Thresholds) -> Thresholds:
    """For each precision the higher of two thresholds."""
    return tuple((precision, max(a, b)) for (precision, a), (_, b) in zip(one, two, strict=True))


def fit(outcomes: Sequence[Outcome], fitting: Fitting = USUAL) -> Model:
    """A logistic model of all outcomes, without thresholds."""
    rows = [outcome.evidence.vector() for outcome in outcomes]
    scaler = StandardScaler().fit(rows)
    logistic = LogisticRegression(C=fitting.strength, max_iter=2_000)
    right, weights = zip(*((each.right, each.weight) for each in outcomes), strict=True)
    logistic.fit(scaler.transform(rows), right, sample_weight=weights)
    return Model(
        mean=tuple(map(float, scaler.mean_)),
        scale=tuple(map(float, scaler.scale_)),
        weights=tuple(map(float, logistic.coef_[0])),
        intercept=float(logistic.intercept_[0]),
        thresholds=(),
        suggest_from=SUGGEST_FROM,
        same_question=fitting.same_question,
    )
