"""The small readable shapes pages are made of, and the queries that fill them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from indexer.passages import lead, plain_text
from models import (
    Article,
    ArticleStats,
    Category,
    Product,
    Viewer,
    Vote,
    article_product,
    heat_weight,
    listed_for,
    utcnow,
)

SUMMARY_CHARS = 90
SUMMARY_SOURCE = 2_000
PAGE_SIZE = 20


@dataclass(frozen=True)
class Crumb:
    """A named place one can go to."""

    slug: str
    name: str


@dataclass(frozen=True)
class Choice:
    """One entry of a select box; `label` is indented by its depth."""

    id: int
    label: str


@dataclass(frozen=True)
class TreeCard:
    """A node of a tree with the number of articles this viewer can read below it."""

    slug: str
    name: str
    summary: str
    icon: str
    count: int
    children: tuple[Crumb, ...] = ()


@dataclass(frozen=True)
class ArticleCard:
    """An article in a list, with its rating as this viewer sees it."""

    article_id: int
    slug: str
    title: str
    summary: str
    category: Crumb | None
    helpful: int
    unhelpful: int
    my_vote: int
    views: int
    updated_at: datetime
    heat: float


@dataclass(frozen=True)
class ArticleRef:
    """Just enough to link to an article."""

    article_id: int
    title: str
    slug: str
    status: str


def crumb(node: Category | Product | None) -> Crumb | None:
    """The crumb of a node, or None."""
    return None if node is None else Crumb(node.slug, node.name)


def page_count(total: int, size: int = PAGE_SIZE) -> int:
    """How many pages `total` things fill; at least one."""
    return max(1, -(-total // size))


def my_votes(session: Session, viewer: Viewer, article_ids: Iterable[int]) -> dict[int, int]:
    """The viewer's own votes on these articles."""
    rows = session.execute(
        sa.select(Vote.article_id, Vote.value).where(
            Vote.voter_key == viewer.voter_key, Vote.article_id.in_(list(article_ids))
        )
    )
    return dict(rows.all())


def article_cards(
    session: Session, viewer: Viewer, articles: Sequence[Article]
) -> tuple[ArticleCard, ...]:
    """Cards for articles that were already found readable."""
    votes = my_votes(session, viewer, [article.id for article in articles])
    now = heat_weight(utcnow())
    return tuple(_card(article, votes.get(article.id, 0), now) for article in articles)


def readable(viewer: Viewer) -> sa.Select[Article]:
    """Articles this viewer may read, loaded with what a card shows."""
    return (
        sa.select(Article)
        .where(Article.visible_to(viewer))
        .options(
            joinedload(Article.category),
            selectinload(Article.products),
            joinedload(Article.stats),
        )
    )


def listed(viewer: Viewer) -> sa.Select[Article]:
    """What of that belongs into a list: each article in one language."""
    return readable(viewer).where(listed_for(viewer))


def cards_by_id(session: Session, viewer: Viewer, ids: Sequence[int]) -> tuple[ArticleCard, ...]:
    """Cards in the order of `ids`; what the viewer may not read is left out."""
    found = session.scalars(readable(viewer).where(Article.id.in_(list(ids))))
    by_id = {article.id: article for article in found}
    return article_cards(session, viewer, [by_id[i] for i in ids if i in by_id])


def hottest_cards(
    session: Session, viewer: Viewer, limit: int, *rules: sa.ColumnElement[bool]
) -> tuple[ArticleCard, ...]:
    """The articles most used lately, hottest first."""
    found = session.scalars(
        listed(viewer)
        .join(ArticleStats, ArticleStats.article_id == Article.id)
        .where(ArticleStats.heat > 0, *rules)
        .order_by(ArticleStats.heat.desc(), Article.id)
        .limit(limit)
    )
    return article_cards(session, viewer, list(found))


def in_products(ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """The condition that an article belongs to one of these products."""
    return Article.id.in_(
        sa.select(article_product.c.article_id).where(article_product.c.product_id.in_(list(ids)))
    )


def _card(article: Article, vote: int, weight_now: float) -> ArticleCard:
    stats = article.stats
    return ArticleCard(
        article_id=article.id,
        slug=article.slug,
        title=article.title,
        summary=lead(plain_text(article.body[:SUMMARY_SOURCE]), SUMMARY_CHARS),
        category=crumb(article.category),
        helpful=stats.helpful if stats else 0,
        unhelpful=stats.unhelpful if stats else 0,
        my_vote=vote,
        views=stats.views if stats else 0,
        updated_at=article.updated_at,
        heat=stats.heat / weight_now if stats else 0.0,
    )
