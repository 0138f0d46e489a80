"""What may be asked of tickets: measures, dimensions, filters. Nothing outside it reaches SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from kb_app.insight.period import Period
from kb_app.reports import moments
from kb_app.reports.moments import seconds_of
from models import Ticket, TicketClock, TicketEvent, TicketStatus
from ticket_bridge.lifecycle import ENDED, HIDDEN

SATISFIED = 4
SMALL = 10


class Measure(StrEnum):
    """What is counted or timed."""

    TICKETS = "tickets"
    SOLVED = "solved"
    OPEN = "open"
    FIRST_REPLY = "first_reply"
    RESOLUTION = "resolution"
    REOPENED = "reopened"
    RATING = "rating"
    SATISFIED = "satisfied"
    RATED = "rated"
    RESPONSE_KEPT = "response_kept"
    RESOLUTION_KEPT = "resolution_kept"


class Dimension(StrEnum):
    """By what."""

    NONE = "none"
    TEAM = "team"
    AGENT = "agent"
    NODE = "node"
    CATEGORY = "category"
    PRODUCT = "product"
    CHANNEL = "channel"
    PRIORITY = "priority"
    STATUS = "status"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"


class Sort(StrEnum):
    """What a measure's number is."""

    COUNT = "count"
    SHARE = "share"
    TIME = "time"
    MEAN = "mean"


SORTS = {
    Measure.TICKETS: Sort.COUNT,
    Measure.SOLVED: Sort.COUNT,
    Measure.OPEN: Sort.COUNT,
    Measure.FIRST_REPLY: Sort.TIME,
    Measure.RESOLUTION: Sort.TIME,
    Measure.REOPENED: Sort.SHARE,
    Measure.RATING: Sort.MEAN,
    Measure.SATISFIED: Sort.SHARE,
    Measure.RATED: Sort.SHARE,
    Measure.RESPONSE_KEPT: Sort.SHARE,
    Measure.RESOLUTION_KEPT: Sort.SHARE,
}
IN_TIME_ORDER = frozenset(
    {Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY, Dimension.HOUR}
)
COLUMNS = {
    Dimension.TEAM: Ticket.team_id,
    Dimension.AGENT: Ticket.assignee_id,
    Dimension.NODE: Ticket.node_id,
    Dimension.CATEGORY: Ticket.category_id,
    Dimension.PRODUCT: Ticket.product_id,
    Dimension.CHANNEL: Ticket.channel,
    Dimension.PRIORITY: Ticket.priority,
    Dimension.STATUS: Ticket.status,
}
LOCAL = {
    Dimension.DAY: moments.local_day,
    Dimension.WEEK: moments.local_week,
    Dimension.MONTH: moments.local_month,
    Dimension.WEEKDAY: moments.local_weekday,
    Dimension.HOUR: moments.local_hour,
}


@dataclass(frozen=True)
class Narrowed:
    """Which tickets; None is every one."""

    team_id: int | None = None
    agent_id: int | None = None
    node_ids: frozenset[int] | None = None
    category_ids: frozenset[int] | None = None
    channel: str = ""
    priority: int | None = None


def key_of(dimension: Dimension, period: Period) -> sa.ColumnElement[Any]:
    """By what rows are made, in SQL."""
    if dimension is Dimension.NONE:
        return sa.literal(0)
    if dimension in LOCAL:
        return LOCAL[dimension](Ticket.created_at, period)
    return sa.type_coerce(COLUMNS[dimension], COLUMNS[dimension].type)


def counted(period: Period | None, narrowed: Narrowed) -> list[sa.ColumnElement[bool]]:
    """The tickets of a report: opened in the period, not hidden, not merged into another."""
    rules: list[sa.ColumnElement[bool]] = [
        Ticket.status.not_in(sorted(HIDDEN)),
        Ticket.merged_into_id.is_(None),
    ]
    if period is not None:
        rules += [Ticket.created_at >= period.start, Ticket.created_at < period.end]
    equals = (
        (Ticket.team_id, narrowed.team_id),
        (Ticket.assignee_id, narrowed.agent_id),
        (Ticket.channel, narrowed.channel or None),
        (Ticket.priority, narrowed.priority),
    )
    rules += [column == value for column, value in equals if value is not None]
    if narrowed.node_ids is not None:
        rules.append(Ticket.node_id.in_(sorted(narrowed.node_ids)))
    if narrowed.category_ids is not None:
        rules.append(Ticket.category_id.in_(sorted(narrowed.category_ids)))
    return rules


def parts_of(measure: Measure, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """(part, whole) of a share, or (what counts,) of a count."""
    ended = Ticket.status.in_(sorted(ENDED))
    rated = Ticket.rating.is_not(None)
    everything = sa.true()
    parts: dict[Measure, tuple[sa.ColumnElement[bool], ...]] = {
        Measure.TICKETS: (everything,),
        Measure.SOLVED: (ended,),
        Measure.OPEN: (sa.not_(ended),),
        Measure.REOPENED: (Ticket.id.in_(_reopened()), everything),
        Measure.SATISFIED: (sa.and_(rated, Ticket.rating >= SATISFIED), rated),
        Measure.RATED: (rated, ended),
        Measure.RESPONSE_KEPT: _response(now),
        Measure.RESOLUTION_KEPT: _resolution(now),
    }
    return parts[measure]


def _reopened() -> sa.Select[int]:
    return sa.select(TicketEvent.ticket_id).where(
        TicketEvent.after == TicketStatus.OPEN.value,
        TicketEvent.before.in_([status.value for status in sorted(ENDED)]),
        TicketEvent.action == "status",
    )


def _response(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    answered = TicketClock.responded_at.is_not(None)
    late = sa.and_(sa.not_(answered), TicketClock.response_due_at <= now)
    kept = TicketClock.responded_after <= TicketClock.response_minutes * 60
    return sa.and_(answered, kept), sa.or_(answered, late)


def _resolution(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    solved = TicketClock.resolved_at.is_not(None)
    late = sa.and_(sa.not_(solved), TicketClock.resolution_due_at <= now)
    kept = TicketClock.spent <= TicketClock.resolution_minutes * 60
    return sa.and_(solved, kept), sa.or_(solved, late)


def lasted(measure: Measure) -> sa.ColumnElement[int]:
    """How long something took, in seconds of the calendar; NULL when it has not happened."""
    until = Ticket.first_reply_at if measure is Measure.FIRST_REPLY else Ticket.solved_at
    return seconds_of(until) - seconds_of(Ticket.created_at)
