"""One agent: skills, most tickets at once, own hours, absences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import TABLE, Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, optional
from models import (
    Absence,
    AgentProfile,
    Role,
    Team,
    TeamMember,
    User,
    Viewer,
    WorkCalendar,
    reading,
    record,
    unit_of_work,
)

DESK_ROLES = tuple(sorted(role for role, has in TABLE.items() if Permission.DESK in has))
MOST_SKILLS = 20
LONGEST_SKILL = 30
MOST_OPEN = 10_000


@dataclass(frozen=True)
class AgentRow:
    """An agent: skills, most tickets at once, absences to come."""

    user_id: int
    name: str
    role: Role
    skills: tuple[str, ...]
    most_open: int | None
    teams: tuple[str, ...]
    is_away: bool


def agent_rows(ports: Ports, session: Session) -> tuple[AgentRow, ...]:
    """Everybody who may work at the desk."""
    profiles = {profile.user_id: profile for profile in session.scalars(sa.select(AgentProfile))}
    now = ports.clock()
    away = set(
        session.scalars(
            sa.select(Absence.user_id).where(Absence.begins_at <= now, Absence.ends_at > now)
        )
    )
    places: dict[int, list[str]] = {}
    rows = session.execute(
        sa.select(TeamMember.user_id, Team.name).join(Team, Team.id == TeamMember.team_id)
    )
    for user_id, name in rows:
        places.setdefault(user_id, []).append(name)
    return tuple(
        AgentRow(
            user.id,
            user.name,
            user.role,
            tuple(profiles[user.id].skills) if user.id in profiles else (),
            profiles[user.id].most_open if user.id in profiles else None,
            tuple(places.get(user.id, ())),
            user.id in away,
        )
        for user in session.scalars(desk_people())
    )


def desk_people() -> sa.Select[User]:
    """Everybody who may work at the desk."""
    return (
        sa.select(User)
        .where(User.role.in_(DESK_ROLES), User.is_active)
        .order_by(User.name, User.id)
    )


def agent_choices(session: Session) -> tuple[Choice, ...]:
    """Everybody who may work at the desk, to choose from."""
    return tuple(Choice(user.id, user.name) for user in session.scalars(desk_people()))


def calendar_choices(session: Session) -> tuple[Choice, ...]:
    """All working hours, to choose from."""
    found = session.scalars(sa.select(WorkCalendar).order_by(WorkCalendar.name))
    return tuple(Choice(calendar.id, calendar.name) for calendar in found)


@dataclass(frozen=True)
class AbsenceRow:
    """A time away."""

    absence_id: int
    begins_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class AgentPage:
    """The form of one agent."""

    user_id: int
    name: str
    skills: str
    most_open: int | None
    calendar_id: int | None
    absences: tuple[AbsenceRow, ...]
    calendars: tuple[Choice, ...]


def agent(ports: Ports, viewer: Viewer, user_id: int) -> AgentPage:
    """An agent's skills, limit, hours and absences."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        user = desk_person(session, user_id)
        profile = session.get(AgentProfile, user_id) or AgentProfile(skills=[])
        absences = session.scalars(
            sa.select(Absence)
            .where(Absence.user_id == user_id, Absence.ends_at > ports.clock())
            .order_by(Absence.begins_at)
        )
        return AgentPage(
            user_id,
            user.name,
            "、".join(profile.skills),
            profile.most_open,
            profile.calendar_id,
            tuple(AbsenceRow(a.id, a.begins_at, a.ends_at, a.reason) for a in absences),
            calendar_choices(session),
        )


def desk_person(session: Session, user_id: int) -> User:
    """Somebody who may work at the desk; NotFound."""
    user = session.scalar(desk_people().where(User.id == user_id))
    if user is None:
        raise NotFound(user_id)
    return user


@dataclass(frozen=True)
class AgentInput:
    """Skills as typed, separated by commas of any kind."""

    skills: str
    most_open: int | None
    calendar_id: int | None


def save_agent(ports: Ports, viewer: Viewer, user_id: int, form: AgentInput) -> None:
    """What an agent can and may be given."""
    require(viewer, Permission.MANAGE_DESK)
    skills = split_words("skills", form.skills)
    if form.most_open is not None and not 1 <= form.most_open <= MOST_OPEN:
        raise InvalidInput("most_open", "range")
    with unit_of_work(ports.database) as session:
        desk_person(session, user_id)
        if form.calendar_id is not None and session.get(WorkCalendar, form.calendar_id) is None:
            raise InvalidInput("calendar_id", "unknown")
        profile = session.get(AgentProfile, user_id) or AgentProfile(user_id=user_id)
        profile.skills, profile.most_open = list(skills), form.most_open
        profile.calendar_id = form.calendar_id
        session.add(profile)
        record(session, viewer, "agent.saved", f"user:{user_id}")


def split_words(field: str, text: str) -> tuple[str, ...]:
    """Words from a line, each once; InvalidInput for too many or too long ones."""
    for sign in "，、；;\n":
        text = text.replace(sign, ",")
    words = tuple(dict.fromkeys(word for part in text.split(",") if (word := clean_line(part))))
    if len(words) > MOST_SKILLS or any(len(word) > LONGEST_SKILL for word in words):
        raise InvalidInput(field, "too_long")
    return words


@dataclass(frozen=True)
class AbsenceInput:
    """From when to when somebody is away."""

    begins_at: datetime | None
    ends_at: datetime | None
    reason: str


def add_absence(ports: Ports, viewer: Viewer, user_id: int, form: AbsenceInput) -> None:
    """Somebody will be away; they are given nothing in that time."""
    require(viewer, Permission.MANAGE_DESK)
    reason = optional("reason", form.reason, 100)
    if form.begins_at is None or form.ends_at is None:
        raise InvalidInput("begins_at" if form.begins_at is None else "ends_at", "empty")
    if form.ends_at <= form.begins_at:
        raise InvalidInput("ends_at", "before")
    with unit_of_work(ports.database) as session:
        desk_person(session, user_id)
        session.add(
            Absence(user_id=user_id, begins_at=form.begins_at, ends_at=form.ends_at, reason=reason)
        )
        record(session, viewer, "agent.away", f"user:{user_id}")


def remove_absence(ports: Ports, viewer: Viewer, user_id: int, absence_id: int) -> None:
    """They are back, or will not be away after all."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(Absence, absence_id)
        if found is None or found.user_id != user_id:
            raise NotFound(absence_id)
        session.delete(found)
        record(session, viewer, "agent.back", f"user:{user_id}")
