"""A question's stored text: what was asked first, and every follow-up after a mark.

The parts of a message are cut anew whenever they are needed; only the text is stored.
"""

from __future__ import annotations

from dataclasses import dataclass

from answerer.splitting import Part, split

FOLLOW_UP = "\n\n» "
MOST_FOLLOW_UPS = 8


@dataclass(frozen=True)
class Asked:
    """One thing that was asked: a part of the first message, or a follow-up."""

    part: Part
    follow_up: bool


def said(text: str) -> tuple[str, ...]:
    """The first message, then the follow-ups, oldest first."""
    return tuple(text.split(FOLLOW_UP))


def with_follow_up(text: str, more: str) -> str:
    """The text with one follow-up more."""
    return f"{text}{FOLLOW_UP}{more.replace(FOLLOW_UP, ' ')}"


def asked(text: str) -> tuple[Asked, ...]:
    """Everything asked, in its order."""
    first, *more = said(text)
    parts = (Asked(part, follow_up=False) for part in split(first))
    return (*parts, *(Asked(Part(each), follow_up=True) for each in more))
