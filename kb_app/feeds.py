"""What is new, for feed readers: only what everybody may read, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from indexer.passages import lead, plain_text
from kb_app import trees
from kb_app.cards import in_products, listed
from kb_app.errors import NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean
from models import Article, Viewer, reading, visitor

NEWEST = 30
SUMMARY_CHARS = 300
SUMMARY_SOURCE = 4_000
READER = visitor("feed")


@dataclass(frozen=True)
class FeedEntry:
    """One article of a feed."""

    article_id: int
    slug: str
    title: str
    summary: str
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class FeedPage:
    """The newest articles, overall (`kind` empty) or of one category or product."""

    kind: str
    slug: str
    name: str
    updated_at: datetime
    entries: tuple[FeedEntry, ...]


def feed(ports: Ports, viewer: Viewer, kind: str = "", slug: str = "") -> FeedPage:
    """A feed; a place not everybody may know of has none."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        rules: list[sa.ColumnElement[bool]] = []
        name = ""
        if kind:
            is_category = kind == "category"
            tree = trees.categories(session, READER) if is_category else trees.products(session)
            node = tree.by_slug(slug)
            if node is None:
                raise NotFound(slug)
            name, below = node.name, tree.below(node.id)
            rules = [Article.category_id.in_(below) if is_category else in_products(below)]
        found = session.scalars(
            listed(READER)
            .where(*rules)
            .order_by(Article.published_at.desc(), Article.id.desc())
            .limit(NEWEST)
        )
        entries = tuple(_entry(article) for article in found)
    newest = max((entry.updated_at for entry in entries), default=ports.clock())
    return FeedPage(kind, slug, name, newest, entries)


def _entry(article: Article) -> FeedEntry:
    return FeedEntry(
        article.id,
        article.slug,
        clean(article.title),
        lead(plain_text(article.body[:SUMMARY_SOURCE]), SUMMARY_CHARS),
        article.published_at or article.created_at,
        article.updated_at,
    )
