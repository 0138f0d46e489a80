"""Which tickets a report is about: a stretch of days, a team, a branch of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.ports import Ports
from kb_app.reports.catalogue import Narrowed
from kb_app.setup.catalogue import node_choices
from models import ServiceNode, Team


@dataclass(frozen=True)
class ScopeInput:
    """What an address asks for; anything odd is left out."""

    wanted: Wanted
    team_id: int | None = None
    node_id: int | None = None


@dataclass(frozen=True)
class Scope:
    """What was meant, and what else there is to choose."""

    period: Period
    narrowed: Narrowed
    team_id: int | None
    node_id: int | None
    teams: tuple[Choice, ...]
    nodes: tuple[Choice, ...]


def scope_of(ports: Ports, session: Session, asked: ScopeInput) -> Scope:
    """The scope of an address."""
    period = period_of(asked.wanted, ports.clock(), ZoneInfo(ports.config.timezone))
    rows = session.scalars(sa.select(Team).order_by(Team.position, Team.id))
    teams = tuple(Choice(team.id, team.name) for team in rows)
    nodes = node_choices(session)
    team_id = _known(asked.team_id, teams)
    node_id = _known(asked.node_id, nodes)
    below = below_node(session, node_id) if node_id is not None else None
    narrowed = Narrowed(team_id=team_id, node_ids=below)
    return Scope(period, narrowed, team_id, node_id, teams, nodes)


def _known(wanted: int | None, choices: Iterable[Choice]) -> int | None:
    return wanted if any(choice.id == wanted for choice in choices) else None


def below_node(session: Session, node_id: int) -> frozenset[int]:
    """A node of the catalogue with everything below it."""
    rows = session.execute(sa.select(ServiceNode.id, ServiceNode.parent_id)).all()
    found = {node_id}
    while more := {row.id for row in rows if row.parent_id in found} - found:
        found |= more
    return frozenset(found)
