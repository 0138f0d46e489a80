"""The content managers' list of articles by state, newest change first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.cards import PAGE_SIZE, Crumb, crumb, page_count
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line
from models import Article, ArticlePlan, ArticleStatus, Viewer, reading

DUE = "due"
DELETED, ALL = "deleted", "all"


@dataclass(frozen=True)
class ManageFilter:
    """Which articles to list."""

    selected: str = ALL
    query: str = ""
    page: int = 1


@dataclass(frozen=True)
class ManageRow:
    """An article in the managers' list."""

    article_id: int
    title: str
    slug: str
    status: ArticleStatus
    category: Crumb | None
    updated_at: datetime
    author_name: str
    helpful: int
    unhelpful: int
    views: int


@dataclass(frozen=True)
class ManagePage:
    """A page of articles; `counts` has a number for every filter."""

    rows: tuple[ManageRow, ...]
    counts: dict[str, int]
    selected: str
    query: str
    page: int
    pages: int
    total: int


def manage(ports: Ports, viewer: Viewer, wanted: ManageFilter) -> ManagePage:
    """The list of articles, newest change first; `query` looks in titles."""
    require(viewer, Permission.WRITE)
    alive = Article.deleted_at.is_(None)
    rules: dict[str, sa.ColumnElement[bool]] = {
        ALL: alive,
        **{status.value: sa.and_(alive, Article.status == status) for status in ArticleStatus},
        DUE: sa.and_(alive, Article.id.in_(_due_for_review(ports.clock()))),
        DELETED: Article.deleted_at.is_not(None),
    }
    selected = wanted.selected if wanted.selected in rules else ALL
    query = clean_line(wanted.query)[:100]
    rule = sa.and_(rules[selected], Article.title.icontains(query, autoescape=True))
    with reading(ports.database) as session:
        columns = [sa.func.count().filter(each).label(name) for name, each in rules.items()]
        counted = session.execute(sa.select(*columns).select_from(Article)).one()
        total = session.scalar(sa.select(sa.func.count()).select_from(Article).where(rule)) or 0
        pages = page_count(total)
        page = min(max(1, wanted.page), pages)
        rows = _rows(session, rule, page)
    counts = dict(zip(rules, counted, strict=True))
    return ManagePage(rows, counts, selected, query, page, pages, total)


def _due_for_review(now: datetime) -> sa.Select[int]:
    return sa.select(ArticlePlan.article_id).where(ArticlePlan.review_by <= now)


def _rows(session: Session, rule: sa.ColumnElement[bool], page: int) -> tuple[ManageRow, ...]:
    found = session.scalars(
        sa.select(Article)
        .where(rule)
        .options(
            selectinload(Article.category),
            selectinload(Article.author),
            selectinload(Article.stats),
        )
        .order_by(Article.updated_at.desc(), Article.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return tuple(
        ManageRow(
            article.id,
            article.title,
            article.slug,
            article.status,
            crumb(article.category),
            article.updated_at,
            article.author.name if article.author else "",
            article.stats.helpful if article.stats else 0,
            article.stats.unhelpful if article.stats else 0,
            article.stats.views if article.stats else 0,
        )
        for article in found
    )
