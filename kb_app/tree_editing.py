"""Changing the two trees: make, rename, move, order, merge, delete; articles and index follow.

Every change locks the tree, is audited, and leaves old addresses leading to the new ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.audiences import category_keys, chosen_keys, settle_categories
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.slugs import slug_of
from kb_app.tree_rows import (
    LONGEST_SLUG,
    TABLES,
    AnyNode,
    Place,
    TreeKind,
    below_ids,
    check_depth,
    found,
    free_slug,
    holds,
    index_below,
    pointing,
    put,
    redirect_from,
    siblings,
)
from kb_app.trees import forget_kept
from kb_app.typed_text import clean_line, optional, required
from models import (
    EVERYBODY,
    CategoryAccess,
    Subscription,
    TreeRedirect,
    Viewer,
    allowed_by_categories,
    article_product,
    record,
    unit_of_work,
)

LONGEST_NAME = 80
LONGEST_SUMMARY = 200
LONGEST_ICON = 40


class Step(StrEnum):
    """Where a node goes by one press of a key or button."""

    UP = "up"
    DOWN = "down"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class NodeInput:
    """What the form of a node holds; `access` empty lets in whom the node above lets in."""

    name: str
    summary: str = ""
    icon: str = ""
    slug: str = ""
    access: str = ""


def add(
    ports: Ports, viewer: Viewer, kind: TreeKind, parent_id: int | None, form: NodeInput
) -> int:
    """A new node, last below its parent; returns its id."""
    require(viewer, Permission.ARRANGE)
    with unit_of_work(ports.database) as session:
        if parent_id is not None:
            found(session, kind, parent_id)
        node = TABLES[kind](parent_id=parent_id)
        _fill(node, form)
        node.slug = free_slug(session, kind, clean_line(form.slug) or node.name, None)
        node.position = len(siblings(session, kind, parent_id))
        session.add(node)
        session.flush()
        check_depth(session, kind, parent_id, node.id)
        _set_access(session, kind, node, form.access)
        _noted(session, viewer, kind, node, "add", readers=_readers(session, kind, node))
        return node.id


def save(ports: Ports, viewer: Viewer, kind: TreeKind, node_id: int, form: NodeInput) -> None:
    """Name, summary, icon, address and readers of a node; an old address leads to the new."""
    require(viewer, Permission.ARRANGE)
    with unit_of_work(ports.database) as session:
        node = found(session, kind, node_id)
        _fill(node, form)
        wanted = slug_of(clean_line(form.slug))[:LONGEST_SLUG] if form.slug.strip() else node.slug
        if wanted != node.slug:
            before, node.slug = node.slug, free_slug(session, kind, wanted, node.id)
            redirect_from(session, kind, before, node.id)
        _set_access(session, kind, node, form.access)
        _noted(session, viewer, kind, node, "save", readers=_readers(session, kind, node))


def _fill(node: AnyNode, form: NodeInput) -> None:
    node.name = clean_line(required("name", form.name, LONGEST_NAME))
    node.summary = clean_line(optional("summary", form.summary, LONGEST_SUMMARY))
    node.icon = clean_line(form.icon)[:LONGEST_ICON]


def _set_access(session: Session, kind: TreeKind, node: AnyNode, access: str) -> None:
    """Who a category lets in; the articles in and below it follow in the same transaction."""
    if kind is not TreeKind.CATEGORY:
        return
    before = category_keys(session, node.id)
    keys = chosen_keys(session, access, before) if access else frozenset()
    keys = frozenset() if keys == EVERYBODY else keys
    if keys == before:
        return
    session.execute(sa.delete(CategoryAccess).where(CategoryAccess.category_id == node.id))
    session.add_all(CategoryAccess(category_id=node.id, key=key) for key in sorted(keys))
    session.flush()
    settle_categories(session, below_ids(session, kind, node.id))


def _readers(session: Session, kind: TreeKind, node: AnyNode) -> str:
    return ",".join(sorted(category_keys(session, node.id))) if kind is TreeKind.CATEGORY else ""


def step(ports: Ports, viewer: Viewer, kind: TreeKind, node_id: int, way: Step) -> None:
    """Move a node by one: among its siblings, below the one before it, or up a level.

    Where it cannot go any further it stays.
    """
    require(viewer, Permission.ARRANGE)
    with unit_of_work(ports.database) as session:
        place = _after_step(session, kind, found(session, kind, node_id), way)
    if place is not None:
        move(ports, viewer, kind, node_id, place)


def _after_step(session: Session, kind: TreeKind, node: AnyNode, way: Step) -> Place | None:
    level = [other.id for other in siblings(session, kind, node.parent_id)]
    at = level.index(node.id)
    if way is Step.UP and at > 0:
        return Place(node.parent_id, level[at - 1])
    if way is Step.DOWN and at + 1 < len(level):
        return Place(node.parent_id, _next(level, at + 1))
    if way is Step.IN and at > 0:
        return Place(level[at - 1])
    if way is Step.OUT and node.parent_id is not None:
        parent = found(session, kind, node.parent_id)
        above = [other.id for other in siblings(session, kind, parent.parent_id)]
        return Place(parent.parent_id, _next(above, above.index(parent.id)))
    return None


def _next(ids: list[int], at: int) -> int | None:
    return ids[at + 1] if at + 1 < len(ids) else None


def move(ports: Ports, viewer: Viewer, kind: TreeKind, node_id: int, place: Place) -> None:
    """Put a node with all below it somewhere else; never below itself."""
    require(viewer, Permission.ARRANGE)
    with unit_of_work(ports.database) as session:
        node = found(session, kind, node_id)
        below = below_ids(session, kind, node.id)
        if place.parent_id in below:
            raise InvalidInput("parent_id", "below_itself")
        if place.parent_id is not None:
            found(session, kind, place.parent_id)
            check_depth(session, kind, place.parent_id, node.id)
        elsewhere = node.parent_id != place.parent_id
        put(session, kind, node, place)
        if elsewhere:
            index_below(session, kind, below)
            if kind is TreeKind.CATEGORY:
                settle_categories(session, below)
        _noted(session, viewer, kind, node, "move")


def merge(ports: Ports, viewer: Viewer, kind: TreeKind, node_id: int, into_id: int) -> None:
    """Everything of one node goes to another, and its address leads there from now on."""
    require(viewer, Permission.ARRANGE)
    with unit_of_work(ports.database) as session:
        node, target = found(session, kind, node_id), found(session, kind, into_id)
        moved = below_ids(session, kind, node.id)
        if target.id in moved:
            raise InvalidInput("into_id", "below_itself")
        _check_readers(session, kind, node.id, target.id)
        for child in siblings(session, kind, node.id):
            check_depth(session, kind, target.id, child.id)
            put(session, kind, child, Place(target.id))
        _hand_over(session, kind, node.id, target.id)
        session.execute(
            sa.update(TreeRedirect)
            .where(TreeRedirect.kind == kind.value, TreeRedirect.node_id == node.id)
            .values(node_id=target.id)
        )
        redirect_from(session, kind, node.slug, target.id)
        _noted(session, viewer, kind, node, "merge", into=target.name)
        session.delete(node)
        session.flush()
        index_below(session, kind, moved | {target.id})


def _check_readers(session: Session, kind: TreeKind, node_id: int, target_id: int) -> None:
    """Whom the one lets in the other may keep out: nothing is opened by a merge."""
    allowed = allowed_by_categories(session) if kind is TreeKind.CATEGORY else {}
    if allowed.get(node_id) != allowed.get(target_id):
        raise InvalidInput("into_id", "other_readers")


def _hand_over(session: Session, kind: TreeKind, old: int, new: int) -> None:
    """Whatever names the one node names the other; what names both already lets one go."""
    for column in pointing(kind):
        session.execute(sa.update(column.table).where(column == old).values({column: new}))
    if kind is TreeKind.PRODUCT:
        there = sa.select(article_product.c.article_id).where(article_product.c.product_id == new)
        session.execute(
            sa.update(article_product)
            .where(article_product.c.product_id == old, article_product.c.article_id.not_in(there))
            .values(product_id=new)
        )
    else:
        told = sa.select(Subscription.email).where(Subscription.category_id == new)
        session.execute(
            sa.update(Subscription)
            .where(Subscription.category_id == old, Subscription.email.not_in(told))
            .values(category_id=new)
            .execution_options(synchronize_session=False)
        )


def delete(ports: Ports, viewer: Viewer, kind: TreeKind, node_id: int) -> None:
    """Remove a node that holds nothing; one that does is merged into another instead."""
    require(viewer, Permission.ARRANGE)
    with unit_of_work(ports.database) as session:
        node = found(session, kind, node_id)
        if holds(session, kind, node.id):
            raise InvalidInput("node", "not_empty")
        session.execute(
            sa.delete(TreeRedirect).where(
                TreeRedirect.kind == kind.value, TreeRedirect.node_id == node.id
            )
        )
        _noted(session, viewer, kind, node, "delete")
        session.delete(node)


def _noted(
    session: Session, viewer: Viewer, kind: TreeKind, node: AnyNode, deed: str, **more: str
) -> None:
    record(session, viewer, f"{kind}.{deed}", f"{kind}:{node.id}", name=node.name, **more)
    forget_kept(session)
