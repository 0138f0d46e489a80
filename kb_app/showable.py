"""What staff may see of what people typed: never private data, never an odd number. Pure.

A text of one person alone also loses every longer number (orders, accounts, rooms).
"""

from __future__ import annotations

import re

from answerer.redact import redact

SEVERAL = 2
LONGEST = 200
NUMBER_MASK = "［数字］"
_NUMBER = re.compile(r"[A-Za-z]{0,4}[\-_]?\d(?:[\d\-]{3,}\d)")


def showable(text: str, people: int) -> str:
    """The text masked as its number of different people demands, on one line."""
    masked = redact(" ".join(text.split())).text
    if people < SEVERAL:
        masked = _NUMBER.sub(NUMBER_MASK, masked)
    return masked if len(masked) <= LONGEST else masked[: LONGEST - 1] + "…"
