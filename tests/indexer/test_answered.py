"""What the engine remembers of its answers, and when it must not (K1, K4)."""

from __future__ import annotations

from indexer.answered import KEPT_SECONDS, MOST_ANSWERS, Answered


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_answers_again_while_nothing_changed() -> None:
    """K1: the same question in the same state costs nothing."""
    snapshot, answered = object(), Answered(Clock())
    answered.put((snapshot,), "密码", "答")
    assert answered.get((snapshot,), "密码", str) == "答"
    assert answered.get((snapshot,), "发票", str) is None


def test_equal_states_are_not_the_same_state() -> None:
    """K4: a rating makes another snapshot, even when it looks the same."""
    one, other = [1], [1]
    answered = Answered(Clock())
    answered.put((one,), "密码", "答")
    assert answered.get((other,), "密码", str) is None
    assert answered.get((one, other), "密码", str) is None


def test_an_answer_of_another_state_forgets_the_old_ones() -> None:
    """K4: coming back to an old state finds nothing that was put before the change."""
    old, new = object(), object()
    answered = Answered(Clock())
    answered.put((old,), "密码", "旧")
    answered.put((new,), "发票", "新")
    assert answered.get((old,), "密码", str) is None
    assert answered.get((new,), "密码", str) is None
    assert answered.get((new,), "发票", str) == "新"


def test_answers_grow_old() -> None:
    """K4: freshness fades with time although nothing is written."""
    clock, state = Clock(), (object(),)
    answered = Answered(clock)
    answered.put(state, "密码", "答")
    clock.now = KEPT_SECONDS + 1
    assert answered.get(state, "密码", str) is None


def test_it_keeps_a_bounded_number() -> None:
    """O1: memory does not grow with the number of different questions."""
    state, answered = (object(),), Answered(Clock())
    for number in range(MOST_ANSWERS + 1):
        answered.put(state, number, "答")
    assert answered.get(state, 0, str) is None
    assert answered.get(state, MOST_ANSWERS, str) == "答"
