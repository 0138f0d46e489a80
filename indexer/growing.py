"""Arrays that only grow at their end, shared by all snapshots of one base.

A snapshot sees the first rows and nobody changes those; adding rows behind them copies
nothing, unless the store is full or rows were already added behind the same ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SPARE = 8  # a full store grows by an eighth


class Growing:
    """One such array; rows are added by one thread at a time, seen by any."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self._store = rows
        self._used = len(rows)

    def first(self, count: int) -> NDArray[Any]:
        """The first `count` rows."""
        return self._store[:count]

    def plus(self, count: int, rows: NDArray[Any]) -> NDArray[Any]:
        """The first `count` rows and these behind them."""
        total = count + len(rows)
        if count != self._used or total > len(self._store):
            store = np.empty((total + total // SPARE, *self._store.shape[1:]), self._store.dtype)
            store[:count] = self._store[:count]
            self._store = store
        self._store[count:total] = rows
        self._used = total
        return self._store[:total]


class ByNumber:
    """Values of things numbered by a database, looked up many at a time; 0 when unknown."""

    def __init__(self, width: int) -> None:
        self._values = np.zeros((0, width))

    def put(self, number: int, *values: float) -> None:
        """Remember the values of one."""
        if number >= len(self._values):
            grown = np.zeros((number + 1 + number // SPARE, self._values.shape[1]))
            grown[: len(self._values)] = self._values
            self._values = grown
        self._values[number] = values

    def of(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """[numbers, width]: their values."""
        found = np.zeros((numbers.size, self._values.shape[1]))
        known = numbers < len(self._values)
        found[known] = self._values[numbers[known]]
        return found
