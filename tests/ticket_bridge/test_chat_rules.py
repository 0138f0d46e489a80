"""The chat's pure rules: its life, silence, waiting (C2 C5 C6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ChatOutcome, ChatState
from ticket_bridge.chat.life import leaves_ticket, left_by_customer, may_go, robot_speaks
from ticket_bridge.chat.silence import Due, Moments, Patience, due
from ticket_bridge.chat.waiting import LONGEST, expected_minutes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


@given(st.sampled_from(ChatState))
def test_it_never_leaves_the_end(after: ChatState) -> None:
    """C6: an ended chat stays ended."""
    assert not may_go(ChatState.ENDED, after)


def test_it_lets_the_robot_speak_only_while_it_has_the_word() -> None:
    """C1: not while waiting for a person, not beside one."""
    assert [state for state in ChatState if robot_speaks(state)] == [ChatState.ROBOT]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        (Moments(ChatState.ACTIVE, customer=ago(4.9), accepted=ago(9)), None),
        (Moments(ChatState.ACTIVE, customer=ago(5), accepted=ago(9)), Due.ALARM),
        (Moments(ChatState.ACTIVE, customer=ago(9), accepted=ago(9), alarmed=ago(4)), None),
        (Moments(ChatState.ACTIVE, customer=ago(9), agent=ago(5), accepted=ago(9)), Due.REMIND),
        (
            Moments(ChatState.ACTIVE, ago(9), ago(7), ago(9), reminded=ago(2)),
            None,
        ),
        (Moments(ChatState.ACTIVE, ago(9), ago(8), ago(9), reminded=ago(3)), Due.CLOSE),
        (Moments(ChatState.WAITING, customer=ago(60), seen=ago(1)), None),
        (Moments(ChatState.WAITING, customer=ago(60), seen=ago(3)), Due.ABANDON),
        (Moments(ChatState.ROBOT, customer=ago(60), seen=ago(31)), Due.CLOSE),
        (Moments(ChatState.ENDED, customer=ago(60), seen=ago(60)), None),
    ],
)
def test_it_knows_what_silence_asks_for(moments: Moments, expected: Due | None) -> None:
    """C5: 5 minutes alarm and reminder, 8 close, 3 away from the queue."""
    assert due(moments, Patience(), NOW) is expected


def test_it_keeps_a_ticket_where_an_answer_is_owed() -> None:
    """C6: with an agent always; without one when it can be answered, or is urgent."""
    abandoned = ChatOutcome.ABANDONED
    assert leaves_ticket(ChatOutcome.QUIET, had_agent=True, can_answer=False, urgent=False)
    assert leaves_ticket(abandoned, had_agent=False, can_answer=True, urgent=False)
    assert leaves_ticket(abandoned, had_agent=False, can_answer=False, urgent=True)
    assert not leaves_ticket(abandoned, had_agent=False, can_answer=False, urgent=False)
    robot = ChatOutcome.SELF_SERVED
    assert not leaves_ticket(robot, had_agent=False, can_answer=True, urgent=False)


def test_it_says_how_a_customers_leaving_counts() -> None:
    """C6: 没解决 with an agent goes on as a ticket."""
    assert left_by_customer(ChatState.ACTIVE, solved=False) is ChatOutcome.CONTINUED
    assert left_by_customer(ChatState.ROBOT, solved=True) is ChatOutcome.SELF_SERVED
    assert left_by_customer(ChatState.WAITING, solved=False) is ChatOutcome.ABANDONED


def test_it_gives_no_number_nobody_can_know() -> None:
    """C2: too few chats so far, or nobody on duty."""
    assert expected_minutes(1, 5, [4.0] * 4) is None
    assert expected_minutes(1, 0, [4.0] * 9) is None
    assert expected_minutes(3, 2, [4.0] * 9) == 6


@given(
    st.integers(1, 500), st.integers(1, 100), st.lists(st.floats(0.1, 600), min_size=5, max_size=50)
)
def test_it_guesses_longer_for_later_places(
    position: int, slots: int, lengths: list[float]
) -> None:
    """C2: a whole number of minutes in bounds, never less for who stands behind."""
    first = expected_minutes(position, slots, lengths)
    behind = expected_minutes(position + 1, slots, lengths)
    assert first is not None
    assert behind is not None
    assert 1 <= first <= behind <= LONGEST
