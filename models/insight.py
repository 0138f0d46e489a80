"""What the use of the site taught: gaps in the knowledge, and who takes part in the comparison.

Texts kept here are masked; people are keys (see kb_app.searchers), never names.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow


class GapStatus(StrEnum):
    """Open until somebody writes (or ignores) it; closed once its questions are answered."""

    OPEN = "open"
    WRITING = "writing"
    IGNORED = "ignored"
    CLOSED = "closed"


class GapSource(StrEnum):
    """What told that something is missing."""

    SEARCH = "search"
    QUESTION = "question"
    VOTE = "vote"
    TICKET = "ticket"


class KnowledgeGap(Base):
    """Questions of one meaning that nothing answers; `saves` are tickets per 30 days."""

    __tablename__ = "knowledge_gap"
    __table_args__ = (sa.Index("ix_knowledge_gap_status_saves", "status", "saves"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    status: Mapped[GapStatus] = mapped_column(enum_text(GapStatus), default=GapStatus.OPEN)
    size: Mapped[int] = mapped_column(default=0)
    recent: Mapped[int] = mapped_column(default=0)
    before: Mapped[int] = mapped_column(default=0)
    saves: Mapped[float] = mapped_column(default=0.0)
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("category.id", ondelete="SET NULL")
    )
    nearest_id: Mapped[int | None] = mapped_column(sa.ForeignKey("article.id", ondelete="SET NULL"))
    article_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("article.id", ondelete="SET NULL"), index=True
    )
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    members: Mapped[list[GapMember]] = relationship(
        cascade="all, delete-orphan", order_by="GapMember.place"
    )


class GapMember(Base):
    """One wording in a gap, the most central first; `text_key` is a digest of its normal form."""

    __tablename__ = "gap_member"
    __table_args__ = (sa.UniqueConstraint("gap_id", "text_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(
        sa.ForeignKey("knowledge_gap.id", ondelete="CASCADE"), index=True
    )
    place: Mapped[int]
    text: Mapped[str] = mapped_column(sa.String(500))
    text_key: Mapped[str] = mapped_column(sa.String(32), index=True)
    source: Mapped[GapSource] = mapped_column(enum_text(GapSource))
    people: Mapped[int] = mapped_column(default=1)
    question_ids: Mapped[list[int]] = mapped_column(sa.JSON, default=list)
    last_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class GapNotice(Base):
    """A question whose asker was told once that there is an answer now."""

    __tablename__ = "gap_notice"

    question_id: Mapped[int] = mapped_column(
        sa.ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class GapRun(Base):
    """One sorting of unanswered questions; `done` of `total` steps tell how far it is."""

    __tablename__ = "gap_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class HoldoutPerson(Base):
    """Somebody in the comparison, and whether they are among those shown no answers."""

    __tablename__ = "holdout_person"

    person_key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    held: Mapped[bool]
    joined_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
