"""What somebody searched for and read, as the desk sees it beside a person or a chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Article, SearchClick, SearchLog, Viewer


@dataclass(frozen=True)
class Past:
    """Something of before, and under what key it is opened; `rating` when there is one."""

    key: str
    title: str
    status: str
    at: datetime
    rating: int | None = None


def searches_of(session: Session, searcher_key: str, most: int) -> tuple[str, ...]:
    """Their latest different searches of this month, the newest first."""
    rows = session.scalars(
        sa.select(SearchLog.query)
        .where(SearchLog.searcher_key == searcher_key)
        .order_by(SearchLog.id.desc())
        .limit(3 * most)
    )
    return tuple(dict.fromkeys(rows))[:most]


def articles_read(
    session: Session, viewer: Viewer, searcher_key: str, most: int
) -> tuple[Past, ...]:
    """What they opened out of searches this month, as far as `viewer` may read it too."""
    rows = session.execute(
        sa.select(Article.slug, Article.title, sa.func.max(SearchClick.created_at).label("at"))
        .join(SearchClick, SearchClick.article_id == Article.id)
        .join(SearchLog, SearchLog.id == SearchClick.search_id)
        .where(SearchLog.searcher_key == searcher_key, Article.visible_to(viewer))
        .group_by(Article.id, Article.slug, Article.title)
        .order_by(sa.desc("at"))
        .limit(most)
    )
    return tuple(Past(row.slug, row.title, "", row.at) for row in rows)
