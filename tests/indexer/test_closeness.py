"""Late interaction (K1): every token of a question against a passage's nearest token."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from indexer.closeness import closeness

FEW_TOKENS = arrays(np.int8, st.tuples(st.integers(0, 6), st.just(4)), elements=st.integers(1, 9))


def rows(*tokens: tuple[int, ...]) -> np.ndarray:
    """Tokens written out."""
    return np.array(tokens, np.int8)


def test_a_passage_that_has_every_token_is_as_close_as_can_be() -> None:
    """Whatever else it says, and in any order and length."""
    asked = rows((9, 0), (0, 4))
    (found,) = closeness(asked, [rows((0, 100), (5, 5), (60, 0))])
    assert found.mean == pytest.approx(1.0)
    assert found.weak == pytest.approx(1.0)


def test_the_weakest_token_shows_what_the_passage_does_not_say() -> None:
    """Three of four matched: the mean is kind, `weak` is not."""
    asked = rows((9, 0), (9, 0), (9, 0), (0, 9))
    (found,) = closeness(asked, [rows((1, 0))])
    assert found.mean == pytest.approx(0.75)
    assert found.weak == pytest.approx(0.0)


def test_each_passage_is_judged_alone() -> None:
    """Batches are for speed."""
    asked, one, two = rows((9, 1), (1, 9)), rows((3, 1)), rows((1, 3), (2, 2))
    assert closeness(asked, [one, two]) == [*closeness(asked, [one]), *closeness(asked, [two])]


@given(FEW_TOKENS, st.lists(FEW_TOKENS, max_size=4))
def test_any_tokens_give_finite_figures(asked: np.ndarray, passages: list[np.ndarray]) -> None:
    """Nothing asked, nothing said, nothing at all."""
    found = closeness(asked, passages)
    assert len(found) == len(passages)
    assert all(-1.001 <= each.weak <= each.mean + 1e-6 <= 1.002 for each in found)
