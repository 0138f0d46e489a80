"""Published articles as the worklist needs them: columns alone, no bodies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.permissions import Permission, may
from models import (
    Article,
    ArticlePlan,
    ArticleStats,
    ArticleStatus,
    Attachment,
    User,
    Viewer,
)


@dataclass(frozen=True)
class ArticleRow:
    """One published article; `views` and votes are counted since it began."""

    article_id: int
    title: str
    slug: str
    category_id: int | None
    owner_id: int | None
    owner_name: str
    length: int
    has_files: bool
    views: int
    helpful: int
    unhelpful: int
    review_by: datetime | None
    published_at: datetime | None
    updated_at: datetime


def article_rows(session: Session, viewer: Viewer) -> list[ArticleRow]:
    """Every published article: all of them for writers, else what may be read."""
    files = sa.exists().where(Attachment.article_id == Article.id, Attachment.removed_at.is_(None))
    query = (
        sa.select(
            Article.id,
            Article.title,
            Article.slug,
            Article.category_id,
            ArticlePlan.owner_id,
            sa.func.coalesce(User.name, ""),
            sa.func.length(Article.body),
            sa.type_coerce(sa.case((files, True), else_=False), sa.Boolean),
            sa.func.coalesce(ArticleStats.views, 0),
            sa.func.coalesce(ArticleStats.helpful, 0),
            sa.func.coalesce(ArticleStats.unhelpful, 0),
            ArticlePlan.review_by,
            Article.published_at,
            Article.updated_at,
        )
        .outerjoin(ArticlePlan, ArticlePlan.article_id == Article.id)
        .outerjoin(User, User.id == ArticlePlan.owner_id)
        .outerjoin(ArticleStats, ArticleStats.article_id == Article.id)
        .where(published(viewer))
    )
    return [ArticleRow(*row) for row in session.execute(query)]


def published(viewer: Viewer) -> sa.ColumnElement[bool]:
    """What the pages about articles speak of."""
    if not may(viewer, Permission.WRITE):
        return Article.visible_to(viewer)
    return sa.and_(Article.status == ArticleStatus.PUBLISHED, Article.deleted_at.is_(None))


def owners(session: Session) -> tuple[Choice, ...]:
    """Who answers for articles, by name."""
    rows = session.execute(
        sa.select(User.id, User.name)
        .where(User.id.in_(sa.select(ArticlePlan.owner_id)))
        .order_by(User.name, User.id)
    )
    return tuple(Choice(row[0], row[1]) for row in rows)
