"""Time promises: which ticket is promised what, and the clock that runs on each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime


class TimeLimit(Base):
    """Response and resolution in working minutes; what is None fits every ticket."""

    __tablename__ = "time_limit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    node_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="CASCADE")
    )
    group_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("customer_group.id", ondelete="CASCADE")
    )
    level_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("customer_level.id", ondelete="CASCADE")
    )
    priority: Mapped[int | None]
    calendar_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("work_calendar.id", ondelete="SET NULL")
    )
    response_minutes: Mapped[int]
    resolution_minutes: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)


class TicketClock(Base):
    """The running clock of one ticket.

    `running_since` is None while it stands; `spent` are the working seconds before. The due and
    warning moments are known as long as it runs; `next_at` is when an alarm is due.
    """

    __tablename__ = "ticket_clock"

    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    limit_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("time_limit.id", ondelete="SET NULL")
    )
    calendar_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("work_calendar.id", ondelete="SET NULL")
    )
    response_minutes: Mapped[int]
    resolution_minutes: Mapped[int]
    spent: Mapped[int] = mapped_column(default=0)
    running_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    responded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    responded_after: Mapped[int | None]
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    response_warn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    response_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolution_warn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolution_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    next_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
