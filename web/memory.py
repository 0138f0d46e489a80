"""Memory that Python has freed goes back to the system; without this the C library keeps it.

Start-up and bulk work leave a hundred megabytes of freed blocks behind. glibc only; elsewhere
nothing happens.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading

EVERY_SECONDS = 60.0


def give_back() -> bool:
    """Hand freed blocks back now; whether there were any, or this is possible at all."""
    if not sys.platform.startswith("linux"):
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim(0)) if trim is not None else False


def settle() -> None:
    """What start-up made stays for ever: no later collection looks through it again."""
    gc.collect()
    gc.freeze()


def keep_giving_back(stop: threading.Event, every: float = EVERY_SECONDS) -> None:
    """Hand freed blocks back now and then, until told to stop."""
    while not stop.wait(every):
        give_back()
