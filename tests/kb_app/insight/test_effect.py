"""Deflection is measured, not claimed (Q2 T10): the statistics hold what they promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from kb_app.insight.comparison import Outcome, endings
from kb_app.insight.effect import Group, effect
from kb_app.insight.intervals import share

RUNS = 4_000
JOINED = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("held", "shown", "rate"), [(100, 1900, 0.25), (200, 3800, 0.4)])
def test_it_raises_at_most_one_false_alarm_in_twenty(held: int, shown: int, rate: float) -> None:
    """Q2: A/A, nothing differs between the groups."""
    chance = np.random.default_rng(11)
    pairs = zip(chance.binomial(held, rate, RUNS), chance.binomial(shown, rate, RUNS), strict=True)
    alarms = sum(
        effect(Group(held, int(a), 0), Group(shown, int(b), 0)).saved.is_clear for a, b in pairs
    )
    assert alarms / RUNS <= 0.05


@pytest.mark.parametrize(("held", "shown", "rate"), [(100, 1900, 0.25), (200, 3800, 0.4)])
def test_it_has_a_planted_effect_inside_its_interval(held: int, shown: int, rate: float) -> None:
    """Q2: twelve points fewer tickets lie in the interval in at least 93 % of simulations."""
    chance = np.random.default_rng(12)
    pairs = zip(
        chance.binomial(held, rate, RUNS), chance.binomial(shown, rate - 0.12, RUNS), strict=True
    )
    inside = 0
    for a, b in pairs:
        saved = effect(Group(held, int(a), 0), Group(shown, int(b), 0)).saved
        inside += saved.low <= 0.12 <= saved.high
    assert inside / RUNS >= 0.93


def test_it_claims_nothing_below_the_minimum() -> None:
    """T10: too few people is said, however large the difference."""
    assert not effect(Group(99, 90, 0), Group(5_000, 0, 0)).enough
    assert effect(Group(100, 50, 10), Group(5_000, 1_000, 0)).enough


def test_it_does_not_call_silence_solved() -> None:
    """Q2: who leaves without a word is counted apart."""
    group = Group(10, 3, 2)
    assert (group.abandoned, group.solved_share.part) == (5, 2)


def test_it_counts_only_the_seven_days_after_joining() -> None:
    joined = dict.fromkeys("abcd", JOINED)
    week = timedelta(days=7)
    found = endings(
        joined,
        [
            Outcome("a", JOINED + timedelta(days=1), is_ticket=False),
            Outcome("a", JOINED + timedelta(days=3), is_ticket=True),
            Outcome("b", JOINED + week + timedelta(seconds=1), is_ticket=True),
            Outcome("c", JOINED - timedelta(seconds=1), is_ticket=True),
            Outcome("d", JOINED + week, is_ticket=False),
            Outcome("stranger", JOINED, is_ticket=True),
        ],
    )
    assert found == {"a": "ticket", "b": "", "c": "", "d": "solved"}


def test_it_gives_wilsons_interval() -> None:
    """T10: the known values for 8 of 10 (Wilson 1927)."""
    found = share(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)
