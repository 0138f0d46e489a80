"""The life of a ticket is a table, and nothing leaves it (T1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Standing, TicketStatus
from ticket_bridge.lifecycle import (
    HIDDEN,
    KEEP_HIDDEN,
    MOVES,
    Life,
    after_customer_reply,
    after_staff_reply,
    hide,
    is_forgotten,
    may_hide,
    may_move,
    restore,
    standing,
    way,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ACTIONS = ("staff", "customer", "restore", *TicketStatus)


def step(life: Life, action: str) -> Life:
    """What the product does with a ticket: a reply, or a move where the table has one."""
    status = life.status
    if action == "restore":
        return restore(life)
    if action == "staff":
        return replace(life, status=after_staff_reply(status))
    if action == "customer":
        return replace(life, status=after_customer_reply(status))
    wanted = TicketStatus(action)
    if wanted in HIDDEN:
        return hide(life, wanted, NOW) if may_hide(status, wanted) else life
    return replace(life, status=wanted) if may_move(status, wanted) else life


@given(st.lists(st.sampled_from(ACTIONS), max_size=40))
def test_it_never_leaves_the_table(walk: list[str]) -> None:
    """T1: whatever happens in whatever order, every change is a defined move."""
    life, seen_last = Life(TicketStatus.NEW), TicketStatus.NEW
    for action in walk:
        before, life = life, step(life, action)
        hidden = life.status in HIDDEN
        came_back = before.status in HIDDEN and not hidden
        if not hidden and not came_back and life.status is not before.status:
            assert may_move(before.status, life.status)
        if came_back:
            assert action == "restore"
            assert life == Life(seen_last)
        assert hidden is (life.hidden_from is not None) is (life.hidden_at is not None)
        assert life.hidden_from not in HIDDEN
        if not hidden:
            seen_last = life.status


def test_it_reaches_every_state() -> None:
    """T1: no state is for show, and from everywhere a ticket can end and wake again."""
    for start in set(TicketStatus) - HIDDEN:
        reached, edge = {Life(start)}, {Life(start)}
        while edge:
            edge = {step(life, action) for life in edge for action in ACTIONS} - reached
            reached |= edge
        assert {life.status for life in reached} >= set(TicketStatus) - {TicketStatus.NEW}
    assert set(MOVES) == set(TicketStatus)


def test_it_keeps_what_is_hidden_for_thirty_days() -> None:
    """T1: quarantine and bin give a ticket back for thirty days, and not a moment longer."""
    life = hide(Life(TicketStatus.PAUSED), TicketStatus.QUARANTINED, NOW)
    life = hide(life, TicketStatus.DELETED, NOW + timedelta(days=1))
    assert restore(life).status is TicketStatus.PAUSED
    end = NOW + timedelta(days=1) + KEEP_HIDDEN
    assert not is_forgotten(life, end - timedelta(seconds=1))
    assert is_forgotten(life, end)
    with pytest.raises(ValueError, match="deleted"):
        hide(life, TicketStatus.QUARANTINED, NOW)


@pytest.mark.parametrize(
    ("status", "waits", "danger", "expected"),
    [
        (TicketStatus.NEW, False, False, Standing.WAITING),
        (TicketStatus.OPEN, True, True, Standing.DANGER),
        (TicketStatus.OPEN, False, True, Standing.ANSWERED),
        (TicketStatus.SOLVED, True, True, Standing.ENDED),
        (TicketStatus.DELETED, True, True, Standing.HIDDEN),
    ],
)
def test_it_knows_where_a_ticket_stands(
    status: TicketStatus, waits: bool, danger: bool, expected: Standing
) -> None:
    """T4: danger first, then who waits for us, then who we wait for."""
    assert standing(status, waits=waits, danger=danger) is expected


@pytest.mark.parametrize("status", TicketStatus)
def test_it_offers_no_move_to_where_it_stands(status: TicketStatus) -> None:
    """T1: standing still is no move, and nothing becomes new again."""
    assert status not in MOVES[status]
    assert TicketStatus.NEW not in MOVES[status]
    assert len(set(MOVES[status])) == len(MOVES[status])


@pytest.mark.parametrize("status", TicketStatus)
def test_it_wakes_for_a_customer_and_not_for_staff(status: TicketStatus) -> None:
    """T1: a customer's word opens what rested; a colleague's afterword does not."""
    new = status is TicketStatus.NEW
    stays = new or status in HIDDEN
    assert after_customer_reply(status) is (status if stays else TicketStatus.OPEN)
    assert after_staff_reply(status) is (TicketStatus.OPEN if new else status)


@given(st.sampled_from(TicketStatus), st.sampled_from(TicketStatus))
def test_a_way_is_made_of_moves_and_is_there_unless_something_hides(
    before: TicketStatus, after: TicketStatus
) -> None:
    """T1 X5: another system's state is reached step by step, never past the table."""
    steps = (before, *way(before, after))
    assert all(may_move(here, there) for here, there in pairwise(steps))
    reachable = before not in HIDDEN | {after} and after not in HIDDEN | {TicketStatus.NEW}
    assert (steps[-1] is after) == (reachable or before is after)
