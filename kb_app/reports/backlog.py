"""What is unfinished now, by how long it has been waiting; the oldest by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports.asking import limited
from kb_app.reports.catalogue import Dimension, counted
from kb_app.reports.scope import Scope, ScopeInput, scope_of
from models import Team, Ticket, TicketStatus, User, Viewer, reading

AGES = (
    timedelta(hours=4),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=30),
)
AGE_COUNT = len(AGES) + 1
OLDEST = 10
UNFINISHED = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PAUSED)
WAYS = {Dimension.TEAM: Team.name, Dimension.AGENT: User.name}


@dataclass(frozen=True)
class AgeRow:
    """Unfinished tickets of one team or agent in as many ages as AGES has steps, and one more."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True)
class OldTicket:
    """One that waits longest."""

    number: str
    subject: str
    status: TicketStatus
    assignee_name: str
    team_name: str
    created_at: datetime


@dataclass(frozen=True)
class BacklogPage:
    """As it is now."""

    scope: Scope
    by: Dimension
    rows: tuple[AgeRow, ...]
    oldest: tuple[OldTicket, ...]
    ways: tuple[Dimension, ...] = tuple(WAYS)

    @property
    def whole(self) -> AgeRow:
        """All rows together."""
        return AgeRow("", tuple(sum(row.counts[n] for row in self.rows) for n in range(AGE_COUNT)))


def backlog(ports: Ports, viewer: Viewer, asked: ScopeInput, by: str) -> BacklogPage:
    """Everything unfinished, whenever it was opened; the days of the scope do not matter."""
    require(viewer, Permission.MANAGE_DESK)
    chosen = Dimension.AGENT if by == Dimension.AGENT else Dimension.TEAM
    now = ports.clock()
    with reading(ports.database) as session, limited(session):
        scope = scope_of(ports, session, asked)
        rules = [*counted(None, scope.narrowed), Ticket.status.in_(UNFINISHED)]
        query = (
            sa.select(WAYS[chosen], *_ages(now))
            .select_from(Ticket)
            .outerjoin(Team, Team.id == Ticket.team_id)
            .outerjoin(User, User.id == Ticket.assignee_id)
            .where(*rules)
            .group_by(WAYS[chosen])
            .order_by(sa.func.count().desc(), WAYS[chosen])
        )
        rows = tuple(AgeRow(name or "", tuple(counts)) for name, *counts in session.execute(query))
        oldest = session.execute(
            sa.select(Ticket, User.name, Team.name)
            .outerjoin(Team, Team.id == Ticket.team_id)
            .outerjoin(User, User.id == Ticket.assignee_id)
            .where(*rules)
            .order_by(Ticket.created_at)
            .limit(OLDEST)
        )
        found = tuple(
            OldTicket(t.number, t.subject, t.status, agent or "", team or "", t.created_at)
            for t, agent, team in oldest
        )
    return BacklogPage(scope, chosen, rows, found)


def _ages(now: datetime) -> list[sa.ColumnElement[int]]:
    bounds = [now - age for age in AGES]
    rules = [Ticket.created_at > bounds[0]]
    rules += [
        sa.and_(Ticket.created_at <= young, Ticket.created_at > old)
        for young, old in pairwise(bounds)
    ]
    rules.append(Ticket.created_at <= bounds[-1])
    return [sa.func.count().filter(rule) for rule in rules]
