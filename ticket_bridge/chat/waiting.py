"""An honest guess of how long a place in the queue takes. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

FEWEST = 5
LONGEST = 60


def expected_minutes(position: int, slots: int, lengths: Sequence[float]) -> int | None:
    """Minutes until place `position` (from 1) is served, rounded up; None when nobody can know.

    `slots` is how many chats the agents on duty take at once, `lengths` the minutes that the
    latest chats took. With fewer than FEWEST of those, or nobody on duty, no number is given.
    """
    if position < 1 or slots < 1 or len(lengths) < FEWEST:
        return None
    guess = math.ceil(position * median(lengths) / slots)
    return min(max(guess, 1), LONGEST)
