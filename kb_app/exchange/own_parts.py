"""The parts of this product's own export that are no articles: trees before them, and after
them what binds articles together, the numbers of their use, words and the look of the site.

Nothing that is here already is overwritten: an export adds to a site, it does not replace it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import word_lists
from kb_app.errors import InvalidInput
from kb_app.exchange.audience_names import AudienceNames
from kb_app.exchange.details import put, told
from kb_app.exchange.records import address_of
from kb_app.ports import Ports
from kb_app.trees import DEEPEST
from kb_app.typed_text import clean_line
from models import (
    Article,
    ArticlePlan,
    ArticleRedirect,
    ArticleRelated,
    ArticleStats,
    Category,
    CategoryAccess,
    Product,
    Viewer,
    unit_of_work,
)

TREES: tuple[tuple[str, type[Category] | type[Product]], ...] = (
    ("categories", Category),
    ("products", Product),
)
LONGEST_SLUG = 80
WORDS_AT_ONCE = 4_000


def tell_trees(session: Session) -> dict[str, Any]:
    """Both trees, every node with its plain columns, its parent's slug and its readers."""
    names = AudienceNames(session)
    access: dict[int, list[str]] = {}
    for row in session.scalars(sa.select(CategoryAccess)):
        access.setdefault(row.category_id, []).append(row.key)
    trees: dict[str, Any] = {}
    for key, kind in TREES:
        nodes = _nodes(session, kind)
        slugs = {node.id: node.slug for node in nodes}
        trees[key] = [
            {
                **told(node),
                "parent": slugs.get(node.parent_id or 0, ""),
                "access": names.names(access.get(node.id, [])) if kind is Category else [],
            }
            for node in nodes
        ]
    return trees


def _nodes(session: Session, kind: type[Category] | type[Product]) -> list[Category | Product]:
    found = session.scalars(sa.select(kind).order_by(kind.position, kind.id))
    return [node for node in found if isinstance(node, Category | Product)]


def plant_trees(ports: Ports, trees: Any) -> None:
    """Make the nodes that are missing, each under its parent."""
    if not isinstance(trees, dict):
        return
    with unit_of_work(ports.database) as session:
        for key, kind in TREES:
            nodes = [node for node in trees.get(key) or [] if _is_node(node)]
            _plant(session, kind, {_slug_of(node): node for node in nodes})


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and bool(node.get("name")) and bool(_slug_of(node))


def _slug_of(node: Mapping[str, Any], key: str = "slug") -> str:
    return address_of(str(node.get(key) or ""), LONGEST_SLUG)


def _plant(
    session: Session, kind: type[Category] | type[Product], nodes: Mapping[str, dict[str, Any]]
) -> None:
    known = {node.slug: node for node in _nodes(session, kind)}
    fresh = []
    for slug, data in nodes.items():
        if slug not in known:
            node = kind(slug=slug, name=clean_line(str(data["name"]))[:80])
            put(node, data, ("slug", "name"))
            session.add(node)
            known[slug] = node
            fresh.append((node, data))
    session.flush()
    names, by_id = AudienceNames(session), {node.id: node for node in known.values()}
    for node, data in fresh:
        parent = known.get(_slug_of(data, "parent"))
        node.parent_id = parent.id if parent and not _above(parent, node, by_id) else None
    for node, data in fresh:
        over = by_id.get(node.parent_id or 0)
        if over is not None and _above(over, node, by_id):
            node.parent_id = None
        if isinstance(node, Category) and isinstance(data.get("access"), list) and data["access"]:
            keys = names.keys(str(name) for name in data["access"])
            session.add_all(CategoryAccess(category_id=node.id, key=key) for key in sorted(keys))


def _above(
    parent: Category | Product, node: Category | Product, by_id: Mapping[int, Category | Product]
) -> bool:
    """Whether the node lies above its parent, or more above that than a page could show."""
    at: Category | Product | None = parent
    for _ in range(DEEPEST - 1):
        if at is None or at is node:
            return at is node
        at = by_id.get(at.parent_id or 0)
    return at is not None


def tell_numbers(session: Session) -> dict[str, Any]:
    """By slug: use and votes in sum, plans, chosen neighbours, former addresses."""
    slugs = dict(session.execute(sa.select(Article.id, Article.slug)).all())
    related: dict[str, list[str]] = {}
    for row in session.scalars(sa.select(ArticleRelated).order_by(ArticleRelated.position)):
        related.setdefault(slugs[row.article_id], []).append(slugs[row.related_id])
    return {
        "stats": {
            slugs[row.article_id]: told(row, ["changed_at"])
            for row in session.scalars(sa.select(ArticleStats))
        },
        "plans": {
            slugs[row.article_id]: told(row, ["reminded_for"])
            for row in session.scalars(sa.select(ArticlePlan))
        },
        "related": related,
        "redirects": {
            row.slug: slugs[row.article_id] for row in session.scalars(sa.select(ArticleRedirect))
        },
    }


def put_numbers(ports: Ports, numbers: Any) -> None:
    """For articles that have none of their own yet."""
    if not isinstance(numbers, dict):
        return
    with unit_of_work(ports.database) as session:
        ids = {
            slug: number for number, slug in session.execute(sa.select(Article.id, Article.slug))
        }
        for key, kind in (("stats", ArticleStats), ("plans", ArticlePlan)):
            having = set(session.scalars(sa.select(kind.article_id)))
            for slug, data in _pairs(numbers, key):
                if slug in ids and ids[slug] not in having and isinstance(data, dict):
                    row = kind(article_id=ids[slug])
                    put(row, data)
                    session.add(row)
        _relate(session, ids, numbers)


def _relate(session: Session, ids: Mapping[str, int], numbers: Mapping[str, Any]) -> None:
    having = set(session.scalars(sa.select(ArticleRelated.article_id)))
    for slug, others in _pairs(numbers, "related"):
        if slug in ids and ids[slug] not in having and isinstance(others, list):
            wanted = dict.fromkeys(
                ids[one] for one in map(str, others) if one in ids and one != slug
            )
            for position, other in enumerate(wanted):
                session.add(
                    ArticleRelated(article_id=ids[slug], related_id=other, position=position)
                )
    taken = set(session.scalars(sa.select(ArticleRedirect.slug))) | set(ids)
    for slug, target in _pairs(numbers, "redirects"):
        old = address_of(slug, 160)
        if old and old not in taken and isinstance(target, str) and target in ids:
            taken.add(old)
            session.add(ArticleRedirect(slug=old, article_id=ids[target]))


def _pairs(data: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    found = data.get(key)
    return [(str(name), value) for name, value in found.items()] if isinstance(found, dict) else []


def tell_words(ports: Ports, viewer: Viewer) -> dict[str, str]:
    """The dictionary as the words page gives it out."""
    return {"csv": word_lists.give_out(ports, viewer)}


def put_words(ports: Ports, viewer: Viewer, words: Any) -> None:
    """Take the dictionary in, some lines at a time; what is there already stays."""
    text = words.get("csv") if isinstance(words, dict) else None
    lines = text.splitlines() if isinstance(text, str) else []
    head = lines[:1]
    for start in range(1, len(lines), WORDS_AT_ONCE):
        part = "\n".join([*head, *lines[start : start + WORDS_AT_ONCE]])
        try:
            word_lists.take_in(ports, viewer, part)
        except InvalidInput:
            continue
