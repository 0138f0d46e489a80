"""What content managers see of the two trees: all nodes with numbers, and one node's form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.audiences import (
    Audience,
    SeenBy,
    audiences,
    category_keys,
    joined,
    named,
    seen_by,
)
from kb_app.cards import Choice
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.tree_rows import TABLES, TreeKind, found, holds
from kb_app.trees import Tree
from models import EVERYBODY, Article, Viewer, article_product, reading


@dataclass(frozen=True)
class TreeRow:
    """A node in the list; `articles` counts those right here, in any state but the bin.

    `closed_to` names who is let in when that is not everybody.
    """

    id: int
    parent_id: int | None
    slug: str
    name: str
    icon: str
    depth: int
    articles: int
    is_first: bool
    is_last: bool
    closed_to: tuple[Audience, ...]
    children: tuple[TreeRow, ...]


@dataclass(frozen=True)
class TreesPage:
    """One of the trees, whole."""

    kind: TreeKind
    rows: tuple[TreeRow, ...]
    total: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class NodePage:
    """The form of one node (`id` None: a new one below `parent_id`)."""

    kind: TreeKind
    id: int | None
    parent_id: int | None
    parent_name: str
    name: str
    summary: str
    icon: str
    slug: str
    access: str
    audiences: tuple[Audience, ...]
    seen_by: SeenBy | None
    others: tuple[Choice, ...]
    may_delete: bool


def trees_page(ports: Ports, viewer: Viewer, kind: TreeKind) -> TreesPage:
    """Every node of a tree, in order."""
    require(viewer, Permission.ARRANGE)
    with reading(ports.database) as session:
        tree = _tree(session, kind)
        known = audiences(session) if any(n.opens != EVERYBODY for n in tree.nodes) else ()
        rows = tuple(_rows(tree, None, 0, _counts(session, kind), known))
        return TreesPage(kind, rows, len(tree.nodes), tree.choices())


def node_page(ports: Ports, viewer: Viewer, kind: TreeKind, node_id: int) -> NodePage:
    """One node as it is."""
    require(viewer, Permission.ARRANGE)
    with reading(ports.database) as session:
        node, tree = found(session, kind, node_id), _tree(session, kind)
        own = category_keys(session, node.id) if kind is TreeKind.CATEGORY else EVERYBODY
        below = tree.below(node.id)
        parent = next((n for n in tree.nodes if n.id == node.parent_id), None)
        is_category = kind is TreeKind.CATEGORY
        return NodePage(
            kind=kind,
            id=node.id,
            parent_id=node.parent_id,
            parent_name=parent.name if parent else "",
            name=node.name,
            summary=node.summary,
            icon=node.icon,
            slug=node.slug,
            access=joined(own) if is_category else "",
            audiences=audiences(session) if is_category else (),
            seen_by=seen_by(session, own or EVERYBODY, node.id) if is_category else None,
            others=tuple(choice for choice in tree.choices() if choice.id not in below),
            may_delete=not holds(session, kind, node.id),
        )


def new_node_page(ports: Ports, viewer: Viewer, kind: TreeKind, parent_id: int | None) -> NodePage:
    """An empty form."""
    require(viewer, Permission.ARRANGE)
    with reading(ports.database) as session:
        parent = found(session, kind, parent_id) if parent_id is not None else None
        known = audiences(session) if kind is TreeKind.CATEGORY else ()
        name = parent.name if parent else ""
        return NodePage(
            kind, None, parent_id, name, "", "", "", "", "", known, None, (), may_delete=False
        )


def _tree(session: Session, kind: TreeKind) -> Tree:
    return trees.read_now(session, TABLES[kind])


def _rows(
    tree: Tree,
    parent_id: int | None,
    depth: int,
    counts: Mapping[int, int],
    known: tuple[Audience, ...],
) -> Iterator[TreeRow]:
    level = tree.children(parent_id)
    for number, node in enumerate(level):
        yield TreeRow(
            id=node.id,
            parent_id=node.parent_id,
            slug=node.slug,
            name=node.name,
            icon=node.icon,
            depth=depth,
            articles=counts.get(node.id, 0),
            is_first=number == 0,
            is_last=number == len(level) - 1,
            closed_to=named(known, node.opens) if node.opens != EVERYBODY else (),
            children=tuple(_rows(tree, node.id, depth + 1, counts, known)),
        )


def _counts(session: Session, kind: TreeKind) -> dict[int, int]:
    kept = Article.deleted_at.is_(None)
    if kind is TreeKind.CATEGORY:
        query = (
            sa.select(Article.category_id, sa.func.count())
            .where(kept, Article.category_id.is_not(None))
            .group_by(Article.category_id)
        )
    else:
        query = (
            sa.select(article_product.c.product_id, sa.func.count())
            .join(Article, Article.id == article_product.c.article_id)
            .where(kept)
            .group_by(article_product.c.product_id)
        )
    return {int(node or 0): count for node, count in session.execute(query)}
