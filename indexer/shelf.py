"""Numbers put aside on disk under a key: what is seldom needed again costs no memory.

A private temporary database that disappears with the process; not shared, not locked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Shelf:
    """Arrays of unsigned 32-bit numbers by integer key; callers take turns."""

    def __init__(self) -> None:
        # the empty name is a temporary file that nobody else can open
        self._store = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._store.execute("CREATE TABLE shelf (key INTEGER PRIMARY KEY, numbers BLOB)")
        self._store.execute("PRAGMA journal_mode = OFF")

    def put(self, arrays: Iterable[tuple[int, NDArray[np.uint32]]]) -> None:
        """Keep these arrays, in place of any kept under the same keys."""
        rows = [(key, numbers.tobytes()) for key, numbers in arrays]
        self._store.execute("BEGIN")
        self._store.executemany("INSERT OR REPLACE INTO shelf VALUES (?, ?)", rows)
        self._store.execute("COMMIT")

    def take(self, key: int) -> NDArray[np.uint32]:
        """Give back what was kept under a key, and forget it; empty when there is nothing."""
        row = self._store.execute("SELECT numbers FROM shelf WHERE key = ?", (key,)).fetchone()
        self._store.execute("DELETE FROM shelf WHERE key = ?", (key,))
        return np.frombuffer(row[0] if row else b"", np.uint32)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()
