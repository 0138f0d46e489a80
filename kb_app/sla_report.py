"""How many promises were kept: by team, agent, priority and subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import ServiceNode, Team, Ticket, TicketClock, User, Viewer, reading
from ticket_bridge.lifecycle import HIDDEN

PERIODS = (7, 30, 90, 365)
USUAL = 30
NAMES = {
    "team": Team.name,
    "agent": User.name,
    "node": ServiceNode.name,
    "priority": Ticket.priority,
}


@dataclass(frozen=True)
class Kept:
    """Of `total` promises made in the period: decided ones and kept ones, for both promises."""

    name: str
    total: int
    response_decided: int
    response_kept: int
    resolution_decided: int
    resolution_kept: int

    @property
    def response_share(self) -> float | None:
        """The share of kept response promises, None when none is decided."""
        return self.response_kept / self.response_decided if self.response_decided else None

    @property
    def resolution_share(self) -> float | None:
        """The share of kept resolution promises, None when none is decided."""
        return self.resolution_kept / self.resolution_decided if self.resolution_decided else None


@dataclass(frozen=True)
class SlaReport:
    """The whole and its parts."""

    days: int
    by: str
    whole: Kept
    rows: tuple[Kept, ...]


def sla_report(ports: Ports, viewer: Viewer, days: int | None, by: str) -> SlaReport:
    """Tickets opened in the last `days`; what is neither kept nor broken yet is not counted."""
    require(viewer, Permission.DESK)
    days = days if days in PERIODS else USUAL
    by = by if by in NAMES else "team"
    now = ports.clock()
    in_time = TicketClock.responded_after <= TicketClock.response_minutes * 60
    solved = TicketClock.resolved_at.is_not(None)
    late = sa.and_(sa.not_(solved), TicketClock.resolution_due_at <= now)
    waiting = sa.and_(TicketClock.responded_at.is_(None), TicketClock.response_due_at <= now)
    answered = TicketClock.responded_at.is_not(None)
    solved_in_time = sa.and_(solved, TicketClock.spent <= TicketClock.resolution_minutes * 60)
    sums = (
        sa.func.count(),
        sa.func.count().filter(sa.or_(answered, waiting)),
        sa.func.count().filter(sa.and_(answered, in_time)),
        sa.func.count().filter(sa.or_(solved, late)),
        sa.func.count().filter(solved_in_time),
    )
    begin = now - timedelta(days=days)
    query = (
        sa.select(NAMES[by], *sums)
        .select_from(TicketClock)
        .join(Ticket, Ticket.id == TicketClock.ticket_id)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .outerjoin(User, User.id == Ticket.assignee_id)
        .outerjoin(ServiceNode, ServiceNode.id == Ticket.node_id)
        .where(Ticket.created_at >= begin, Ticket.status.not_in(sorted(HIDDEN)))
        .group_by(NAMES[by])
        .order_by(NAMES[by])
    )
    with reading(ports.database) as session:
        rows = tuple(
            Kept(str(name) if name is not None else "", *(int(n) for n in numbers))
            for name, *numbers in session.execute(query)
        )
    return SlaReport(days, by, _whole(rows), rows)


def _whole(rows: tuple[Kept, ...]) -> Kept:
    return Kept(
        "",
        sum(row.total for row in rows),
        sum(row.response_decided for row in rows),
        sum(row.response_kept for row in rows),
        sum(row.resolution_decided for row in rows),
        sum(row.resolution_kept for row in rows),
    )
