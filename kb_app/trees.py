"""Category and product trees: paths, descendants, choices, readable counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice, Crumb, TreeCard
from models import (
    EVERYBODY,
    Article,
    Category,
    Product,
    Viewer,
    allowed_by_categories,
    article_product,
    listed_for,
)

INDENT = "\u3000"
DEEPEST = 20
MANY = 300
SHORT_DEPTH = 2
LARGE_SECONDS = 0.5
STALE_SECONDS = 1.0  # categories hide things: what was closed elsewhere is gone by then
MOST_KINDS_OF_READERS = 64


@dataclass(frozen=True)
class Node:
    """A category or product as the trees need it."""

    id: int
    parent_id: int | None
    slug: str
    name: str
    summary: str = ""
    icon: str = ""
    opens: frozenset[str] = EVERYBODY


@dataclass(frozen=True)
class Tree:
    """One of the two trees, whole, in display order; made for thousands of nodes."""

    nodes: tuple[Node, ...]

    @cached_property
    def _by_id(self) -> dict[int, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _children(self) -> dict[int | None, tuple[Node, ...]]:
        found: dict[int | None, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(node.parent_id, []).append(node)
        return {parent: tuple(nodes) for parent, nodes in found.items()}

    def __contains__(self, node_id: int) -> bool:
        """Whether there is a node with this id."""
        return node_id in self._by_id

    def open_to(self, viewer: Viewer) -> Tree:
        """What of the tree this viewer may know of; what lies under a closed node is closed."""
        known = self._opened.get(viewer.keys)
        if known is None:
            kept = tuple(node for node in self.nodes if node.opens & viewer.keys)
            known = self if len(kept) == len(self.nodes) else Tree(kept)
            if len(self._opened) >= MOST_KINDS_OF_READERS:
                self._opened.clear()
            self._opened[viewer.keys] = known
        return known

    @cached_property
    def _opened(self) -> dict[frozenset[str], Tree]:
        """What readers with these keys know of it."""
        return {}

    def children(self, parent_id: int | None) -> tuple[Node, ...]:
        """The nodes right below one, or the top nodes for None."""
        return self._children.get(parent_id, ())

    def by_slug(self, slug: str) -> Node | None:
        """The node with this slug."""
        return next((node for node in self.nodes if node.slug == slug), None)

    def crumb(self, node_id: int | None) -> Crumb | None:
        """The way to a node; None when there is no such node."""
        node = self._by_id.get(node_id) if node_id is not None else None
        return Crumb(node.slug, node.name) if node else None

    def path(self, node_id: int | None) -> tuple[Node, ...]:
        """From the top down to the node, itself included; empty for None."""
        by_id = self._by_id
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
        return tuple(self._choices(None, 0, DEEPEST))

    def short_choices(self, chosen: int | None = None) -> tuple[Choice, ...]:
        """As `choices`, but of a tree of more than MANY nodes only the upper two levels.

        The chosen node is always among them.
        """
        if len(self.nodes) <= MANY:
            return self.choices()
        upper = tuple(self._choices(None, 0, SHORT_DEPTH))
        if chosen is None or chosen not in self or any(c.id == chosen for c in upper):
            return upper
        return (*upper, Choice(chosen, self._by_id[chosen].name))

    def _choices(self, parent_id: int | None, depth: int, deepest: int) -> Iterator[Choice]:
        if depth < deepest:
            for node in self.children(parent_id):
                yield Choice(node.id, INDENT * depth + node.name)
                yield from self._choices(node.id, depth + 1, deepest)

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


def categories(session: Session, viewer: Viewer | None = None) -> Tree:
    """The category tree, whole, or as far as this viewer may know of it."""
    tree = _load(session, Category)
    return tree if viewer is None else tree.open_to(viewer)


def products(session: Session) -> Tree:
    """The product tree."""
    return _load(session, Product)


@dataclass
class _Kept:
    """A tree, when it was read, and whether somebody is reading it again."""

    tree: Tree
    read_at: float
    renewing: bool = False


_read_before: dict[tuple[str, str], _Kept] = {}


def _load(session: Session, kind: type[Category] | type[Product]) -> Tree:
    """The tree as it is now; one that hides nothing or is large perhaps as it was just before.

    Products hide nothing and are read once in LARGE_SECONDS. A tree of more than MANY nodes is
    then read again beside the pages; only one that nobody asked for in STALE_SECONDS is waited
    for.
    """
    engine = session.get_bind().engine
    place = (str(engine.url), kind.__tablename__)
    kept = _read_before.get(place)
    age = time.monotonic() - kept.read_at if kept else STALE_SECONDS
    if kept is None or age >= (STALE_SECONDS if len(kept.tree.nodes) > MANY else LARGE_SECONDS):
        began, tree = time.monotonic(), _read(session, kind)
        if kind is Product or len(tree.nodes) > MANY:
            _read_before[place] = _Kept(tree, began)
        else:
            _read_before.pop(place, None)
        return tree
    if age >= LARGE_SECONDS and not kept.renewing:
        kept.renewing = True
        threading.Thread(target=_renew, args=(engine, place, kind), daemon=True).start()
    return kept.tree


def read_now(session: Session, kind: type[Category] | type[Product]) -> Tree:
    """The tree as it is at this moment, for whoever arranges it."""
    return _read(session, kind)


def forget_kept(session: Session) -> None:
    """A tree was changed here: this process reads it again at once."""
    engine = session.get_bind().engine
    for table in ("category", "product"):
        _read_before.pop((str(engine.url), table), None)


def _renew(engine: sa.Engine, place: tuple[str, str], kind: type[Category] | type[Product]) -> None:
    began = time.monotonic()
    try:
        with Session(engine) as session:
            tree = _read(session, kind)
    except sa.exc.SQLAlchemyError:  # whoever asks after STALE_SECONDS is told
        return
    _read_before[place] = _Kept(tree, began)


def _read(session: Session, kind: type[Category] | type[Product]) -> Tree:
    rows = session.connection().execute(_in_order(kind)).all()
    if kind is Product:
        return Tree(tuple(Node(*row) for row in rows))
    allowed = allowed_by_categories(session)
    nodes = (Node(*row) for row in rows)
    return Tree(tuple(replace(node, opens=allowed.get(node.id, EVERYBODY)) for node in nodes))


@lru_cache(maxsize=2)
def _in_order(kind: type[Category] | type[Product]) -> sa.Select[*tuple[Any, ...]]:
    """The nodes as they are shown; made once, since every page asks for them."""
    columns = (kind.id, kind.parent_id, kind.slug, kind.name, kind.summary, kind.icon)
    return sa.select(*columns).order_by(kind.position, kind.id)


def category_counts(session: Session, viewer: Viewer) -> dict[int, int]:
    """Readable articles right in each category."""
    rows = session.execute(
        sa.select(Article.category_id, sa.func.count())
        .where(listed_for(viewer), Article.category_id.is_not(None))
        .group_by(Article.category_id)
    )
    return {int(node or 0): count for node, count in rows}


def product_counts(session: Session, viewer: Viewer) -> dict[int, int]:
    """Readable articles right at each product."""
    rows = session.execute(
        sa.select(article_product.c.product_id, sa.func.count())
        .join(Article, Article.id == article_product.c.article_id)
        .where(listed_for(viewer))
        .group_by(article_product.c.product_id)
    )
    return {int(node): count for node, count in rows}
