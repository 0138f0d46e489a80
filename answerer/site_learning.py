"""A site's own outcomes → its own confidence model, drawn towards the shipped one (scikit-learn).

Thresholds are set where the lower bound of the precision, on outcomes left out of the fit,
reaches what is demanded; categories with enough outcomes get their own. Anybody can say
解决了: a site may become as cautious as its outcomes ask for, but more daring within bounds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from answerer.confidence import CategoryThresholds, Model, Thresholds
from answerer.learning import FEWEST_ANSWERS, PRECISIONS, expected_thresholds, stricter

FEWEST_LESSONS = 100
FEWEST_OF_EACH = 20
FEWEST_IN_CATEGORY = 60
FOLDS = 5
STRENGTH = 0.1
FREE = 10.0
SAME_QUESTION_LESSONS = 20.0
LEAST_SLOPE, MOST_SLOPE = 0.1, 2.0
MOST_DARING = 1.0
# above sigmoid(MOST_DARING): what the shipped model finds unlikely stays unanswered at .9 and up
LEAST_OF_SHIPPED, LEAST_FOR_TITLES = 0.95, 0.75
ONE_SIDED = 0.6  # of a hundred thresholds, about seventy keep what they promise
DEMANDED = 0.95
NEVER = 2.0
Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """What spoke for the first text shown, and whether it settled the question."""

    vector: tuple[float, ...]
    right: bool
    same_question: bool = False
    titles_only: bool = False
    category_id: int | None = None


def is_enough(lessons: Sequence[Lesson]) -> bool:
    """Whether these are enough to learn from; else the shipped model stays."""
    right = sum(lesson.right for lesson in lessons)
    fewest = min(right, len(lessons) - right)
    return len(lessons) >= FEWEST_LESSONS and fewest >= FEWEST_OF_EACH


def learn(
    shipped: Model, lessons: Sequence[Lesson], demanded: float = DEMANDED
) -> tuple[Model, list[float]]:
    """The site's model with its thresholds, and the probability of every lesson, left out.

    Texts and titles learn apart. What answers fewer lessons than the shipped model does is only
    taken where that one is shown to miss the precision demanded.
    """
    texts = _learned(shipped, [each for each in lessons if not each.titles_only], demanded)
    if shipped.titles is None:
        return texts
    titles = _learned(shipped.titles, [each for each in lessons if each.titles_only], demanded)
    rest = {False: iter(texts[1]), True: iter(titles[1])}
    chances = [next(rest[each.titles_only]) for each in lessons]
    return replace(texts[0], titles=titles[0]), chances


def _learned(
    shipped: Model, lessons: Sequence[Lesson], demanded: float
) -> tuple[Model, list[float]]:
    """One of the models, learned from the lessons that are its own."""
    usual = [shipped.chance(each.vector, each.same_question) for each in lessons]
    if not is_enough(lessons):
        return shipped, usual
    chances = _left_out(shipped, lessons)
    judged = [(chance, each.right) for chance, each in zip(chances, lessons, strict=True)]
    titles_only = lessons[0].titles_only
    floors = {} if titles_only else _lowered(shipped.thresholds)
    safe = stricter(safe_thresholds(judged), expected_thresholds(judged))
    found = replace(
        refit(shipped, lessons),
        thresholds=_at_least(safe, floors),
        category_thresholds=_by_category(list(zip(chances, lessons, strict=True))),
    )
    before = _answers(usual, lessons, shipped.threshold(demanded))
    after = _answers(chances, lessons, found.threshold(demanded))
    timid = before.may_reach(demanded) and after.count < before.count
    return (shipped, usual) if timid else (found, chances)


@dataclass(frozen=True)
class Answers:
    """How many of the lessons would have been answered, and how many of these rightly."""

    count: int
    right: int

    def may_reach(self, precision: float) -> bool:
        """Whether these outcomes are no proof that the precision is missed."""
        wrong = self.count - self.right
        return self.count > 0 and 1 - lower_bound(wrong, self.count) >= precision


def _answers(chances: Sequence[float], lessons: Sequence[Lesson], least: float) -> Answers:
    pairs = zip(chances, lessons, strict=True)
    given = [each.right for chance, each in pairs if chance >= least]
    return Answers(len(given), sum(given))


def _left_out(shipped: Model, lessons: Sequence[Lesson]) -> list[float]:
    """The chance of every lesson, judged by a model that never saw it."""
    chances = [0.0] * len(lessons)
    for fold in range(FOLDS):
        rest = [lesson for place, lesson in enumerate(lessons) if place % FOLDS != fold]
        model = refit(shipped, rest)
        for place in range(fold, len(lessons), FOLDS):
            chances[place] = model.chance(lessons[place].vector, lessons[place].same_question)
    return chances


def refit(shipped: Model, lessons: Sequence[Lesson]) -> Model:
    """The shipped model's logit, rescaled, plus small corrections of its features."""
    rows = _standardised(shipped, lessons)
    right = np.array([lesson.right for lesson in lessons])
    if not 0 < right.sum() < right.size:
        return shipped
    weights = np.array(shipped.weights)
    logits = rows @ weights + shipped.intercept
    # The logit's own coefficient is all but free; every other one is held near zero.
    logistic = LogisticRegression(C=STRENGTH, max_iter=2_000)
    logistic.fit(np.column_stack([FREE * logits, rows]), right)
    slope = min(MOST_SLOPE, max(LEAST_SLOPE, float(logistic.coef_[0][0]) * FREE))
    corrected = slope * weights + logistic.coef_[0][1:]
    same = [lesson.right for lesson in lessons if lesson.same_question]
    known = (sum(same) + shipped.same_question * SAME_QUESTION_LESSONS) / (
        len(same) + SAME_QUESTION_LESSONS
    )
    return replace(
        shipped,
        weights=tuple(float(each) for each in corrected),
        intercept=min(MOST_DARING, float(logistic.intercept_[0])) + slope * shipped.intercept,
        same_question=known,
    )


