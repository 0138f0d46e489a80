"""Counting units of text exactly, and measuring how far Latin words are apart (K1 K11)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.counts import CHAR, Counts, Layered, folded, units_of
from indexer.letters import distance

UNITS = st.lists(
    st.lists(st.integers(1, 2**32 - 1), max_size=8, unique=True).map(
        lambda found: np.array(sorted(found), np.uint32)
    ),
    max_size=6,
)


@given(added=UNITS, kept=UNITS)
def test_what_is_taken_out_leaves_no_trace(added: list[np.ndarray], kept: list[np.ndarray]) -> None:
    """K11: counts after adding and removing are those of never having added."""
    both = Layered(Counts(), Counts()).changed([*added, *kept], []).changed([], added)
    alone = Layered(Counts(), Counts()).changed(kept, [])
    asked = np.concatenate([*added, *kept, np.array([7], np.uint32)])
    assert (both.of(asked) == alone.of(asked)).all()
    assert (both.held(0, 2**32 - 1) == alone.held(0, 2**32 - 1)).all()


def test_units_are_characters_and_pairs_within_a_run() -> None:
    """K1: full width and traditional forms count as the usual ones."""
    units = set(units_of(folded("密碼，ＡＢ重")).tolist())
    pair = ord("密") << 16 | ord("码")
    assert units == {pair, *(CHAR | ord(char) for char in "密码重")}


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("bluetooth", "bluetooth", 0),
        ("blutooth", "bluetooth", 1),
        ("bleutooth", "bluetooth", 1),
        ("blutoth", "bluetooth", 2),
        ("router", "bluetooth", 3),
        ("", "ab", 2),
    ],
)
def test_it_counts_edits_and_stops_early(one: str, other: str, steps: int) -> None:
    """K1: missing, added, changed and swapped letters."""
    assert distance(one, other, 2) == steps
