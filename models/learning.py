"""What the site learned from its own use: each change with its evidence, and how to undo it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class LearnedKind(StrEnum):
    """How sure answers are, other wordings, weights, how far people look, an encoder."""

    CALIBRATION = "calibration"
    PHRASING = "phrasing"
    WEIGHTS = "weights"
    PLACES = "places"
    ENCODER = "encoder"


class LearnedState(StrEnum):
    """Proposed to an editor, in effect, refused (by a person or the replay), or taken back."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    REPLACED = "replaced"


class LearnedChange(Base):
    """One change, what it was before, and what spoke for it. Never deleted."""

    __tablename__ = "learned_change"
    __table_args__ = (sa.Index("ix_learned_change_kind_state", "kind", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LearnedKind] = mapped_column(enum_text(LearnedKind))
    state: Mapped[LearnedState] = mapped_column(enum_text(LearnedState))
    article_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    subject: Mapped[str] = mapped_column(sa.String(200), default="")
    before: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    evidence: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by: Mapped[str] = mapped_column(sa.String(80), default="")


class LearningRun(Base):
    """One look at the site's own outcomes, and what came of it."""

    __tablename__ = "learning_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    report: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class QuestionEvidence(Base):
    """What spoke for the first text shown to a question; `names` tells which features."""

    __tablename__ = "question_evidence"

    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    names: Mapped[str] = mapped_column(sa.String(16))
    vector: Mapped[list[float]] = mapped_column(sa.JSON)
    shipped: Mapped[float]
    titles_only: Mapped[bool] = mapped_column(default=False)


class ArticleReader(Base):
    """Who opened an article today, under a key that changes daily."""

    __tablename__ = "article_reader"

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    reader_key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class UseTally(Base):
    """Up to when searches have been counted as looks at what they showed; one row."""

    __tablename__ = "use_tally"

    id: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(UTCDateTime)
