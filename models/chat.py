"""Live chats: each with its own running number, messages before they are acknowledged."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.team import Team
from models.ticket import Ticket
from models.user import User


class ChatState(StrEnum):
    """机器人 → 排队 → 会话中 → 结束; a person may step in at any time before the end."""

    ROBOT = "robot"
    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"


class ChatOutcome(StrEnum):
    """How a chat ended; the last four without an agent's decision."""

    SOLVED = "solved"
    CONTINUED = "continued"
    REFUSED = "refused"
    LEFT_WORD = "left_word"
    ABANDONED = "abandoned"
    QUIET = "quiet"
    SELF_SERVED = "self_served"


class ChatSide(StrEnum):
    """Who speaks."""

    CUSTOMER = "customer"
    GUEST = "guest"
    AGENT = "agent"
    ROBOT = "robot"
    SYSTEM = "system"


class ChatKind(StrEnum):
    """What a message is; a whisper is for staff alone."""

    TEXT = "text"
    FILE = "file"
    PLACE = "place"
    EVENT = "event"
    WHISPER = "whisper"


class AgentState(StrEnum):
    """Whether an agent takes chats."""

    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"


def _user() -> sa.ForeignKey:
    return sa.ForeignKey("user_account.id", ondelete="SET NULL")


def _chat() -> sa.ForeignKey:
    return sa.ForeignKey("chat.id", ondelete="CASCADE")


class Chat(Base):
    """A conversation. `last_seq` numbers its messages; `robot_seq` is what the robot has read."""

    __tablename__ = "chat"
    __table_args__ = (
        sa.CheckConstraint("rating is null or rating between 1 and 5", name="rating"),
        sa.Index("ix_chat_state_waiting", "state", "waiting_since"),
        sa.Index("ix_chat_agent_state", "agent_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    opening_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    customer_id: Mapped[int | None] = mapped_column(_user(), index=True)
    customer_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    customer_name: Mapped[str] = mapped_column(sa.String(80), default="")
    contact: Mapped[str] = mapped_column(sa.String(254), default="")
    topic: Mapped[str] = mapped_column(sa.String(200), default="")
    page: Mapped[str] = mapped_column(sa.String(300), default="")
    node_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("service_node.id", ondelete="SET NULL")
    )
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="SET NULL"))
    about_id: Mapped[int | None] = mapped_column(sa.ForeignKey("ticket.id", ondelete="SET NULL"))
    ticket_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[ChatState] = mapped_column(enum_text(ChatState), default=ChatState.ROBOT)
    agent_id: Mapped[int | None] = mapped_column(_user())
    offered_to_id: Mapped[int | None] = mapped_column(_user())
    why: Mapped[str] = mapped_column(sa.String(32), default="")
    summary: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    last_seq: Mapped[int] = mapped_column(default=0)
    robot_seq: Mapped[int] = mapped_column(default=0)
    customer_seq: Mapped[int] = mapped_column(default=0)
    agent_seq: Mapped[int] = mapped_column(default=0)
    customer_read: Mapped[int] = mapped_column(default=0)
    agent_read: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    customer_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    agent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    alarmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    outcome: Mapped[ChatOutcome | None] = mapped_column(enum_text(ChatOutcome))
    end_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    rating: Mapped[int | None]
    rating_comment: Mapped[str] = mapped_column(sa.String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)

    agent: Mapped[User | None] = relationship(foreign_keys=[agent_id])
    offered_to: Mapped[User | None] = relationship(foreign_keys=[offered_to_id])
    customer: Mapped[User | None] = relationship(foreign_keys=[customer_id])
    team: Mapped[Team | None] = relationship()
    ticket: Mapped[Ticket | None] = relationship(foreign_keys=[ticket_id])
    about: Mapped[Ticket | None] = relationship(foreign_keys=[about_id])


class ChatMessage(Base):
    """One message; `client_id` makes a repeated sending harmless within its chat."""

    __tablename__ = "chat_message"
    __table_args__ = (
        sa.UniqueConstraint("chat_id", "seq"),
        sa.UniqueConstraint("chat_id", "client_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(_chat())
    seq: Mapped[int]
    side: Mapped[ChatSide] = mapped_column(enum_text(ChatSide))
    kind: Mapped[ChatKind] = mapped_column(enum_text(ChatKind), default=ChatKind.TEXT)
    author_id: Mapped[int | None] = mapped_column(_user())
    author_name: Mapped[str] = mapped_column(sa.String(80), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    client_id: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChatFile(Base):
    """A file sent in a chat; the bytes lie in the data folder under their SHA-256."""

    __tablename__ = "chat_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(_chat(), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    filename: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int] = mapped_column(sa.BigInteger)


class ChatSeat(Base):
    """A colleague who joined a chat beside its agent and may speak in it."""

    __tablename__ = "chat_seat"

    chat_id: Mapped[int] = mapped_column(_chat(), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChatAgent(Base):
    """Whether an agent is there for chats, and how many at once (0 is busy)."""

    __tablename__ = "chat_agent"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[AgentState] = mapped_column(enum_text(AgentState), default=AgentState.OFFLINE)
    most_chats: Mapped[int | None]
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChatBlock(Base):
    """Somebody who may not begin chats until a day."""

    __tablename__ = "chat_block"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    customer_name: Mapped[str] = mapped_column(sa.String(80), default="")
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    until: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_name: Mapped[str] = mapped_column(sa.String(80), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChatSettings(Base):
    """The chat's own rules; one row, made when it is first saved."""

    __tablename__ = "chat_settings"

    id: Mapped[int] = mapped_column(primary_key=True)
    rules: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
