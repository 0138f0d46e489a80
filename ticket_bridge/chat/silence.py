"""Who has been silent for too long in a chat, and what is to be done about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models import ChatState


class Due(StrEnum):
    """What silence asks for."""

    ALARM = "alarm"
    REMIND = "remind"
    CLOSE = "close"
    ABANDON = "abandon"


@dataclass(frozen=True)
class Patience:
    """How many minutes each silence may last."""

    alarm: int = 5
    remind: int = 5
    close: int = 8
    abandon: int = 3
    robot_close: int = 30


@dataclass(frozen=True)
class Moments:
    """When something last happened in a chat; `seen` is the customer's page, not their words."""

    state: ChatState
    customer: datetime | None = None
    agent: datetime | None = None
    accepted: datetime | None = None
    seen: datetime | None = None
    alarmed: datetime | None = None
    reminded: datetime | None = None


def due(moments: Moments, patience: Patience, now: datetime) -> Due | None:
    """The one thing that is due now, if any."""
    if moments.state is ChatState.ACTIVE:
        return _in_talk(moments, patience, now)
    if moments.state is ChatState.WAITING and _longer(moments.seen, patience.abandon, now):
        return Due.ABANDON
    if moments.state is ChatState.ROBOT and _longer(moments.seen, patience.robot_close, now):
        return Due.CLOSE
    return None


def _in_talk(moments: Moments, patience: Patience, now: datetime) -> Due | None:
    heard = moments.customer or moments.accepted
    answered = moments.agent or moments.accepted
    if heard is None or answered is None:
        return None
    if moments.agent is None or heard > answered:
        since = max(heard, moments.accepted or heard)
        waits = moments.alarmed is None and _longer(since, patience.alarm, now)
        return Due.ALARM if waits else None
    if _longer(answered, patience.close, now):
        return Due.CLOSE
    if moments.reminded is None and _longer(answered, patience.remind, now):
        return Due.REMIND
    return None


def _longer(since: datetime | None, minutes: int, now: datetime) -> bool:
    return since is not None and now - since >= timedelta(minutes=minutes)
