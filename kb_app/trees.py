"""Category and product trees: paths, descendants, choices, readable counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice, Crumb, TreeCard
from models import Article, Category, Product, Viewer, article_product

Node = Category | Product
INDENT = "\u3000"
DEEPEST = 20


@dataclass(frozen=True)
class Tree:
    """One of the two trees, whole, in display order."""

    nodes: tuple[Node, ...]

    def children(self, parent_id: int | None) -> tuple[Node, ...]:
        """The nodes right below one, or the top nodes for None."""
        return tuple(node for node in self.nodes if node.parent_id == parent_id)

    def by_slug(self, slug: str) -> Node | None:
        """The node with this slug."""
        return next((node for node in self.nodes if node.slug == slug), None)

    def path(self, node_id: int | None) -> tuple[Node, ...]:
        """From the top down to the node, itself included; empty for None."""
        by_id = {node.id: node for node in self.nodes}
        path: list[Node] = []
        while node_id is not None and node_id in by_id and len(path) < DEEPEST:
            path.append(by_id[node_id])
            node_id = by_id[node_id].parent_id
        return tuple(reversed(path))

    def below(self, node_id: int) -> frozenset[int]:
        """The node and everything under it."""
        ids = {node_id}
        for child in self.children(node_id):
            ids |= self.below(child.id)
        return frozenset(ids)

    def choices(self) -> tuple[Choice, ...]:
        """Every node for a select box, indented by depth."""
        return tuple(self._choices(None, 0))

    def _choices(self, parent_id: int | None, depth: int) -> Iterator[Choice]:
        for node in self.children(parent_id):
            yield Choice(node.id, INDENT * depth + node.name)
            yield from self._choices(node.id, depth + 1)

    def cards(self, parent_id: int | None, counts: dict[int, int]) -> tuple[TreeCard, ...]:
        """Cards of the nodes below one, each with its readable articles counted through."""
        return tuple(
            TreeCard(
                node.slug,
                node.name,
                node.summary,
                node.icon,
                sum(counts.get(i, 0) for i in self.below(node.id)),
                tuple(Crumb(child.slug, child.name) for child in self.children(node.id)),
            )
            for node in self.children(parent_id)
        )


def categories(session: Session) -> Tree:
    """The category tree."""
    order = (Category.position, Category.id)
    return Tree(tuple(session.scalars(sa.select(Category).order_by(*order))))


def products(session: Session) -> Tree:
    """The product tree."""
    return Tree(tuple(session.scalars(sa.select(Product).order_by(Product.position, Product.id))))


def category_counts(session: Session, viewer: Viewer) -> dict[int, int]:
    """Readable articles right in each category."""
    rows = session.execute(
        sa.select(Article.category_id, sa.func.count())
        .where(Article.visible_to(viewer), Article.category_id.is_not(None))
        .group_by(Article.category_id)
    )
    return {int(node or 0): count for node, count in rows}


def product_counts(session: Session, viewer: Viewer) -> dict[int, int]:
    """Readable articles right at each product."""
    rows = session.execute(
        sa.select(article_product.c.product_id, sa.func.count())
        .join(Article, Article.id == article_product.c.article_id)
        .where(Article.visible_to(viewer))
        .group_by(article_product.c.product_id)
    )
    return {int(node): count for node, count in rows}
