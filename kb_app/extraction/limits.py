"""How much one file may cost, and the ways in which reading it can end early.

Shared by both sides of the sandbox; imports nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why a file could not be read."""

    BROKEN = "broken"
    ENCRYPTED = "encrypted"
    BOMB = "bomb"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    MISSING = "missing"


class Skip(StrEnum):
    """Why nothing was looked for in a file."""

    PICTURE = "picture"
    LEGACY = "legacy"
    OTHER = "other"


class Refused(Exception):
    """The file is not read any further; nothing of it is kept."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class NotText(Exception):
    """The file is of a kind that holds no text."""

    def __init__(self, skip: Skip) -> None:
        super().__init__(skip.value)
        self.skip = skip


class Enough(Exception):
    """As much text was read as is kept; what was read so far is good."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one reading; times in seconds, `inflated` and `member` in bytes.

    `soft_seconds` ends a long but honest file with what was read by then; `seconds` of
    clock or processor time kill the child.
    """

    seconds: float = 40.0
    soft_seconds: float = 25.0
    memory_mb: int = 1024
    chars: int = 2_000_000
    places: int = 5_000
    inflated: int = 400_000_000
    member: int = 60_000_000
    ratio: int = 300
    members: int = 20_000
    depth: int = 2
    pixels: int = 60_000_000
