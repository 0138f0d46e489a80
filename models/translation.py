"""One article in several languages: a translation is an article of its own with an original.

So it has its own address, state, versions and place in the index; who may read it, where it is
filed and when it runs out follow the original (kb_app/translating.py).
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from models.article import Article, ArticleStatus
from models.base import Base, UTCDateTime, utcnow
from models.viewer import DEFAULT_LANGUAGE, Viewer

LANGUAGE = sa.String(20)


class SiteLanguage(Base):
    """A language beside the site's own (DEFAULT_LANGUAGE) that articles can be written in."""

    __tablename__ = "site_language"

    code: Mapped[str] = mapped_column(LANGUAGE, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int] = mapped_column(default=0)


class ArticleTranslation(Base):
    """What makes an article the translation of another; `source` is a digest of what the original
    said when somebody last said that the translation fits it.
    """

    __tablename__ = "article_translation"
    __table_args__ = (sa.UniqueConstraint("original_id", "language"),)

    article_id: Mapped[int] = mapped_column(
        sa.ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    original_id: Mapped[int] = mapped_column(sa.ForeignKey("article.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(LANGUAGE, index=True)
    source: Mapped[str] = mapped_column(sa.String(64))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


def source_digest(title: str, body: str) -> str:
    """A name for what an original says."""
    return hashlib.sha256(f"{title}\n\n{body}".encode("utf-8", "replace")).hexdigest()


def listed_for(viewer: Viewer) -> sa.ColumnElement[bool]:
    """What belongs into a list: readable, and each article in one language only.

    That is the reader's, or else its own: translations into other languages are left out, and
    so is an original that is there in the reader's.
    """
    language = viewer.language or DEFAULT_LANGUAGE
    foreign = sa.exists().where(
        ArticleTranslation.article_id == Article.id, ArticleTranslation.language != language
    )
    if language == DEFAULT_LANGUAGE:
        return sa.and_(Article.visible_to(viewer), sa.not_(foreign))
    other = aliased(Article)
    at_hand = (
        sa.exists()
        .where(
            ArticleTranslation.original_id == Article.id,
            ArticleTranslation.language == language,
            other.id == ArticleTranslation.article_id,
            other.status == ArticleStatus.PUBLISHED,
            other.deleted_at.is_(None),
            sa.or_(other.expires_at.is_(None), other.expires_at > utcnow()),
        )
        .correlate(Article)
    )
    return sa.and_(Article.visible_to(viewer), sa.not_(foreign), sa.not_(at_hand))


def family_of(session: Session, article_id: int) -> dict[int, str]:
    """All languages of the article, id → language, the original's too; empty when it is alone."""
    link = session.get(ArticleTranslation, article_id)
    original_id = link.original_id if link else article_id
    rows = session.execute(
        sa.select(ArticleTranslation.article_id, ArticleTranslation.language).where(
            ArticleTranslation.original_id == original_id
        )
    ).all()
    if not rows:
        return {}
    return {original_id: DEFAULT_LANGUAGE, **dict(rows)}
