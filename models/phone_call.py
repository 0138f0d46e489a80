"""Calls that telephone systems reported."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow


class PhoneCall(Base):
    """A call a telephone system reported; `call_key` is that system's own id for it."""

    __tablename__ = "phone_call"
    __table_args__ = (
        sa.UniqueConstraint("token_id", "call_key"),
        sa.Index("ix_phone_call_number", "number", "id"),
        sa.Index("ix_phone_call_agent", "agent_id", "state", "updated_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("access_token.id", ondelete="SET NULL")
    )
    call_key: Mapped[str] = mapped_column(sa.String(100))
    number: Mapped[str] = mapped_column(sa.String(32))
    direction: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(12))
    seconds: Mapped[int] = mapped_column(default=0)
    recording_url: Mapped[str] = mapped_column(sa.String(500), default="")
    agent_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL")
    )
    customer_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    ticket_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL"), index=True
    )
    began_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
