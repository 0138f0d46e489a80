"""Figures by hand: small sets whose numbers can be computed in the head (Q3)."""

from __future__ import annotations

import pytest

from answerer.evaluation import Asked, Judged, answer_figures, search_figures


def asked(gold: str, found: str, took_ms: float = 1.0) -> Asked:
    """Ids are single letters."""
    return Asked(frozenset(gold), tuple(found), took_ms)


def judged(gold: str, shown: str, confidence: float, answered: bool = True) -> Judged:
    """Ids are single letters."""
    return Judged(frozenset(gold), tuple(shown), answered, confidence, 1.0)


def test_it_measures_recall_and_rank() -> None:
    """K1: first, third, missing: 1/3, 2/3, and (1 + 1/3 + 0) / 3."""
    figures = search_figures([asked("a", "abc"), asked("c", "abc"), asked("z", "abc")])
    assert figures["n"] == 3
    assert (figures["recall@1"], figures["recall@3"]) == (0.3333, 0.6667)
    assert figures["mrr@10"] == pytest.approx(4 / 9, abs=1e-4)
    assert figures["zero_results"] == 0.0


def test_it_takes_the_first_of_several_golds() -> None:
    """K1: any right article will do."""
    assert search_figures([asked("bc", "abc")])["mrr@10"] == 0.5


def test_it_gives_no_credit_below_ten() -> None:
    """K1: what stands eleventh was not found."""
    figures = search_figures([asked("k", "abcdefghijk")])
    assert (figures["mrr@10"], figures["recall@10"]) == (0.0, 0.0)


def test_it_leaves_questions_without_an_answer_out_of_recall() -> None:
    """K1: but counts their time."""
    figures = search_figures([asked("a", "a", 10.0), asked("", "abc", 30.0), asked("b", "", 20.0)])
    assert (figures["n"], figures["recall@1"], figures["zero_results"]) == (2, 0.5, 0.5)
    assert (figures["p50_ms"], figures["p95_ms"]) == (20.0, 30.0)


def test_it_measures_answers() -> None:
    """Q3: answered 3 of 4 inside, 1 of 2 outside; 2 of 4 answers right."""
    figures = answer_figures(
        [
            judged("a", "a", 0.95),
            judged("a", "ab", 0.95),
            judged("a", "ba", 0.95),
            judged("a", "xyza", 0.15, answered=False),
            judged("", "a", 0.95),
            judged("", "", 0.05, answered=False),
        ]
    )
    assert (figures["n_in"], figures["n_out"]) == (4, 2)
    assert (figures["answered"], figures["out_answered"]) == (0.75, 0.5)
    assert figures["precision"] == 0.5
    assert figures["shown3"] == 0.75


def test_it_measures_how_honest_the_confidence_is() -> None:
    """Q3: bins of .05, .15 and .95 miss by .05, .15 and .45, weighed 1, 1 and 4 of 6."""
    rows = [judged("a", "a", 0.95)] * 2 + [judged("a", "b", 0.95)] * 2
    rows += [judged("a", "b", 0.15), judged("", "", 0.05)]
    wanted = (0.05 * 1 + 0.15 * 1 + 0.45 * 4) / 6
    assert answer_figures(rows)["ece"] == pytest.approx(wanted, abs=1e-4)


def test_it_counts_a_certainty_in_the_last_bin() -> None:
    """Q3: a confidence of one is sure and right."""
    assert answer_figures([judged("a", "a", 1.0)])["ece"] == 0.0


def test_it_measures_nothing_without_falling_over() -> None:
    """Q3: an empty set is zeros."""
    assert set(search_figures([]).values()) == {0}
    assert set(answer_figures([]).values()) == {0}
