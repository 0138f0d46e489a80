"""A site's own outcomes: texts and titles apart, never more timid than without them (Q3)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from answerer.confidence import Model
from answerer.site_learning import DEMANDED, Lesson, learn
from tests.answerer.test_confidence import model

TEXTS = replace(model((0.95, 0.9)), weights=(1.5, *model().weights[1:]))
BOTH = replace(TEXTS, titles=replace(TEXTS, thresholds=((0.95, 0.95),)))
WIDTH = len(TEXTS.weights)


def lived(
    count: int, shift: float = 0.0, *, titles_only: bool = False, seed: int = 1
) -> list[Lesson]:
    """Outcomes of a site where the chance is as the model says, but for a shift in its logit."""
    chance, found = np.random.default_rng(seed), []
    for _ in range(count):
        vector = (0.5 + 0.1 * chance.normal(0.5, 1.5), *chance.normal(0, 0.3, WIDTH - 1))
        logit = 1.5 * (vector[0] - 0.5) / 0.1 + shift
        right = bool(chance.random() < 1 / (1 + np.exp(-logit)))
        found.append(Lesson(vector, right, titles_only=titles_only))
    return found


def answered(judge: Model, lessons: list[Lesson]) -> float:
    """The share of these that it would answer."""
    least = judge.threshold(DEMANDED)
    return sum(judge.chance(each.vector, False) >= least for each in lessons) / len(lessons)


def test_texts_and_titles_learn_apart() -> None:
    """Q3: what titles got wrong says nothing about texts."""
    learned, chances = learn(BOTH, [*lived(60), *lived(800, -1.5, titles_only=True)])
    assert (learned.thresholds, learned.weights) == (TEXTS.thresholds, TEXTS.weights)
    assert learned.titles is not None
    assert learned.titles.weights != TEXTS.weights
    assert len(chances) == 860


def test_learning_never_answers_less_where_the_shipped_model_may_be_right() -> None:
    """Q3: a few unlucky outcomes are no reason to answer less than without having learned."""
    kept = 0
    for seed in range(8):
        lessons = lived(300, 0.5, seed=seed)
        learned, _ = learn(TEXTS, lessons)
        assert answered(learned, lessons) >= answered(TEXTS, lessons) - 0.02
        kept += learned == TEXTS
    assert kept < 8


def test_learning_answers_less_where_the_shipped_model_dares_too_much() -> None:
    """Q3: precision comes first."""
    unseen = lived(3_000, -2.0, seed=99)
    learned, _ = learn(TEXTS, lived(1_500, -2.0))
    assert answered(learned, unseen) < answered(TEXTS, unseen)
