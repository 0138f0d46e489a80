"""A submitted question, what it was shown, and how it ended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.taxonomy import Category, Product


class QuestionStatus(StrEnum):
    """Where a question is: received first, always, before anything clever runs."""

    RECEIVED = "received"
    ANSWERED = "answered"
    SUGGESTED = "suggested"
    UNANSWERED = "unanswered"
    DEFLECTED = "deflected"
    ESCALATED = "escalated"


class ShownKind(StrEnum):
    """What kind of text was shown to an asker."""

    ARTICLE = "article"
    QUESTION = "question"


class Question(Base):
    """What somebody wanted to know, in their own words."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(32), unique=True)
    text: Mapped[str] = mapped_column(sa.Text)
    asker_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    asker_key: Mapped[str] = mapped_column(sa.String(80), index=True)
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("category.id", ondelete="SET NULL"), index=True
    )
    product_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("product.id", ondelete="SET NULL"), index=True
    )
    status: Mapped[QuestionStatus] = mapped_column(
        enum_text(QuestionStatus), default=QuestionStatus.RECEIVED, index=True
    )
    confidence: Mapped[float | None]
    reason: Mapped[str] = mapped_column(sa.String(60), default="")
    is_public: Mapped[bool] = mapped_column(default=False, index=True)
    submission_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    category: Mapped[Category | None] = relationship()
    product: Mapped[Product | None] = relationship()
    shown: Mapped[list[QuestionShown]] = relationship(
        cascade="all, delete-orphan", order_by="QuestionShown.position"
    )
    replies: Mapped[list[Reply]] = relationship(
        cascade="all, delete-orphan", order_by="Reply.id", foreign_keys="Reply.question_id"
    )


class QuestionShown(Base):
    """One text the asker was shown for the question, and at which place."""

    __tablename__ = "question_shown"
    __table_args__ = (sa.UniqueConstraint("question_id", "kind", "target_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[ShownKind] = mapped_column(enum_text(ShownKind))
    target_id: Mapped[int]
    position: Mapped[int]
    score: Mapped[float]
    as_answer: Mapped[bool] = mapped_column(default=False)


class Reply(Base):
    """The automatic answer given to a question, and the article it quotes.

    `rewritten` is the same in words of a language model, sentence by sentence with sources.
    """

    __tablename__ = "reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    article_id: Mapped[int | None] = mapped_column(sa.ForeignKey("article.id", ondelete="SET NULL"))
    source_question_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("question.id", ondelete="SET NULL")
    )
    body: Mapped[str] = mapped_column(sa.Text)
    confidence: Mapped[float]
    rewritten: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
