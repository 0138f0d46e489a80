"""The calibrated model: a chance, and thresholds that rise with the precision asked (Q3)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerer.confidence import LARGE_BASE, SAME_QUESTION, Model, shipped
from answerer.evidence import NAMES, Evidence
from indexer.comparing import NAMES as COMPARED
from indexer.comparing import Comparison

NOTHING = Evidence(*[0.0] * len(NAMES))  # type: ignore[arg-type] # one for each name
wild = st.builds(Evidence, *[st.floats(-1e6, 1e6)] * len(NAMES))


def evidence(relevance: float) -> Evidence:
    """Evidence that speaks by its relevance alone."""
    return replace(NOTHING, relevance=relevance)


def model(*thresholds: tuple[float, float]) -> Model:
    """A model that looks at relevance alone: 0.5 is an even chance, 0.7 nearly sure."""
    zeros = [0.0] * (len(evidence(0.0).vector()) - 1)
    return Model(
        mean=(0.5, *zeros),
        scale=(0.1, *(zero + 1.0 for zero in zeros)),
        weights=(1.0, *zeros),
        intercept=0.0,
        thresholds=thresholds,
        suggest_from=0.03,
    )


@given(wild)
def test_it_gives_a_chance_for_any_evidence(found: Evidence) -> None:
    """Q3: between 0 and 1, never an overflow."""
    assert 0 <= shipped().probability(found) <= 1


def test_it_is_the_logistic_of_standardised_evidence() -> None:
    """Q3: by hand: (0.7 - 0.5) / 0.1 = 2, and 1 / (1 + e^-2)."""
    assert model().probability(evidence(0.7)) == pytest.approx(1 / (1 + math.exp(-2)))


@given(st.floats(0, 1), st.floats(0, 1))
def test_it_never_asks_less_for_more_precision(one: float, other: float) -> None:
    """Q3: a stricter site answers less often by itself, never more often."""
    low, high = sorted((one, other))
    assert shipped().threshold(low) <= shipped().threshold(high)


def test_it_takes_the_first_threshold_that_reaches() -> None:
    """Q3: the least that is enough; what was never reached is never answered."""
    made = model((0.8, 0.4), (0.9, 0.6), (0.95, 2.0))
    assert [made.threshold(p) for p in (0.5, 0.8, 0.81, 0.9)] == [0.4, 0.4, 0.6, 0.6]
    assert made.threshold(0.95) > 1
    assert made.threshold(0.99) == math.inf


def test_it_ships_numbers_that_fit_the_evidence() -> None:
    """Q3: as many as the evidence has values, no scale of zero."""
    found, size = shipped(), len(evidence(0.0).vector())
    assert found.plain is not None
    assert found.titles is not None
    widths = {found: size + len(COMPARED), found.plain: size, found.titles: size}
    for each, width in widths.items():
        assert len(each.mean) == len(each.scale) == len(each.weights) == width
        assert all(scale > 0 for scale in each.scale)
        assert 0 < each.suggest_from < each.threshold(0.9)


def test_the_model_that_can_judges() -> None:
    """Q3: without compared tokens the plain one, titles always by their own."""
    whole, plain = shipped(), evidence(0.5)
    told = (0.0,) * (len(COMPARED) - 5)
    compared = replace(plain, comparison=Comparison(0.0, 0.0, 0.0, 0.0, 0.0, told))
    assert whole.fitting(compared, titles_only=False) is whole
    assert whole.fitting(plain, titles_only=False) is whole.plain
    assert whole.fitting(compared, titles_only=True) is whole.titles
    assert whole.fitting(plain, titles_only=True) is whole.titles
    assert whole.plain is not None
    assert whole.probability(plain) == whole.plain.probability(plain)


def test_it_trusts_a_question_that_is_the_title() -> None:
    """Q3: asked in the title's own words, however near the other articles are."""
    same = replace(NOTHING, title_pair_cover=1.0, asked_title_pair_cover=0.95)
    other = replace(same, title_pair_cover=0.8)
    assert model().probability(same) == SAME_QUESTION
    assert model().probability(other) < SAME_QUESTION


def test_a_large_base_has_thresholds_of_its_own() -> None:
    """Q3: the size of the base must not break the calibration; a small one keeps its own."""
    made = replace(model((0.9, 0.8)), large_thresholds=((0.9, 0.6),), plain=None)
    assert made.in_base_of(LARGE_BASE - 1) is made
    assert made.in_base_of(LARGE_BASE).threshold(0.9) == 0.6
    with_plain = replace(made, plain=made).in_base_of(LARGE_BASE)
    assert with_plain.plain is not None
    assert with_plain.plain.threshold(0.9) == 0.6
    assert model((0.9, 0.8)).in_base_of(LARGE_BASE).threshold(0.9) == 0.8
