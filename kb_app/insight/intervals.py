"""Shares with their uncertainty. Pure; every interval is of 95 % unless said otherwise."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z95 = 1.959963984540054
# A little more than 95 %: Newcombe's interval of 95 % raises 4.4 to 5.3 % false alarms.
Z96 = 2.0537489106318225


@dataclass(frozen=True)
class Share:
    """`part` of `whole` with Wilson's interval; all zero to one when there is no whole."""

    part: int
    whole: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """The difference of two shares and its interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def share(part: int, whole: int, z: float = Z95) -> Share:
    """Wilson's score interval (Wilson 1927)."""
    if whole <= 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    value = part / whole
    middle = (value + z * z / (2 * whole)) / (1 + z * z / whole)
    spread = z * math.sqrt(value * (1 - value) / whole + z * z / (4 * whole * whole))
    spread /= 1 + z * z / whole
    return Share(part, whole, value, max(0.0, middle - spread), min(1.0, middle + spread))


def difference(first: Share, second: Share) -> Difference:
    """First minus second with Newcombe's hybrid score interval (Newcombe 1998, method 10)."""
    value = first.value - second.value
    down = math.hypot(first.value - first.low, second.high - second.value)
    up = math.hypot(first.high - first.value, second.value - second.low)
    return Difference(value, max(-1.0, value - down), min(1.0, value + up))
