"""New tickets find their team and their agent; what had to wait is given out later.

Runs in the transaction that opens or moves the ticket. SQLite's write lock or PostgreSQL's
lock on the team keeps two of them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.clocks import is_vip, node_path
from kb_app.notices import NoticeKind, tell
from kb_app.permissions import TABLE, Permission
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, log
from kb_app.work_time import WorkTime
from models import (
    Absence,
    AgentProfile,
    DeskSettings,
    Plan,
    Policy,
    ServiceNode,
    Team,
    TeamMember,
    Ticket,
    TicketStatus,
    User,
    reading,
    unit_of_work,
)
from ticket_bridge.lifecycle import RESTING
from ticket_bridge.routing import Agent, Choice, Work, choose, in_order

BATCH = 200
ONE_HOUR = timedelta(hours=1)


def settings(session: Session) -> DeskSettings:
    """The desk's rules; the defaults as long as nobody saved any."""
    found = session.get(DeskSettings, 1)
    return found or DeskSettings(id=1, plan=Plan.CATALOGUE, desk_team_id=None, close_days=3)


def place(ports: Ports, session: Session, ticket: Ticket) -> None:
    """A new ticket goes to its team and, if the team's policy says so, to an agent."""
    ticket.team_id = _team_id(session, ticket)
    if ticket.team_id is not None:
        give(ports, session, ticket)


def give(ports: Ports, session: Session, ticket: Ticket) -> Choice | None:
    """Let the team's policy choose an agent; the history says why. None without a team."""
    query = sa.select(Team).where(Team.id == ticket.team_id, Team.is_active)
    team = session.scalar(query.with_for_update())
    if team is None or ticket.assignee_id is not None:
        return None
    agents = agents_of(ports, session, team, ticket.requester_key)
    choice = choose(agents, _work(ports, session, ticket), team.policy, team.lead_id)
    reasons = ",".join(choice.reasons)
    agent = session.get(User, choice.user_id) if choice.user_id is not None else None
    if agent is None:
        log(session, ticket, SYSTEM, "queued", reasons, team.name)
        return choice
    ticket.assignee_id = agent.id
    log(session, ticket, SYSTEM, "routed", reasons, agent.name)
    _note_turn(team, agent.id)
    tell(session, [agent.id], ticket.id, NoticeKind.ASSIGNED)
    return choice


def _note_turn(team: Team, user_id: int) -> None:
    turn = max((member.given for member in team.members), default=0) + 1
    for member in team.members:
        if member.user_id == user_id:
            member.given = turn


def _team_id(session: Session, ticket: Ticket) -> int | None:
    """By catalogue, by channel, or the one desk; what names no team goes to the one desk."""
    rules = settings(session)
    found: int | None = None
    if rules.plan is Plan.CATALOGUE:
        found = node_team(session, ticket.node_id)
    elif rules.plan is Plan.CHANNEL:
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        found = next((team.id for team in teams if ticket.channel in team.channels), None)
    return found if found is not None else rules.desk_team_id


def node_team(session: Session, node_id: int | None) -> int | None:
    """The team of a catalogue node, or of the nearest node above that has one."""
    for found in reversed(node_path(session, node_id)):
        node = session.get_one(ServiceNode, found)
        if node.team_id is not None and node.team is not None and node.team.is_active:
            return node.team_id
    return None


def _work(ports: Ports, session: Session, ticket: Ticket) -> Work:
    skill = ""
    for found in reversed(node_path(session, ticket.node_id)):
        skill = skill or session.get_one(ServiceNode, found).skill
    waited = max(ports.clock() - ticket.created_at, timedelta()) / ONE_HOUR
    return Work(ticket.id, ticket.priority, is_vip(session, ticket), waited, skill)


