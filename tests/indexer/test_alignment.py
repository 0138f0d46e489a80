"""Tokens beside their nearest on the other side (Q3)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.alignment import TOLD, align, told_apart
from indexer.encoder import Tokens


def tokens(*rows: tuple[int, int]) -> Tokens:
    """Token vectors of two dimensions."""
    return np.array(rows, np.int8).reshape(-1, 2)


EAST, NORTH, NORTH_EAST = (100, 0), (0, 100), (70, 70)


def told(*texts: tuple[Tokens, Tokens], asked: Tokens) -> dict[str, float]:
    """What the tokens say for the first of (title, passage) pairs, by name."""
    found = [align(asked, title, passage) for title, passage in texts]
    return dict(zip(TOLD, told_apart(found), strict=True))


def test_it_puts_each_token_beside_its_nearest() -> None:
    """Q3: of the passage and of the title; the title's tokens beside those of the question."""
    found = align(tokens(EAST), tokens(NORTH_EAST), tokens(NORTH, EAST))
    assert found.of_passage == pytest.approx(np.array([[1.0, 0.0]]))
    assert found.near_title == pytest.approx(np.array([0.7071]), abs=1e-3)
    assert found.near_asked == pytest.approx(np.array([0.7071]), abs=1e-3)


def test_a_word_only_the_rival_has_speaks_against_the_first() -> None:
    """Q3: what the first lacks and the second says is lost; the other way round it is won."""
    both, one = tokens(EAST, NORTH), tokens(EAST)
    first_lacks = told((one, one), (both, both), asked=both)
    first_has = told((both, both), (one, one), asked=both)
    assert first_lacks["lost_most"] == pytest.approx(1.0, abs=1e-3)
    assert first_lacks["won"] == pytest.approx(0.0, abs=1e-3)
    assert first_has["won_most"] == pytest.approx(1.0, abs=1e-3)
    assert first_has["lost"] == pytest.approx(0.0, abs=1e-3)


def test_a_title_that_says_more_than_was_asked_is_told() -> None:
    """Q3: the title's own word that nobody asked for."""
    more = told((tokens(EAST, NORTH), tokens(EAST)), asked=tokens(EAST))
    assert more["back_least"] == pytest.approx(0.0, abs=1e-3)
    assert more["title_near"] == pytest.approx(1.0, abs=1e-3)


some = st.lists(st.tuples(st.integers(-127, 127), st.integers(-127, 127)), max_size=200).map(
    lambda rows: tokens(*rows)
)


@settings(max_examples=60)
@given(some, st.lists(st.tuples(some, some), min_size=1, max_size=9))
def test_it_is_finite_for_any_texts(asked: Tokens, texts: list[tuple[Tokens, Tokens]]) -> None:
    """Q3: empty, long or all zeros."""
    found = [align(asked, title, passage) for title, passage in texts]
    said = told_apart(found)
    assert len(said) == len(TOLD)
    assert np.isfinite(said).all()
