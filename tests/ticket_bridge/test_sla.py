"""The clock runs while somebody works on it, and tells the same as the history (T5, Q6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import TicketStatus
from tests.ticket_bridge.test_calendar import WORK, at
from ticket_bridge import sla
from ticket_bridge.lifecycle import HIDDEN, may_move
from ticket_bridge.sla import Case, Colour, Limit, fitting, priority

LIMIT = Limit(1, response_minutes=60, resolution_minutes=480)
BEGUN = datetime(2026, 2, 10, 1, tzinfo=UTC)
VISIBLE = [status for status in TicketStatus if status not in HIDDEN]
STEPS = st.lists(
    st.tuples(st.integers(0, 400_000), st.one_of(st.none(), st.sampled_from(VISIBLE))),
    max_size=25,
)


@given(STEPS)
def test_it_runs_as_the_history_tells(steps: list[tuple[int, TicketStatus | None]]) -> None:
    """T5: recomputing from the history gives the running clock, to the second."""
    now, status, clock = BEGUN, TicketStatus.NEW, sla.begin(BEGUN)
    history: list[tuple[datetime, TicketStatus | None]] = []
    for wait, wanted in steps:
        now += timedelta(seconds=wait)
        if wanted is None:
            clock = sla.responded(clock, WORK, now)
        elif may_move(status, wanted):
            clock, status = sla.moved(clock, WORK, wanted, now), wanted
        else:
            continue
        history.append((now, wanted))
    told, end = sla.replayed(WORK, BEGUN, history), now + timedelta(days=3)
    assert sla.worked(told, WORK, end) == sla.worked(clock, WORK, end)
    assert (told.responded_at, told.responded_after) == (clock.responded_at, clock.responded_after)
    assert told.resolved_at == clock.resolved_at
    assert (told.running_since is None) == (clock.running_since is None)
    ahead = [sla.due(each, WORK, LIMIT).following(now) for each in (told, clock)]
    assert ahead[0] == ahead[1]


@given(STEPS, st.lists(st.integers(-500_000, 500_000), min_size=25, max_size=25))
def test_it_bears_a_clock_that_jumps(
    steps: list[tuple[int, TicketStatus | None]], jumps: list[int]
) -> None:
    """T5: a clock set back neither gives time back nor makes a promise younger."""
    clock, spent, now = sla.begin(BEGUN), 0, BEGUN
    for (_wait, status), jump in zip(steps, jumps, strict=False):
        now += timedelta(seconds=jump)
        if status is not None:
            clock = sla.moved(clock, WORK, status, now)
        assert clock.spent >= spent
        spent = clock.spent


def test_it_stands_while_paused_and_after_hours() -> None:
    """T5: 30 minutes before the pause and 30 after it make one hour."""
    clock = sla.begin(at("2026-11-23 09:00"))
    clock = sla.moved(clock, WORK, TicketStatus.OPEN, at("2026-11-23 09:10"))
    clock = sla.moved(clock, WORK, TicketStatus.PAUSED, at("2026-11-23 09:30"))
    assert sla.due(clock, WORK, LIMIT).resolution is None
    clock = sla.moved(clock, WORK, TicketStatus.OPEN, at("2026-11-24 17:30"))
    assert sla.worked(clock, WORK, at("2026-11-25 08:00")) == 3600
    assert clock.responded_after == 600


def test_it_measures_until_the_last_solution() -> None:
    """T5: what was opened again is solved when it is solved for the last time."""
    clock = sla.begin(at("2026-11-23 09:00"))
    clock = sla.moved(clock, WORK, TicketStatus.SOLVED, at("2026-11-23 10:00"))
    clock = sla.moved(clock, WORK, TicketStatus.OPEN, at("2026-11-23 15:00"))
    assert clock.resolved_at is None
    clock = sla.moved(clock, WORK, TicketStatus.SOLVED, at("2026-11-23 16:00"))
    clock = sla.moved(clock, WORK, TicketStatus.CLOSED, at("2026-11-26 16:00"))
    assert clock.resolved_at == at("2026-11-23 16:00")
    assert clock.spent == 2 * 3600


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 09:44", Colour.GREEN),
        ("2026-11-23 09:45", Colour.AMBER),
        ("2026-11-23 10:00", Colour.RED),
    ],
)
def test_it_turns_at_three_quarters_and_at_the_end(moment: str, expected: Colour) -> None:
    """T5: colour at 75 % and 100 %."""
    due = sla.due(sla.begin(at("2026-11-23 09:00")), WORK, LIMIT)
    moments = (due.response_warn, due.response)
    assert sla.colour(None, 60, moments, at(moment)) is expected


def test_it_says_whether_a_promise_was_kept() -> None:
    """T5: kept to the second, missed by one, and standing when the clock does."""
    assert sla.colour(3600, 60, (None, None), BEGUN) is Colour.MET
    assert sla.colour(3601, 60, (None, None), BEGUN) is Colour.MISSED
    assert sla.colour(None, 60, (None, None), BEGUN) is Colour.STANDING


def test_it_makes_five_priorities_of_urgency_and_impact() -> None:
    """T5: urgency × impact → 5 levels, each reached."""
    assert {priority(u, i) for u in (1, 2, 3) for i in (1, 2, 3)} == {1, 2, 3, 4, 5}
    assert priority(1, 1) == 1
    assert priority(3, 3) == 5


def test_it_takes_the_most_particular_promise() -> None:
    """Q6 T5: customer × catalogue × priority; the more a rule names, the more it counts."""
    every = Limit(1, 480, 2400)
    gold = Limit(2, 240, 960, level_id=7)
    gold_urgent = Limit(3, 30, 240, level_id=7, priority=1)
    lock = Limit(4, 120, 480, node_id=10)
    deeper = Limit(5, 60, 480, node_id=12)
    group = Limit(6, 10, 60, group_id=3, node_id=10)
    limits = (every, gold, gold_urgent, lock, deeper, group)

    def found(case: Case) -> int:
        chosen = fitting(limits, case)
        assert chosen is not None
        return chosen.limit_id

    assert found(Case()) == 1
    assert found(Case(level=7)) == 2
    assert found(Case(level=7, priority=1)) == 3
    assert found(Case(path=(10, 11))) == 4
    assert found(Case(path=(10, 12))) == 5
    assert found(Case(path=(10, 12), groups=frozenset({3}))) == 6
    assert fitting((gold,), Case()) is None
