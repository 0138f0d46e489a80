"""When people come, and by which way: channel × hour and weekday × hour, as counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports import moments
from kb_app.reports.asking import limited
from kb_app.reports.catalogue import counted
from kb_app.reports.scope import Scope, ScopeInput, scope_of
from models import Chat, Question, Ticket, Viewer, reading

HOURS = moments.DAY_HOURS
STEPS = 5
SELF_SERVICE, CHATS = "self_service", "chats"


@dataclass(frozen=True)
class HeatRow:
    """Counts by hour of one channel or weekday; `heat` is 0 to STEPS of the highest of all."""

    key: str
    counts: tuple[int, ...]
    heat: tuple[int, ...]

    @property
    def total(self) -> int:
        """All hours together."""
        return sum(self.counts)


@dataclass(frozen=True)
class HoursPage:
    """Both tables."""

    scope: Scope
    channels: tuple[HeatRow, ...]
    weekdays: tuple[HeatRow, ...]

    @property
    def total(self) -> int:
        """Everything that came."""
        return sum(row.total for row in self.channels)


def hours(ports: Ports, viewer: Viewer, asked: ScopeInput) -> HoursPage:
    """Tickets by channel, chats, and questions that needed no ticket, by the site's clock."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session, limited(session):
        scope = scope_of(ports, session, asked)
        hour = moments.local_hour(Ticket.created_at, scope.period)
        day = moments.local_weekday(Ticket.created_at, scope.period)
        rules = counted(scope.period, scope.narrowed)
        by_channel = _counted(session, Ticket.channel, hour, rules)
        by_day = _counted(session, day, hour, rules)
        beside = {} if scope.team_id or scope.node_id else _beside(session, scope)
    counts = dict(sorted(by_channel.items(), key=lambda each: -sum(each[1])))
    weekdays = {n: by_day.get(n, (0,) * HOURS) for n in range(moments.WEEK_DAYS)}
    return HoursPage(scope, heated({**counts, **beside}), heated(weekdays))


Counts = dict[Any, tuple[int, ...]]


def _counted(
    session: Session, key: Any, hour: sa.ColumnElement[int], rules: Iterable[Any]
) -> Counts:
    query = (
        sa.select(sa.type_coerce(key, key.type).label("way"), hour.label("hour"), sa.func.count())
        .where(*rules)
        .group_by(sa.text("way"), sa.text("hour"))
    )
    found: dict[Any, list[int]] = {}
    for way, at, count in session.execute(query):
        found.setdefault(way, [0] * HOURS)[int(at)] += count
    return {way: tuple(row) for way, row in found.items()}


def _beside(session: Session, scope: Scope) -> Counts:
    """What never became a ticket has no team: it is shown for the whole site only."""
    found = {}
    period = scope.period
    tickets = sa.select(Ticket.id).where(Ticket.question_id == Question.id)
    for name, kind, rule in (
        (CHATS, Chat, Chat.ticket_id.is_(None)),
        (SELF_SERVICE, Question, sa.not_(tickets.exists())),
    ):
        at = kind.created_at
        rows = _counted(
            session,
            sa.literal(name),
            moments.local_hour(at, period),
            [at >= period.start, at < period.end, rule],
        )
        found.update(rows)
    return found


def heated(counts: Counts) -> tuple[HeatRow, ...]:
    """With how hot each hour is among all of them. Pure."""
    most = max((max(row) for row in counts.values()), default=0)
    return tuple(
        HeatRow(str(key), row, tuple(-(-count * STEPS // most) if most else 0 for count in row))
        for key, row in counts.items()
    )
