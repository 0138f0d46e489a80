"""Who works when: teams, their members, working hours, days off and absences."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.user import User


class Policy(StrEnum):
    """How a team's new tickets find their agent: 轮流, 负载, 技能, 熟客, 抢占."""

    ROTATE = "rotate"
    LOAD = "load"
    SKILL = "skill"
    FAMILIAR = "familiar"
    CLAIM = "claim"


class WorkCalendar(Base):
    """Working hours of a week; `hours` maps "0" (Monday) … "6" to [["09:00", "12:00"], …]."""

    __tablename__ = "work_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    hours: Mapped[dict[str, list[list[str]]]] = mapped_column(sa.JSON, default=dict)
    keeps_holidays: Mapped[bool] = mapped_column(default=True)
    is_default: Mapped[bool] = mapped_column(default=False)


class SpecialDay(Base):
    """A day that differs from its weekday: off, or worked to make up. It wins over the file."""

    __tablename__ = "special_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    works: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.String(60), default="")


class Team(Base):
    """Agents who share a queue."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    policy: Mapped[Policy] = mapped_column(enum_text(Policy), default=Policy.ROTATE)
    channels: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    lead_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    calendar_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("work_calendar.id", ondelete="SET NULL")
    )
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    lead: Mapped[User | None] = relationship()
    members: Mapped[list[TeamMember]] = relationship(
        cascade="all, delete-orphan", order_by="TeamMember.user_id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class TeamMember(Base):
    """One agent in one team; `given` is the team's running number when they last got a ticket."""

    __tablename__ = "team_member"

    team_id: Mapped[int] = mapped_column(
        sa.ForeignKey("team.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    is_primary: Mapped[bool] = mapped_column(default=False)
    given: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()


class AgentProfile(Base):
    """What is known of an agent's work: skills, most tickets at once, own working hours."""

    __tablename__ = "agent_profile"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    skills: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    most_open: Mapped[int | None]
    calendar_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("work_calendar.id", ondelete="SET NULL")
    )


class Absence(Base):
    """A time in which an agent is given nothing."""

    __tablename__ = "absence"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    begins_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(sa.String(100), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