def agents_of(ports: Ports, session: Session, team: Team, customer: str = "") -> list[Agent]:
    """The team's members as they are at this moment."""
    members = [m for m in team.members if m.user.is_active and _may_serve(m)]
    ids = [member.user_id for member in members]
    busy, served = _open_counts(session, ids), _served(session, ids, customer)
    away = _away(ports, session, ids)
    found = session.scalars(sa.select(AgentProfile).where(AgentProfile.user_id.in_(ids)))
    profiles = {profile.user_id: profile for profile in found}
    times, now = WorkTime(ports, session), ports.clock()
    agents = []
    for member in members:
        profile = profiles.get(member.user_id)
        calendar_id = (profile.calendar_id if profile else None) or team.calendar_id
        agents.append(
            Agent(
                member.user_id,
                member.user_id not in away and times.calendar(calendar_id).is_open(now),
                busy.get(member.user_id, 0),
                profile.most_open if profile else None,
                frozenset(profile.skills) if profile else frozenset(),
                member.given,
                served.get(member.user_id, 0),
                member.is_primary,
            )
        )
    return agents


def _may_serve(member: TeamMember) -> bool:
    return Permission.DESK in TABLE[member.user.role]


def _open_counts(session: Session, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(Ticket.assignee_id, sa.func.count())
        .where(Ticket.assignee_id.in_(ids), Ticket.status.not_in(sorted(RESTING)))
        .group_by(Ticket.assignee_id)
    )
    return {int(user_id): count for user_id, count in rows if user_id is not None}


def _served(session: Session, ids: Sequence[int], customer: str) -> dict[int, int]:
    if not customer:
        return {}
    rows = session.execute(
        sa.select(Ticket.assignee_id, sa.func.count())
        .where(Ticket.assignee_id.in_(ids), Ticket.requester_key == customer)
        .group_by(Ticket.assignee_id)
    )
    return {int(user_id): count for user_id, count in rows if user_id is not None}


def _away(ports: Ports, session: Session, ids: Sequence[int]) -> set[int]:
    now = ports.clock()
    return set(
        session.scalars(
            sa.select(Absence.user_id).where(
                Absence.user_id.in_(ids), Absence.begins_at <= now, Absence.ends_at > now
            )
        )
    )


def catch_up(ports: Ports) -> int:
    """Give out what waits in teams that give out; returns how many found somebody."""
    waits = (
        Ticket.assignee_id.is_(None),
        Ticket.status.in_([TicketStatus.NEW, TicketStatus.OPEN]),
        Ticket.team_id.in_(sa.select(Team.id).where(Team.is_active, Team.policy != Policy.CLAIM)),
    )
    with reading(ports.database) as session:
        ids = session.scalars(sa.select(Ticket.team_id).where(*waits).distinct()).all()
        teams = [session.get_one(Team, team_id) for team_id in ids]
        # A team with nobody free must not keep the others from theirs.
        able = [team.id for team in teams if _somebody_free(ports, session, team)]
        rows = [
            ticket
            for team_id in able
            for ticket in session.scalars(
                sa.select(Ticket)
                .where(*waits, Ticket.team_id == team_id)
                .order_by(Ticket.id)
                .limit(BATCH)
            )
        ]
        ordered = in_order([_work(ports, session, ticket) for ticket in rows])
    return sum(_catch_up(ports, work.ticket_id) for work in ordered)


def _somebody_free(ports: Ports, session: Session, team: Team) -> bool:
    return any(agent.at_work and agent.has_room for agent in agents_of(ports, session, team))


def _catch_up(ports: Ports, ticket_id: int) -> bool:
    """One of them, if somebody is there now; says nothing when nobody is."""
    with unit_of_work(ports.database) as session:
        ticket = session.get(Ticket, ticket_id, with_for_update=True)
        if ticket is None or ticket.assignee_id is not None or ticket.status in RESTING:
            return False
        # Locked before its members are read: two workers see each other's last turn.
        team = session.get(Team, ticket.team_id, with_for_update=True)
        if team is None or not _somebody_free(ports, session, team):
            return False
        give(ports, session, ticket)
        return True
