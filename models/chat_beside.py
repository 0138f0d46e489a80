"""Beside a chat: guests who came by a link, pages its customer visited, figures of each hour."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow


def _chat() -> sa.ForeignKey:
    return sa.ForeignKey("chat.id", ondelete="CASCADE")


class ChatGuest(Base):
    """Somebody outside the desk who may take part until a moment; the link is kept as a hash."""

    __tablename__ = "chat_guest"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(_chat(), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    invited_by: Mapped[str] = mapped_column(sa.String(80), default="")
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    joined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChatVisit(Base):
    """A page its customer has open, or had open before; kept as long as the chat."""

    __tablename__ = "chat_visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(_chat(), index=True)
    path: Mapped[str] = mapped_column(sa.String(300))
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ChatHour(Base):
    """What happened in the chats that began within an hour; outlives the chats themselves.

    Waits count only chats that were accepted; `in_time` those accepted within the goal of then.
    """

    __tablename__ = "chat_hour"

    hour_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    begun: Mapped[int] = mapped_column(default=0)
    asked_person: Mapped[int] = mapped_column(default=0)
    served: Mapped[int] = mapped_column(default=0)
    abandoned: Mapped[int] = mapped_column(default=0)
    in_time: Mapped[int] = mapped_column(default=0)
    wait_seconds: Mapped[int] = mapped_column(default=0)
    talk_seconds: Mapped[int] = mapped_column(default=0)
    rated: Mapped[int] = mapped_column(default=0)
    satisfied: Mapped[int] = mapped_column(default=0)
