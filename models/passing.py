"""What another page handed over about its visitor, and the secret with which it signs."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, utcnow


class PassingSecret(Base):
    """The site's one secret for values passed to it; one row, `secret` sealed.

    `old_secret` still counts until `old_until`, so that changing it interrupts nobody.
    """

    __tablename__ = "passing_secret"

    id: Mapped[int] = mapped_column(primary_key=True)
    secret: Mapped[str] = mapped_column(sa.Text)
    old_secret: Mapped[str] = mapped_column(sa.Text, default="")
    old_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class PassedValues(Base):
    """Values that came along with a question or a chat, and whether they were signed."""

    __tablename__ = "passed_values"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), unique=True
    )
    chat_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("chat.id", ondelete="CASCADE"), unique=True
    )
    fields: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    verified: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class QuestionFollow(Base):
    """Somebody wants to hear of a public question; `told_id` is the last message told."""

    __tablename__ = "question_follow"

    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    told_id: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