def safe_thresholds(judged: Sequence[tuple[float, bool]]) -> Thresholds:
    """For each precision the least probability whose answers reach it by their lower bound."""
    ordered = sorted(judged, reverse=True)
    below = [chance for chance, _ in ordered[1:]] + [-1.0]
    found = []
    for precision in PRECISIONS:
        least, right = NEVER, 0
        for count, (chance, was_right) in enumerate(ordered, start=1):
            right += was_right
            enough = count >= FEWEST_ANSWERS and below[count - 1] < chance
            if enough and lower_bound(right, count) >= precision:
                least = chance
        found.append((precision, least))
    return tuple(found)


def lower_bound(right: int, count: int) -> float:
    """The lower end of Wilson's interval, one-sided."""
    share, z2 = right / count, ONE_SIDED**2
    spread = ONE_SIDED * math.sqrt(share * (1 - share) / count + z2 / (4 * count * count))
    return (share + z2 / (2 * count) - spread) / (1 + z2 / count)


def calibration_error(chances: Sequence[float], lessons: Sequence[Lesson], bins: int = 10) -> float:
    """How far probabilities and outcomes are apart on average (Naeini et al. 2015)."""
    places = np.minimum(bins - 1, (np.array(chances) * bins).astype(int))
    right = np.array([lesson.right for lesson in lessons], float)
    gaps = np.abs(np.bincount(places, np.array(chances), bins) - np.bincount(places, right, bins))
    return float(gaps.sum() / max(1, len(lessons)))


def _standardised(shipped: Model, lessons: Sequence[Lesson]) -> Rows:
    width = len(shipped.weights)
    rows = np.array([lesson.vector[:width] for lesson in lessons], float)
    return np.asarray((rows - np.array(shipped.mean)) / np.array(shipped.scale))


def _lowered(shipped: Thresholds) -> dict[float, float]:
    return {precision: LEAST_OF_SHIPPED * least for precision, least in shipped}


def _at_least(found: Thresholds, floors: Mapping[float, float]) -> Thresholds:
    return tuple((p, max(least, floors.get(p, min(p, LEAST_FOR_TITLES)))) for p, least in found)


def _by_category(judged: Sequence[tuple[float, Lesson]]) -> CategoryThresholds:
    ids = sorted({each.category_id for _, each in judged if each.category_id is not None})
    found = []
    for category_id in ids:
        own = [(chance, each.right) for chance, each in judged if each.category_id == category_id]
        if len(own) >= FEWEST_IN_CATEGORY:
            found.append((category_id, safe_thresholds(own)))
    return tuple(found)
