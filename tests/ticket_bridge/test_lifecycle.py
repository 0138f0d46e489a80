"""The life of a ticket is a table, and nothing leaves it (T1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import TicketStatus
from ticket_bridge.lifecycle import (
    ENDED,
    MOVES,
    after_customer_reply,
    after_staff_reply,
    may_move,
)

ACTIONS = ("staff", "customer", *TicketStatus)


def step(status: TicketStatus, action: str) -> TicketStatus:
    """What the product does with a ticket: a reply, or a move where the table has one."""
    if action == "staff":
        return after_staff_reply(status)
    if action == "customer":
        return after_customer_reply(status)
    wanted = TicketStatus(action)
    return wanted if may_move(status, wanted) else status


@given(st.lists(st.sampled_from(ACTIONS), max_size=40))
def test_it_never_leaves_the_table(walk: list[str]) -> None:
    """T1: whatever happens in whatever order, every change is a defined move."""
    status = TicketStatus.NEW
    for action in walk:
        after = step(status, action)
        assert after is status or may_move(status, after)
        assert after is not TicketStatus.NEW or status is TicketStatus.NEW
        assert not (action == "customer" and after in ENDED)
        status = after


def test_it_reaches_every_state() -> None:
    """T1: no state is for show, and from everywhere a ticket can end and wake again."""
    for start in TicketStatus:
        reached, edge = {start}, {start}
        while edge:
            edge = {step(s, action) for s in edge for action in ACTIONS} - reached
            reached |= edge
        assert reached >= set(TicketStatus) - {TicketStatus.NEW}
    assert set(MOVES) == set(TicketStatus)


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
    assert after_customer_reply(status) is (TicketStatus.NEW if new else TicketStatus.OPEN)
    assert after_staff_reply(status) is (TicketStatus.OPEN if new else status)
