"""Time promises: which one a ticket gets, and the clock that runs while somebody works. Pure.

Response is the first 处理中 or staff reply, resolution the last 处理完毕. Only working time
counts, and none while a ticket is paused, ended or hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from models import TicketStatus
from ticket_bridge.calendar import Calendar, whole
from ticket_bridge.lifecycle import ENDED

RUNNING = frozenset({TicketStatus.NEW, TicketStatus.OPEN})
WARN_AT = 75
LOWEST_PRIORITY = 5


class Colour(StrEnum):
    """How a promise stands; `met` and `missed` are final, `standing` is a stopped clock."""

    NONE = "none"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    STANDING = "standing"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True)
class Limit:
    """A rule; None fits everything."""

    limit_id: int
    response_minutes: int
    resolution_minutes: int
    node_id: int | None = None
    group_id: int | None = None
    level_id: int | None = None
    priority: int | None = None
    calendar_id: int | None = None


@dataclass(frozen=True)
class Case:
    """What decides about a promise: `path` leads from the top of the catalogue to the node."""

    path: tuple[int, ...] = ()
    groups: frozenset[int] = frozenset()
    level: int | None = None
    priority: int = 3


@dataclass(frozen=True)
class Clock:
    """Working seconds until `running_since`, and when the two promises were kept."""

    spent: int = 0
    running_since: datetime | None = None
    responded_at: datetime | None = None
    responded_after: int | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """When warnings and breaches come, as long as the clock runs."""

    response_warn: datetime | None = None
    response: datetime | None = None
    resolution_warn: datetime | None = None
    resolution: datetime | None = None

    def following(self, now: datetime) -> datetime | None:
        """The next of these moments after `now`."""
        moments = (self.response_warn, self.response, self.resolution_warn, self.resolution)
        return min((m for m in moments if m is not None and m > now), default=None)


def priority(urgency: int, impact: int) -> int:
    """1 (first) to 5 from urgency × impact, each 1 (high) to 3."""
    return min(max(urgency + impact - 1, 1), LOWEST_PRIORITY)


def fitting(limits: Iterable[Limit], case: Case) -> Limit | None:
    """The most particular rule that fits; of equals the older one."""
    found = [limit for limit in limits if _fits(limit, case)]
    return max(found, key=lambda limit: (*_weight(limit, case), -limit.limit_id), default=None)


def _fits(limit: Limit, case: Case) -> bool:
    return (
        (limit.node_id is None or limit.node_id in case.path)
        and (limit.group_id is None or limit.group_id in case.groups)
        and (limit.level_id is None or limit.level_id == case.level)
        and (limit.priority is None or limit.priority == case.priority)
    )


def _weight(limit: Limit, case: Case) -> tuple[int, int, int, int]:
    depth = case.path.index(limit.node_id) + 1 if limit.node_id in case.path else 0
    customer = (limit.group_id is not None) * 2 + (limit.level_id is not None)
    named = (depth > 0) + (customer > 0) + (limit.priority is not None)
    return (named, customer, depth, limit.priority is not None)


def begin(now: datetime) -> Clock:
    """The clock of a new ticket."""
    return Clock(running_since=whole(now))


def worked(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """Working seconds until now."""
    if clock.running_since is None:
        return clock.spent
    return clock.spent + calendar.between(clock.running_since, now)


def responded(clock: Clock, calendar: Calendar, now: datetime) -> Clock:
    """A person has taken it up; only the first time counts."""
    if clock.responded_at is not None:
        return clock
    now = _not_before(clock, now)
    return replace(clock, responded_at=now, responded_after=worked(clock, calendar, now))


def moved(clock: Clock, calendar: Calendar, status: TicketStatus, now: datetime) -> Clock:
    """The ticket came into a state: the clock runs or stands, a promise is kept or open again."""
    now = _not_before(clock, now)
    if status is TicketStatus.OPEN or status in ENDED:
        clock = responded(clock, calendar, now)
    if status not in RUNNING:
        spent = worked(clock, calendar, now)
        clock = replace(clock, spent=spent, running_since=None)
    elif clock.running_since is None:
        clock = replace(clock, running_since=now)
    if status is TicketStatus.SOLVED:
        resolved: datetime | None = now
    elif status is TicketStatus.CLOSED:
        resolved = clock.resolved_at or now
    else:
        resolved = None
    return replace(clock, resolved_at=resolved)


def replayed(
    calendar: Calendar, begun: datetime, changes: Sequence[tuple[datetime, TicketStatus | None]]
) -> Clock:
    """The clock as the history tells it; None is a first staff reply without a new state.

    Does not use the running clock: the working time of every stretch is summed up anew.
    """
    clock, status, since, spent = Clock(), TicketStatus.NEW, whole(begun), 0
    for at, after in changes:
        now = max(whole(at), since)
        if status in RUNNING:
            spent += calendar.between(since, now)
        takes_up = after is None or after is TicketStatus.OPEN or after in ENDED
        if takes_up and clock.responded_at is None:
            clock = replace(clock, responded_at=now, responded_after=spent)
        since, status = now, after or status
        ended = after is TicketStatus.SOLVED or (
            after is TicketStatus.CLOSED and clock.resolved_at is None
        )
        if ended:
            clock = replace(clock, resolved_at=now)
        elif after is not None and after not in ENDED:
            clock = replace(clock, resolved_at=None)
    running = since if status in RUNNING else None
    return replace(clock, spent=spent, running_since=running)


def due(clock: Clock, calendar: Calendar, limit: Limit) -> Due:
    """The moments ahead; none of a promise that is kept, and none while the clock stands."""
    if clock.running_since is None:
        return Due()
    response, resolution = limit.response_minutes * 60, limit.resolution_minutes * 60

    def at(seconds: int) -> datetime:
        assert clock.running_since is not None  # noqa: S101  said above; for the types
        return calendar.after(clock.running_since, seconds - clock.spent)

    open_response = clock.responded_at is None
    return Due(
        at(response * WARN_AT // 100) if open_response else None,
        at(response) if open_response else None,
        at(resolution * WARN_AT // 100),
        at(resolution),
    )


def colour(
    kept_after: int | None, minutes: int, moments: Sequence[datetime | None], now: datetime
) -> Colour:
    """The colour of one promise: how it was kept, or how near (warning, breach) it is."""
    if kept_after is not None:
        return Colour.MET if kept_after <= minutes * 60 else Colour.MISSED
    warning, breach = moments
    if warning is None or breach is None:
        return Colour.STANDING
    if now >= breach:
        return Colour.RED
    return Colour.AMBER if now >= warning else Colour.GREEN


def _not_before(clock: Clock, now: datetime) -> datetime:
    """A clock that was set back does not give time back."""
    known = [m for m in (clock.running_since, clock.responded_at) if m is not None]
    return max([whole(now), *known])
