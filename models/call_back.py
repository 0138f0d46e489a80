"""A customer asks to be called: when, under which number, and what came of each try."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.ticket import Ticket
from models.user import User


class CallState(StrEnum):
    """Still to be called, spoken with, given up after too many tries, or called off."""

    DUE = "due"
    REACHED = "reached"
    GIVEN_UP = "given_up"
    CALLED_OFF = "called_off"


class CallResult(StrEnum):
    """What came of one call: 接通、未接、改约."""

    REACHED = "reached"
    MISSED = "missed"
    MOVED = "moved"


def _user() -> sa.ForeignKey:
    return sa.ForeignKey("user_account.id", ondelete="SET NULL")


class CallBack(Base):
    """One request. `slot_at` is when the slot begins; `version` keeps two editors apart."""

    __tablename__ = "call_back"
    __table_args__ = (sa.Index("ix_call_back_state_slot", "state", "slot_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    opening_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    customer_id: Mapped[int | None] = mapped_column(_user())
    customer_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    phone: Mapped[str] = mapped_column(sa.String(40))
    topic: Mapped[str] = mapped_column(sa.String(500), default="")
    node_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="SET NULL")
    )
    chat_id: Mapped[int | None] = mapped_column(sa.ForeignKey("chat.id", ondelete="SET NULL"))
    ticket_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL"), index=True
    )
    agent_id: Mapped[int | None] = mapped_column(_user())
    state: Mapped[CallState] = mapped_column(enum_text(CallState), default=CallState.DUE)
    slot_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    agent: Mapped[User | None] = relationship(foreign_keys=[agent_id])
    customer: Mapped[User | None] = relationship(foreign_keys=[customer_id])
    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])


class CallTry(Base):
    """One call that was made, and its result."""

    __tablename__ = "call_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(
        sa.ForeignKey("call_back.id", ondelete="CASCADE"), index=True
    )
    result: Mapped[CallResult] = mapped_column(enum_text(CallResult))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    actor_id: Mapped[int | None] = mapped_column(_user())
    actor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
