"""What surrounds an article while it lives: plan, notes, drafts, presence, addresses, shares.

None of this decides who may read; that is `Article.visible_to` alone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, UTCDateTime, enum_text, utcnow
from models.user import User


class NoteKind(StrEnum):
    """What a note on an article records."""

    COMMENT = "comment"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


def _article(**options: Any) -> Mapped[int]:
    return mapped_column(sa.ForeignKey("article.id", ondelete="CASCADE"), **options)


def _person(**options: Any) -> Any:
    return mapped_column(sa.ForeignKey("user_account.id", ondelete="SET NULL"), **options)


class ArticlePlan(Base):
    """Who answers for an article, when it is to appear and when to be looked at again.

    `reminded_for` is the `review_by` for which the owner was already told.
    """

    __tablename__ = "article_plan"

    article_id: Mapped[int] = _article(primary_key=True)
    owner_id: Mapped[int | None] = _person(index=True)
    publish_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    review_by: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    reminded_for: Mapped[datetime | None] = mapped_column(UTCDateTime)

    owner: Mapped[User | None] = relationship()


class ArticleNote(Base):
    """A remark of one writer to another, or a step of the review."""

    __tablename__ = "article_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = _article(index=True)
    author_id: Mapped[int | None] = _person()
    kind: Mapped[NoteKind] = mapped_column(enum_text(NoteKind))
    body: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    author: Mapped[User | None] = relationship()


class ArticleDraft(Base):
    """What one person has typed and not saved; `key` is the article's id or `new-…`."""

    __tablename__ = "article_draft"
    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user_account.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(40))
    article_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    base_version: Mapped[int] = mapped_column(default=0)
    fields: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)


class ArticlePresence(Base):
    """Who had the article open in the editor, and when that was last known."""

    __tablename__ = "article_presence"

    article_id: Mapped[int] = _article(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class ArticleRedirect(Base):
    """An address an article once had; it leads to the article, so chains cannot form."""

    __tablename__ = "article_redirect"

    slug: Mapped[str] = mapped_column(sa.String(160), primary_key=True)
    article_id: Mapped[int] = _article(index=True)


class ArticleRelated(Base):
    """An article somebody chose to show beside another, in their order."""

    __tablename__ = "article_related"

    article_id: Mapped[int] = _article(primary_key=True)
    related_id: Mapped[int] = _article(primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)


class ArticleShare(Base):
    """A link to an unpublished article for people without an account; it ends by itself."""

    __tablename__ = "article_share"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = _article(index=True)
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    creator_id: Mapped[int | None] = _person()
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    creator: Mapped[User | None] = relationship()
