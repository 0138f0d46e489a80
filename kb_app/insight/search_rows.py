"""The log of searches, read for a period; staff's own searches are left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.insight.period import Period
from kb_app.insight.visits import LoggedClick, LoggedSearch, Visit, visits
from kb_app.popular import by_staff
from kb_app.trees import Tree
from models import Article, ArticleAccess, SearchClick, SearchLog, Viewer

MOST = 60_000


@dataclass(frozen=True)
class Log:
    """The visits of a period; `cut` when only its latest MOST rows were read.

    `category_of` is by article; `hidden` are articles this viewer may not read.
    """

    visits: tuple[Visit, ...]
    cut: bool
    category_of: dict[int, int]
    hidden: frozenset[int]

    def is_protected(self, found: Sequence[Visit]) -> bool:
        """Whether everything this query found is hidden from the viewer: then so is the query."""
        shown = {article_id for visit in found for article_id in visit.shown}
        return bool(shown) and shown <= self.hidden

    def category(self, visit: Visit) -> int | None:
        """The category of what was opened, or else of the first result."""
        click = visit.first_click
        if click is not None:
            return self.category_of.get(click.article_id)
        return self.category_of.get(visit.shown[0]) if visit.shown else None

    def of_category(self, tree: Tree, category_id: int | None) -> tuple[Visit, ...]:
        """Visits that belong to a category or one below it; all of them when it is None."""
        if category_id is None:
            return self.visits
        wanted = tree.below(category_id)
        return tuple(visit for visit in self.visits if self.category(visit) in wanted)


def read_log(session: Session, viewer: Viewer, period: Period) -> Log:
    """The period's searches and clicks as visits."""
    rows = session.execute(
        sa.select(
            SearchLog.id,
            SearchLog.query,
            SearchLog.searcher_key,
            SearchLog.total,
            SearchLog.shown,
            SearchLog.created_at,
            SearchLog.source,
        )
        .where(
            SearchLog.created_at >= period.start,
            SearchLog.created_at < period.end,
            sa.not_(by_staff()),
        )
        .order_by(SearchLog.created_at.desc(), SearchLog.id.desc())
        .limit(MOST)
    ).all()
    searches = [
        LoggedSearch(*row[:4], tuple(row.shown), row.created_at, row.source) for row in rows[::-1]
    ]
    category_of, hidden = _articles(session, viewer)
    since = rows[-1].created_at if rows else period.start
    found = visits(searches, _clicks(session, since, period))
    return Log(tuple(found), len(rows) == MOST, category_of, hidden)


def _clicks(session: Session, since: datetime, period: Period) -> dict[int, list[LoggedClick]]:
    rows = session.execute(
        sa.select(
            SearchClick.search_id,
            SearchClick.article_id,
            SearchClick.position,
            SearchClick.created_at,
        )
        .join(SearchLog, SearchLog.id == SearchClick.search_id)
        .where(SearchLog.created_at >= since, SearchLog.created_at < period.end)
    )
    found: dict[int, list[LoggedClick]] = defaultdict(list)
    for search_id, article_id, position, at in rows:
        found[search_id].append(LoggedClick(article_id, position, at))
    return found


def _articles(session: Session, viewer: Viewer) -> tuple[dict[int, int], frozenset[int]]:
    """Categories by article, and the articles this viewer holds no key to."""
    opened = sa.exists().where(
        ArticleAccess.article_id == Article.id,
        ArticleAccess.opens.is_(True),
        ArticleAccess.key.in_(sorted(viewer.keys)),
    )
    rows = session.execute(
        sa.select(Article.id, Article.category_id, sa.case((opened, 1), else_=0))
    ).all()
    categories = {row[0]: row[1] for row in rows if row[1] is not None}
    return categories, frozenset(row[0] for row in rows if not row[2])
