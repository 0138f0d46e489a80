"""The rows of the two trees: finding, ordering and following what hangs on them."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, NotFound
from kb_app.slugs import slug_of
from models import (
    Article,
    ArticleStatus,
    Base,
    Category,
    Job,
    JobKind,
    Product,
    TreeRedirect,
    article_product,
)

LONGEST_SLUG = 80
MOST_DEPTH = 8
AT_ONCE = 1_000
# Rows that belong to a node and go with it, or only remember where something once was.
GOES_ALONG = frozenset({"category_access", "subscription", "knowledge_gap"})


class TreeKind(StrEnum):
    """Which of the two trees; the value is its table's name."""

    CATEGORY = "category"
    PRODUCT = "product"


TABLES: dict[TreeKind, type[Category] | type[Product]] = {
    TreeKind.CATEGORY: Category,
    TreeKind.PRODUCT: Product,
}
AnyNode = Category | Product


@dataclass(frozen=True)
class Place:
    """Where a node is put: below `parent_id` (None: at the top), before `before_id` or last."""

    parent_id: int | None
    before_id: int | None = None


def found(session: Session, kind: TreeKind, node_id: int) -> AnyNode:
    """The node, its whole tree locked so that two people cannot tie a knot into it."""
    table: Any = TABLES[kind]
    session.execute(sa.select(table.id).order_by(table.id).with_for_update())
    node: AnyNode | None = session.get(table, node_id)
    if node is None:
        raise NotFound(f"{kind} {node_id}")
    return node


def siblings(session: Session, kind: TreeKind, parent_id: int | None) -> list[AnyNode]:
    """The nodes below one, in their order."""
    table: Any = TABLES[kind]
    rows: list[AnyNode] = list(
        session.scalars(
            sa.select(table).where(table.parent_id == parent_id).order_by(table.position, table.id)
        )
    )
    return rows


def below_ids(session: Session, kind: TreeKind, node_id: int) -> frozenset[int]:
    """A node and everything under it."""
    children = _children(session, kind)
    ids, waiting = {node_id}, [node_id]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in ids:
                ids.add(child)
                waiting.append(child)
    return frozenset(ids)


def _children(session: Session, kind: TreeKind) -> dict[int | None, list[int]]:
    table = TABLES[kind]
    found_ids: dict[int | None, list[int]] = {}
    for node, parent in session.execute(sa.select(table.id, table.parent_id)):
        found_ids.setdefault(parent, []).append(node)
    return found_ids


def check_depth(session: Session, kind: TreeKind, parent_id: int | None, node_id: int) -> None:
    """Refuse a place so deep that a tree could no longer be shown."""
    table: Any = TABLES[kind]
    depth, at = 0, parent_id
    while at is not None and depth <= MOST_DEPTH:
        depth, at = depth + 1, session.get_one(table, at).parent_id
    children = _children(session, kind)
    level = [node_id]
    while level and depth <= MOST_DEPTH:
        depth += 1
        level = [child for node in level for child in children.get(node, ())]
    if depth > MOST_DEPTH:
        raise InvalidInput("parent_id", "too_deep")


def put(session: Session, kind: TreeKind, node: AnyNode, place: Place) -> None:
    """Set parent and position; the siblings are numbered anew."""
    others = [n for n in siblings(session, kind, place.parent_id) if n.id != node.id]
    ids = [other.id for other in others]
    at = ids.index(place.before_id) if place.before_id in ids else len(others)
    node.parent_id = place.parent_id
    for position, other in enumerate([*others[:at], node, *others[at:]]):
        other.position = position
    session.flush()


def free_slug(session: Session, kind: TreeKind, wanted: str, own_id: int | None) -> str:
    """An address no other node has now and none had before."""
    table = TABLES[kind]
    base = slug_of(wanted)[: LONGEST_SLUG - 8]
    slug = base
    while True:
        taken = session.scalar(sa.select(table.id).where(table.slug == slug))
        before = session.get(TreeRedirect, (kind.value, slug))
        free = taken in {None, own_id} and (before is None or before.node_id == own_id)
        if free:
            if before is not None:
                session.delete(before)
            return slug
        slug = f"{base}-{secrets.token_hex(3)}"


def redirect_from(session: Session, kind: TreeKind, slug: str, node_id: int) -> None:
    """From now on this address leads to that node."""
    known = session.get(TreeRedirect, (kind.value, slug))
    if known is None:
        session.add(TreeRedirect(kind=kind.value, slug=slug, node_id=node_id))
    else:
        known.node_id = node_id


def redirected(session: Session, kind: TreeKind, slug: str) -> str | None:
    """The present address of a node that was once found at this one."""
    table = TABLES[kind]
    return session.scalar(
        sa.select(table.slug)
        .join(TreeRedirect, TreeRedirect.node_id == table.id)
        .where(TreeRedirect.kind == kind.value, TreeRedirect.slug == slug)
    )


def index_below(session: Session, kind: TreeKind, ids: Collection[int]) -> None:
    """Have the articles at these nodes indexed anew: what lies above them has changed."""
    if kind is TreeKind.PRODUCT:
        rule = Article.id.in_(
            sa.select(article_product.c.article_id).where(article_product.c.product_id.in_(ids))
        )
    else:
        rule = Article.category_id.in_(ids)
    query = sa.select(Article.id).where(rule, Article.status == ArticleStatus.PUBLISHED)
    rows = [
        {"kind": JobKind.INDEX_ARTICLE, "payload": {"article_id": article_id}}
        for article_id in session.scalars(query)
    ]
    for start in range(0, len(rows), AT_ONCE):
        session.execute(sa.insert(Job), rows[start : start + AT_ONCE])


def pointing(kind: TreeKind) -> Iterator[sa.Column[int]]:
    """Every column of any table that names a node of this tree and does not go with it."""
    for table in Base.metadata.tables.values():
        if table.name in {kind.value, "article_product"} | GOES_ALONG:
            continue
        for column in table.columns:
            if any(key.column.table.name == kind.value for key in column.foreign_keys):
                yield column


def holds(session: Session, kind: TreeKind, node_id: int) -> bool:
    """Whether anything hangs on a node: nodes below, articles in any state, questions …"""
    table = TABLES[kind]
    columns = [table.__table__.c.parent_id, *pointing(kind)]
    if kind is TreeKind.PRODUCT:
        columns.append(article_product.c.product_id)
    queries = (sa.select(sa.literal(1)).where(column == node_id).limit(1) for column in columns)
    return any(session.scalar(query) is not None for query in queries)
