"""Bridges to other ticket systems: what is handed over there, and every event both ways."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.ticket import Ticket


class BridgeScope(StrEnum):
    """Which tickets go over by themselves: none, those of some subjects or teams, or all."""

    ASKED = "asked"
    CHOSEN = "chosen"
    ALL = "all"


class HandoverState(StrEnum):
    """等待送达, 已送达, 失败 (until somebody tries again)."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Bridge(Base):
    """One other system. `secret` is sealed; `kind` is a DeskKind.

    `cursor` is how far its news were read; while `resting_until` lies ahead it is not asked.
    """

    __tablename__ = "bridge"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[str] = mapped_column(sa.String(32))
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    username: Mapped[str] = mapped_column(sa.String(254), default="")
    secret: Mapped[str] = mapped_column(sa.Text, default="")
    queue: Mapped[str] = mapped_column(sa.String(100), default="")
    scope: Mapped[BridgeScope] = mapped_column(enum_text(BridgeScope), default=BridgeScope.ASKED)
    node_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    team_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    states: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    queues: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    cursor: Mapped[str] = mapped_column(sa.String(100), default="")
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resting_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    faults: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(sa.String(340), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class Handover(Base):
    """One ticket at one other system; `external_id` is what it is called there.

    Messages and files up to `told_message_id` and `told_file_id` are known there though the
    log of their going was cleared; `told_status` is the last state of ours they know.
    """

    __tablename__ = "handover"
    __table_args__ = (
        sa.UniqueConstraint("ticket_id", "bridge_id"),
        sa.Index("ix_handover_external", "bridge_id", "external_id"),
        sa.Index("ix_handover_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    bridge_id: Mapped[int] = mapped_column(sa.ForeignKey("bridge.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(sa.String(100), default="")
    external_url: Mapped[str] = mapped_column(sa.String(500), default="")
    external_status: Mapped[str] = mapped_column(sa.String(60), default="")
    state: Mapped[HandoverState] = mapped_column(
        enum_text(HandoverState), default=HandoverState.WAITING
    )
    reason: Mapped[str] = mapped_column(sa.String(340), default="")
    by_name: Mapped[str] = mapped_column(sa.String(80), default="")
    told_message_id: Mapped[int] = mapped_column(default=0, server_default="0")
    told_file_id: Mapped[int] = mapped_column(default=0, server_default="0")
    told_status: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None] = mapped_column(UTCDateTime, default=utcnow)
    busy_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    sent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    bridge: Mapped[Bridge] = relationship()
    ticket: Mapped[Ticket] = relationship()


class BridgeEvent(Base):
    """Something that went out or came in, once for its `key` and way; also the bridge's log."""

    __tablename__ = "bridge_event"
    __table_args__ = (
        sa.UniqueConstraint("bridge_id", "inward", "key"),
        sa.Index("ix_bridge_event_log", "bridge_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    bridge_id: Mapped[int] = mapped_column(sa.ForeignKey("bridge.id", ondelete="CASCADE"))
    handover_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("handover.id", ondelete="CASCADE"), index=True
    )
    inward: Mapped[bool]
    key: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(20))
    outcome: Mapped[str] = mapped_column(sa.String(40), default="")
    detail: Mapped[str] = mapped_column(sa.String(340), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class AccessToken(Base):
    """A key for another system, known by its hash; `scope` is the one thing it may do."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    scope: Mapped[str] = mapped_column(sa.String(20))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hint: Mapped[str] = mapped_column(sa.String(8), default="")
    maker_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
