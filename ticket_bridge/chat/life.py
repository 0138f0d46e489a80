"""The life of a chat: 机器人 → 排队 → 会话中 → 结束. Pure."""

from __future__ import annotations

from models import ChatOutcome, ChatState

STEPS: dict[ChatState, frozenset[ChatState]] = {
    ChatState.ROBOT: frozenset({ChatState.WAITING, ChatState.ACTIVE, ChatState.ENDED}),
    ChatState.WAITING: frozenset({ChatState.ACTIVE, ChatState.ENDED}),
    ChatState.ACTIVE: frozenset({ChatState.WAITING, ChatState.ACTIVE, ChatState.ENDED}),
    ChatState.ENDED: frozenset(),
}
# The endings an agent chooses from.
BY_AGENT = frozenset({ChatOutcome.SOLVED, ChatOutcome.CONTINUED, ChatOutcome.REFUSED})


def may_go(before: ChatState, after: ChatState) -> bool:
    """Whether a chat may go from one state to the other; nothing leads out of the end."""
    return after in STEPS[before]


def robot_speaks(state: ChatState) -> bool:
    """The robot is silent from the moment a person is asked for or steps in."""
    return state is ChatState.ROBOT


def left_by_customer(state: ChatState, solved: bool) -> ChatOutcome:
    """How a chat ended that its customer closed."""
    if state is ChatState.ACTIVE:
        return ChatOutcome.SOLVED if solved else ChatOutcome.CONTINUED
    return ChatOutcome.SELF_SERVED if solved else ChatOutcome.ABANDONED


def leaves_ticket(outcome: ChatOutcome, *, had_agent: bool, can_answer: bool, urgent: bool) -> bool:
    """Whether a ticket keeps what was said: always with an agent, else when one could answer."""
    if outcome in BY_AGENT or outcome is ChatOutcome.LEFT_WORD or had_agent:
        return True
    return outcome is ChatOutcome.ABANDONED and (can_answer or urgent)
