"""Tickets prepared beforehand: forms filled in once, and dates on which tickets begin."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, utcnow


class TicketTemplate(Base):
    """A new ticket as far as it can be known; `body` is kb_app's NewTicket as plain values."""

    __tablename__ = "ticket_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60), unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    uses: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class TicketSchedule(Base):
    """When tickets begin by themselves; `rhythm` is ticket_bridge.rhythm.Rhythm as plain values."""

    __tablename__ = "ticket_schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    template_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket_template.id", ondelete="RESTRICT"), index=True
    )
    rhythm: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    is_active: Mapped[bool] = mapped_column(default=True)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    template: Mapped[TicketTemplate] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy wants a dict


class ScheduledTicket(Base):
    """The ticket of one date; there is never a second for the same date.

    `missed` says how many dates before it went by while nothing ran.
    """

    __tablename__ = "scheduled_ticket"

    schedule_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket_schedule.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL"), index=True
    )
    missed: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(sa.String(40), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
