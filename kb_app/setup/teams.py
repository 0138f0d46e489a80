"""Teams, their members, and what each agent can and may be given."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.assigning import agents_of, settings
from kb_app.cards import Choice
from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import (
    AgentRow,
    agent_choices,
    agent_rows,
    calendar_choices,
    desk_people,
)
from kb_app.typed_text import clean_line, required
from models import (
    DeskSettings,
    Plan,
    Policy,
    Team,
    TeamMember,
    Viewer,
    WorkCalendar,
    reading,
    record,
    unit_of_work,
)

CHANNELS = ("web", "mail", "chat", "phone", "api")
MOST_CLOSE_DAYS = 90


@dataclass(frozen=True)
class MemberRow:
    """A member, and whether they could be given something now."""

    user_id: int
    name: str
    is_primary: bool
    at_work: bool
    open_tickets: int


@dataclass(frozen=True)
class TeamRow:
    """A team in the list."""

    team_id: int
    name: str
    policy: Policy
    lead_name: str
    members: tuple[MemberRow, ...]
    is_active: bool
    channels: tuple[str, ...]


@dataclass(frozen=True)
class TeamsPage:
    """All teams and agents, and where new tickets go."""

    teams: tuple[TeamRow, ...]
    agents: tuple[AgentRow, ...]
    plan: Plan
    desk_team_id: int | None
    close_days: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class TeamPage:
    """The form of one team; `team_id` None is a new one."""

    team_id: int | None
    version: int
    name: str
    policy: Policy
    lead_id: int | None
    calendar_id: int | None
    channels: tuple[str, ...]
    is_active: bool
    member_ids: tuple[int, ...]
    primary_ids: tuple[int, ...]
    agents: tuple[Choice, ...]
    calendars: tuple[Choice, ...]


@dataclass(frozen=True)
class TeamInput:
    """A team as the form sent it; `primary_ids` have this team as their first."""

    name: str
    policy: Policy
    lead_id: int | None
    calendar_id: int | None
    channels: tuple[str, ...]
    member_ids: tuple[int, ...]
    primary_ids: tuple[int, ...]
    is_active: bool
    version: int = 0


@dataclass(frozen=True)
class RulesInput:
    """Where new tickets go, and after how many days a solved one is closed."""

    plan: Plan
    desk_team_id: int | None
    close_days: int | None


def teams(ports: Ports, viewer: Viewer) -> TeamsPage:
    """Everything about who works on what."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        found = session.scalars(sa.select(Team).order_by(Team.position, Team.id)).all()
        rules = settings(session)
        return TeamsPage(
            tuple(_team_row(ports, session, team) for team in found),
            agent_rows(ports, session),
            rules.plan,
            rules.desk_team_id,
            rules.close_days,
            tuple(Choice(team.id, team.name) for team in found if team.is_active),
        )


def _team_row(ports: Ports, session: Session, team: Team) -> TeamRow:
    names = {member.user_id: member.user.name for member in team.members}
    members = tuple(
        MemberRow(a.user_id, names[a.user_id], a.is_primary, a.at_work, a.open_tickets)
        for a in agents_of(ports, session, team)
    )
    lead = team.lead.name if team.lead else ""
    return TeamRow(
        team.id, team.name, team.policy, lead, members, team.is_active, tuple(team.channels)
    )


def team(ports: Ports, viewer: Viewer, team_id: int | None) -> TeamPage:
    """The form of a team."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        found = session.get(Team, team_id) if team_id else Team(name="", policy=Policy.ROTATE)
        if found is None:
            raise NotFound(team_id)
        return TeamPage(
            team_id,
            found.version or 0,
            found.name,
            found.policy,
            found.lead_id,
            found.calendar_id,
            tuple(found.channels or ()),
            found.is_active is not False,
            tuple(member.user_id for member in found.members),
            tuple(member.user_id for member in found.members if member.is_primary),
            agent_choices(session),
            calendar_choices(session),
        )


def save_team(ports: Ports, viewer: Viewer, team_id: int | None, form: TeamInput) -> int:
    """Make or change a team; EditConflict if somebody else did meanwhile."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    with unit_of_work(ports.database) as session:
        same = sa.select(Team.id).where(Team.name == name, Team.id != (team_id or 0))
        if session.scalar(same) is not None:
            raise InvalidInput("name", "taken")
        found = session.get(Team, team_id, with_for_update=True) if team_id else Team()
        if found is None:
            raise NotFound(team_id)
        if team_id and found.version != form.version:
            raise EditConflict(name)
        _check(session, form)
        found.name, found.policy, found.is_active = name, form.policy, form.is_active
        found.lead_id, found.calendar_id = form.lead_id, form.calendar_id
        found.channels = [channel for channel in CHANNELS if channel in form.channels]
        session.add(found)
        session.flush()
        _set_members(session, found, form)
        record(session, viewer, "team.saved", f"team:{found.id}", members=len(form.member_ids))
        return found.id


def _check(session: Session, form: TeamInput) -> None:
    known = {user.id for user in session.scalars(desk_people())}
    if not set(form.member_ids) <= known:
        raise InvalidInput("member_ids", "unknown")
    if form.lead_id is not None and form.lead_id not in known:
        raise InvalidInput("lead_id", "unknown")
    if form.calendar_id is not None and session.get(WorkCalendar, form.calendar_id) is None:
        raise InvalidInput("calendar_id", "unknown")


def _set_members(session: Session, team: Team, form: TeamInput) -> None:
    """Newcomers begin where the rotation is; a first team is first nowhere else."""
    known = {member.user_id: member for member in team.members}
    for user_id in set(known) - set(form.member_ids):
        team.members.remove(known[user_id])
    turn = max((member.given for member in team.members), default=0)
    for user_id in form.member_ids:
        if user_id not in known:
            team.members.append(TeamMember(user_id=user_id, given=turn))
    session.flush()
    first = set(form.primary_ids) & set(form.member_ids)
    session.execute(
        sa.update(TeamMember)
        .where(TeamMember.user_id.in_(first), TeamMember.team_id != team.id)
        .values(is_primary=False)
    )
    for member in team.members:
        member.is_primary = member.user_id in first


def save_rules(ports: Ports, viewer: Viewer, form: RulesInput) -> None:
    """Where new tickets go from now on."""
    require(viewer, Permission.MANAGE_DESK)
    if form.close_days is None or not 1 <= form.close_days <= MOST_CLOSE_DAYS:
        raise InvalidInput("close_days", "range")
    with unit_of_work(ports.database) as session:
        if form.desk_team_id is not None and session.get(Team, form.desk_team_id) is None:
            raise InvalidInput("desk_team_id", "unknown")
        rules = session.get(DeskSettings, 1) or DeskSettings(id=1)
        rules.plan, rules.desk_team_id = form.plan, form.desk_team_id
        rules.close_days = form.close_days
        session.add(rules)
        record(session, viewer, "desk.rules", "desk:1", plan=form.plan.value)
