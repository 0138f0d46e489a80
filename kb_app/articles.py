"""Reading: the home page, one article, the two trees, the hottest questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import SearchFilter
from indexer.passages import plain_text
from kb_app import trees
from kb_app.cards import (
    PAGE_SIZE,
    ArticleCard,
    Crumb,
    TreeCard,
    article_cards,
    cards_by_id,
    hottest_cards,
    in_products,
    my_votes,
    page_count,
    readable,
)
from kb_app.errors import NotFound
from kb_app.files import FileLink, files_of
from kb_app.permissions import Permission, may, require
from kb_app.popular import popular_queries
from kb_app.ports import Ports
from kb_app.rendering import Heading, render
from kb_app.suggesting import Suggested, chosen
from kb_app.usage import Origin, dispensable, opened
from models import Article, ArticleStats, Viewer, reading

HOTTEST_ON_HOME = 8
HOTTEST_PAGE = 50
NEWEST_ON_HOME = 6
RELATED = 5
RELATED_SOURCE = 2_000


@dataclass(frozen=True)
class HomePage:
    """The front page: ways in, and what others ask right now."""

    categories: tuple[TreeCard, ...]
    products: tuple[TreeCard, ...]
    hottest: tuple[ArticleCard, ...]
    newest: tuple[ArticleCard, ...]
    article_count: int
    popular_queries: tuple[str, ...]


@dataclass(frozen=True)
class ArticlePage:
    """One article as a reader meets it; `html` is sanitised."""

    article_id: int
    slug: str
    title: str
    html: str
    headings: tuple[Heading, ...]
    category_path: tuple[Crumb, ...]
    products: tuple[Crumb, ...]
    updated_at: datetime
    views: int
    helpful: int
    unhelpful: int
    my_vote: int
    related: tuple[ArticleCard, ...]
    attachments: tuple[FileLink, ...]
    can_edit: bool
    search_id: int | None


@dataclass(frozen=True)
class BrowsePage:
    """A node of one of the trees with its articles, best rated first."""

    kind: str
    slug: str
    name: str
    summary: str
    path: tuple[Crumb, ...]
    children: tuple[TreeCard, ...]
    cards: tuple[ArticleCard, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class HotPage:
    """The hottest questions, overall or of one category."""

    cards: tuple[ArticleCard, ...]
    categories: tuple[TreeCard, ...]
    selected: str


def home(ports: Ports, viewer: Viewer) -> HomePage:
    """Everything the front page shows."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        category_counts = trees.category_counts(session, viewer)
        newest = session.scalars(
            readable(viewer)
            .order_by(Article.published_at.desc(), Article.id.desc())
            .limit(NEWEST_ON_HOME)
        )
        count = sa.select(sa.func.count()).select_from(Article).where(Article.visible_to(viewer))
        return HomePage(
            categories=trees.categories(session).cards(None, category_counts),
            products=trees.products(session).cards(None, trees.product_counts(session, viewer)),
            hottest=hottest_cards(session, viewer, HOTTEST_ON_HOME),
            newest=article_cards(session, viewer, list(newest)),
            article_count=session.scalar(count) or 0,
            popular_queries=popular_queries(session),
        )


