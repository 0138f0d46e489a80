"""Browsing: the two trees with their articles, and the hottest questions of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.cards import (
    PAGE_SIZE,
    ArticleCard,
    Crumb,
    TreeCard,
    article_cards,
    hottest_cards,
    in_products,
    listed,
    page_count,
)
from kb_app.errors import Moved, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.subscribing import rhythm_of
from kb_app.tree_rows import TreeKind, redirected
from models import Article, ArticleStats, Rhythm, Viewer, listed_for, reading

HOTTEST_PAGE = 50


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
    subscription: Rhythm | None = None


@dataclass(frozen=True)
class HotPage:
    """The hottest questions, overall or of one category or product."""

    cards: tuple[ArticleCard, ...]
    categories: tuple[TreeCard, ...]
    selected: str
    products: tuple[TreeCard, ...] = ()
    product: str = ""


def browse_category(ports: Ports, viewer: Viewer, slug: str, page: int) -> BrowsePage:
    """A category with everything below it."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        tree = trees.categories(session, viewer)
        counts = trees.category_counts(session, viewer)
        node = _node(session, TreeKind.CATEGORY, tree, slug)
        rule = Article.category_id.in_(tree.below(node.id))
        return _browse(session, viewer, tree, _Shelf("category", node, counts, rule, page))


def browse_product(ports: Ports, viewer: Viewer, slug: str, page: int) -> BrowsePage:
    """A product with everything below it."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        tree, counts = trees.products(session), trees.product_counts(session, viewer)
        node = _node(session, TreeKind.PRODUCT, tree, slug)
        rule = in_products(tree.below(node.id))
        return _browse(session, viewer, tree, _Shelf("product", node, counts, rule, page))


@dataclass(frozen=True)
class _Shelf:
    kind: str
    node: trees.Node
    counts: dict[int, int]
    rule: sa.ColumnElement[bool]
    page: int


def _node(session: Session, kind: TreeKind, tree: trees.Tree, slug: str) -> trees.Node:
    """The node at this address; Moved when it has another one now."""
    node = tree.by_slug(slug)
    if node is not None:
        return node
    present = redirected(session, kind, slug)
    if present is not None and tree.by_slug(present) is not None:
        raise Moved(present)
    raise NotFound(slug)


def _browse(session: Session, viewer: Viewer, tree: trees.Tree, shelf: _Shelf) -> BrowsePage:
    total = session.scalar(
        sa.select(sa.func.count()).select_from(Article).where(listed_for(viewer), shelf.rule)
    )
    pages = page_count(total or 0)
    page = min(max(1, shelf.page), pages)
    found = session.scalars(
        listed(viewer)
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
        subscription=rhythm_of(session, viewer, shelf.node.id)
        if shelf.kind == "category"
        else None,
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


def hottest(ports: Ports, viewer: Viewer, category_slug: str, product_slug: str = "") -> HotPage:
    """Dynamic FAQ: nobody curates it, use does."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        categories, products = trees.categories(session, viewer), trees.products(session)
        rules: list[sa.ColumnElement[bool]] = []
        if category_slug:
            node = _node(session, TreeKind.CATEGORY, categories, category_slug)
            rules.append(Article.category_id.in_(categories.below(node.id)))
        if product_slug:
            node = _node(session, TreeKind.PRODUCT, products, product_slug)
            rules.append(in_products(products.below(node.id)))
        return HotPage(
            cards=hottest_cards(session, viewer, HOTTEST_PAGE, *rules),
            categories=categories.cards(None, trees.category_counts(session, viewer)),
            selected=category_slug,
            products=products.cards(None, trees.product_counts(session, viewer)),
            product=product_slug,
        )
