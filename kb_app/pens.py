"""Whose pen it is: writers change every article, whoever may only draft their own new ones.

An own draft is one the viewer began that was never published and is not in the bin; what the
site made of it afterwards is no longer theirs to look into here.
"""

from __future__ import annotations

import sqlalchemy as sa

from kb_app.errors import NotFound
from kb_app.permissions import Permission, may, require
from models import Article, ArticleStatus, Viewer

UNPUBLISHED = (ArticleStatus.DRAFT, ArticleStatus.REVIEW)


def own(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Which articles are the viewer's own drafts; none for whoever has no account or no pen."""
    if viewer.user_id is None or not may(viewer, Permission.DRAFT):
        return sa.false()
    return sa.and_(
        Article.author_id == viewer.user_id,
        Article.status.in_(UNPUBLISHED),
        Article.published_at.is_(None),
        Article.deleted_at.is_(None),
    )


def is_own(viewer: Viewer, article: Article) -> bool:
    """The same in Python."""
    return (
        viewer.user_id is not None
        and may(viewer, Permission.DRAFT)
        and article.author_id == viewer.user_id
        and article.status in UNPUBLISHED
        and article.published_at is None
        and article.deleted_at is None
    )


def require_pen(viewer: Viewer, article: Article) -> None:
    """NotFound for whoever may write, but not in this article."""
    require(viewer, Permission.DRAFT)
    if not may(viewer, Permission.WRITE) and not is_own(viewer, article):
        raise NotFound(str(article.id))
