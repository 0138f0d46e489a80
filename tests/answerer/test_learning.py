"""What fitting promises: honest chances, thresholds from fields that were not seen (Q3, Q4)."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from answerer import learning
from answerer.confidence import SAME_QUESTION, Model
from answerer.learning import (
    FEWEST_ANSWERS,
    PRECISIONS,
    Fitting,
    Outcome,
    expected_thresholds,
    fit,
    held_out,
    stricter,
    thresholds,
)
from tests.answerer.test_confidence import evidence

FIELDS = ("锁具", "订单", "账号")


def outcome(relevance: float, right: bool, field: str) -> Outcome:
    """An outcome whose only evidence is its relevance."""
    return Outcome(evidence(relevance), right, field)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Right with exactly the chance that the relevance says."""
    chance = random.Random(7)
    rows = []
    for place in range(9_000):
        relevance = chance.random()
        rows.append(outcome(relevance, chance.random() < relevance, FIELDS[place % 3]))
    return rows


def test_it_is_about_as_often_right_as_it_says(outcomes: list[Outcome]) -> None:
    """Q3: of what is held likely at about 30 % or 80 %, about so much is right."""
    judged = held_out(outcomes)
    assert len(judged) == len(outcomes)
    for low, high in ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)):
        inside = [(p, right) for p, right in judged if low <= p < high]
        assert len(inside) > 50
        believed = sum(p for p, _ in inside) / len(inside)
        assert sum(right for _, right in inside) / len(inside) == pytest.approx(believed, abs=0.1)


def test_it_believes_more_with_more_evidence(outcomes: list[Outcome]) -> None:
    """Q3: the fitted model follows the evidence."""
    model = fit(outcomes)
    chances = [model.probability(outcome(r / 10, True, "").evidence) for r in range(11)]
    assert chances == sorted(chances)
    assert chances[0] < 0.3
    assert chances[-1] > 0.7


def test_it_never_judges_a_field_by_itself(
    outcomes: list[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q3: every chance comes from a model that never saw the outcome's field."""
    seen: list[set[str]] = []
    real = learning.fit

    def watching(rows: Sequence[Outcome], fitting: Fitting) -> Model:
        seen.append({row.field for row in rows})
        return real(rows, fitting)

    monkeypatch.setattr(learning, "fit", watching)
    held_out(outcomes)
    assert seen == [set(FIELDS) - {field} for field in sorted(FIELDS)]


def test_it_does_not_learn_from_what_it_is_tested_on() -> None:
    """Q3: a field that contradicts all others is judged by the others."""
    chance = random.Random(3)
    rows = []
    for place in range(3_000):
        relevance = chance.random()
        field = FIELDS[place % 3]
        odd = field == FIELDS[0]
        rows.append(outcome(relevance, (relevance > 0.5) is not odd, field))
    judged = [(row, p) for row, (p, _) in zip(_in_field_order(rows), held_out(rows), strict=True)]
    sure = [row.right for row, p in judged if row.field == FIELDS[0] and p > 0.8]
    assert sure
    assert not any(sure)


def _in_field_order(rows: list[Outcome]) -> list[Outcome]:
    return sorted(rows, key=lambda row: row.field)


def test_it_finds_the_least_chance_that_reaches_a_precision() -> None:
    """Q3: thirty right above 0.8, then ten wrong: 0.75 is reached at the bottom, 0.99 at 0.8."""
    judged = [(0.8, True)] * 15 + [(0.9, True)] * 15 + [(0.5, False)] * 10
    found = dict(thresholds(judged))
    assert tuple(found) == PRECISIONS
    assert found[0.7] == 0.5
    assert found[0.99] == 0.8


def test_it_cannot_split_what_looks_alike() -> None:
    """Q3: equal chances are answered together, the wrong ones too."""
    judged = [(0.9, True)] * 20 + [(0.9, False)] * 20
    found = dict(thresholds(judged))
    assert found[0.5] == 0.9
    assert found[0.6] > 1


def test_it_trusts_no_handful() -> None:
    """Q3: fewer answers than twenty prove nothing."""
    few = [(0.9, True)] * (FEWEST_ANSWERS - 1)
    assert all(least > 1 for _, least in thresholds(few))
    assert all(least > 1 for _, least in thresholds([]))


def test_it_asks_more_for_more(outcomes: list[Outcome]) -> None:
    """Q3: thresholds rise with the precision."""
    least = [chance for _, chance in thresholds(held_out(outcomes))]
    assert least == sorted(least)


def test_it_expects_what_its_answers_believe_on_average() -> None:
    """Q3: half at .9 and half at .7 are as precise as .8 all together."""
    judged = [(0.9, True)] * FEWEST_ANSWERS + [(0.7, True)] * FEWEST_ANSWERS
    found = dict(expected_thresholds(judged))
    assert found[0.9] == 0.9
    assert found[0.8] == 0.7
    assert found[0.95] == 2.0


def test_the_stricter_of_two_demands_holds() -> None:
    """Q3: one says .6, the other .7."""
    assert stricter(((0.9, 0.6), (0.95, 0.9)), ((0.9, 0.7), (0.95, 0.8))) == (
        (0.9, 0.7),
        (0.95, 0.9),
    )


def test_a_repeated_title_is_as_sure_as_was_said(outcomes: list[Outcome]) -> None:
    """Q3: stated, not learned; in bases of titles it is what was seen there."""
    assert fit(outcomes).same_question == SAME_QUESTION
    assert fit(outcomes, Fitting(same_question=0.5)).same_question == 0.5