def read(ports: Ports, viewer: Viewer, slug: str, origin: Origin | Suggested | None) -> ArticlePage:
    """The article with this slug; counted as opened, and as found when it came from a search."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        article = session.scalar(readable(viewer).where(Article.slug == slug))
        if article is None:
            raise NotFound(slug)
        page = _article_page(ports, session, viewer, article)
    with dispensable("view"):
        if isinstance(origin, Suggested):
            origin = chosen(ports, viewer, article.id, origin)
        opened(ports, viewer, article.id, origin)
    return replace(page, search_id=origin.search_id) if isinstance(origin, Origin) else page


def _article_page(ports: Ports, session: Session, viewer: Viewer, article: Article) -> ArticlePage:
    rendered = render(article.body)
    stats = article.stats
    return ArticlePage(
        article_id=article.id,
        slug=article.slug,
        title=article.title,
        html=rendered.html,
        headings=rendered.headings,
        category_path=tuple(
            Crumb(node.slug, node.name)
            for node in trees.categories(session).path(article.category_id)
        ),
        products=tuple(Crumb(product.slug, product.name) for product in article.products),
        updated_at=article.updated_at,
        views=stats.views if stats else 0,
        helpful=stats.helpful if stats else 0,
        unhelpful=stats.unhelpful if stats else 0,
        my_vote=my_votes(session, viewer, [article.id]).get(article.id, 0),
        related=_related(ports, session, viewer, article),
        attachments=files_of(session, article.id),
        can_edit=may(viewer, Permission.WRITE),
        search_id=None,
    )


def _related(
    ports: Ports, session: Session, viewer: Viewer, article: Article
) -> tuple[ArticleCard, ...]:
    text = f"{article.title}\n{plain_text(article.body[:RELATED_SOURCE])[:200]}"
    hits = ports.engine.similar(text, SearchFilter(viewer.keys), RELATED + 1)
    ids = [hit.ref_id for hit in hits if hit.ref_id != article.id][:RELATED]
    return cards_by_id(session, viewer, ids)


def browse_category(ports: Ports, viewer: Viewer, slug: str, page: int) -> BrowsePage:
    """A category with everything below it."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        tree, counts = trees.categories(session), trees.category_counts(session, viewer)
        node = _node(tree, slug)
        rule = Article.category_id.in_(tree.below(node.id))
        return _browse(session, viewer, tree, _Shelf("category", node, counts, rule, page))


def browse_product(ports: Ports, viewer: Viewer, slug: str, page: int) -> BrowsePage:
    """A product with everything below it."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        tree, counts = trees.products(session), trees.product_counts(session, viewer)
        node = _node(tree, slug)
        rule = in_products(tree.below(node.id))
        return _browse(session, viewer, tree, _Shelf("product", node, counts, rule, page))


@dataclass(frozen=True)
class _Shelf:
    kind: str
    node: trees.Node
    counts: dict[int, int]
    rule: sa.ColumnElement[bool]
    page: int


def _node(tree: trees.Tree, slug: str) -> trees.Node:
    node = tree.by_slug(slug)
    if node is None:
        raise NotFound(slug)
    return node


def _browse(session: Session, viewer: Viewer, tree: trees.Tree, shelf: _Shelf) -> BrowsePage:
    total = session.scalar(
        sa.select(sa.func.count())
        .select_from(Article)
        .where(Article.visible_to(viewer), shelf.rule)
    )
    pages = page_count(total or 0)
    page = min(max(1, shelf.page), pages)
    found = session.scalars(
        readable(viewer)
        .where(shelf.rule)
        .outerjoin(ArticleStats, ArticleStats.article_id == Article.id)
        .order_by(best_first().desc(), Article.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    path = tree.path(shelf.node.id)
    return BrowsePage(
        kind=shelf.kind,
        slug=shelf.node.slug,
        name=shelf.node.name,
        summary=shelf.node.summary,
        path=tuple(Crumb(node.slug, node.name) for node in path[:-1]),
        children=tree.cards(shelf.node.id, shelf.counts),
        cards=article_cards(session, viewer, list(found)),
        total=total or 0,
        page=page,
        pages=pages,
    )


def best_first() -> sa.ColumnElement[Any]:
    """The order of browse lists: shrunken rating plus recent use, in SQL.

    Rating is (helpful + 4) / (votes + 5): a new article starts at 0.8, one vote moves it
    little, many move it surely. Use adds at most as much as one full point of rating.
    """
    helpful = sa.func.coalesce(ArticleStats.helpful, 0)
    votes = helpful + sa.func.coalesce(ArticleStats.unhelpful, 0)
    solved = sa.func.coalesce(ArticleStats.solved, 0)
    rating = (helpful + 4.0) / (votes + 5.0)
    return rating + solved / (solved + 20.0)


def hottest(ports: Ports, viewer: Viewer, category_slug: str) -> HotPage:
    """Dynamic FAQ: nobody curates it, use does."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        tree = trees.categories(session)
        node = tree.by_slug(category_slug) if category_slug else None
        if category_slug and node is None:
            raise NotFound(category_slug)
        rules = [Article.category_id.in_(tree.below(node.id))] if node else []
        return HotPage(
            cards=hottest_cards(session, viewer, HOTTEST_PAGE, *rules),
            categories=tree.cards(None, trees.category_counts(session, viewer)),
            selected=category_slug,
        )
