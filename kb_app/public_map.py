"""What machines may read of the site: addresses of public articles, and those articles as text.

Access is `Article.visible_to` a visitor, like everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from indexer.passages import lead, plain_text
from kb_app import trees
from kb_app.ports import Ports
from models import Article, listed_for, reading, visitor

ADDRESSES_A_PAGE = 10_000
MOST_LISTED = 5_000
SUMMARY = 100
NOBODY = visitor("map")


@dataclass(frozen=True)
class Address:
    """An article's address and when it last changed."""

    slug: str
    changed_at: datetime


@dataclass(frozen=True)
class Listed:
    """An article in the list for language models."""

    slug: str
    title: str
    summary: str


@dataclass(frozen=True)
class Shelf:
    """The articles of one top category."""

    name: str
    articles: tuple[Listed, ...]


def map_pages(ports: Ports) -> int:
    """How many pages of addresses there are; at least one."""
    with reading(ports.database) as session:
        count = session.scalar(
            sa.select(sa.func.count()).select_from(Article).where(Article.visible_to(NOBODY))
        )
    return max(1, -(-(count or 0) // ADDRESSES_A_PAGE))


def addresses(ports: Ports, page: int) -> tuple[Address, ...]:
    """One page of addresses, oldest article first, so that pages stay as they are."""
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(Article.slug, Article.updated_at)
            .where(Article.visible_to(NOBODY))
            .order_by(Article.id)
            .limit(ADDRESSES_A_PAGE)
            .offset((page - 1) * ADDRESSES_A_PAGE)
        )
        return tuple(Address(slug, changed) for slug, changed in rows)


def shelves(ports: Ports) -> tuple[Shelf, ...]:
    """Public articles by their top category, what lies in none last."""
    with reading(ports.database) as session:
        tree = trees.categories(session)
        found: dict[str, list[Listed]] = {node.name: [] for node in tree.children(None)}
        rows = session.execute(
            sa.select(
                Article.category_id,
                Article.slug,
                Article.title,
                sa.func.substr(Article.body, 1, 600),
            )
            .where(listed_for(NOBODY))
            .order_by(Article.id)
            .limit(MOST_LISTED)
        )
        for category_id, slug, title, body in rows:
            path = tree.path(category_id)
            name = path[0].name if path else ""
            listed = Listed(slug, title, lead(plain_text(body or ""), SUMMARY))
            found.setdefault(name, []).append(listed)
    return tuple(_shelves(found))


def _shelves(found: dict[str, list[Listed]]) -> Iterator[Shelf]:
    for name, articles in found.items():
        if articles:
            yield Shelf(name, tuple(articles))
