"""Categories by path and products by name, made where they are missing, and free addresses."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.exchange.records import Record
from kb_app.slugs import slug_of
from kb_app.trees import DEEPEST
from models import Article, ArticleRedirect, Category, Product

_STROKES = re.compile(r"[\s/>＞→]+")


class Places:
    """The two trees of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        nodes = list(session.scalars(sa.select(Category)))
        self._categories = {(node.parent_id, node.name): node for node in nodes}
        self._by_slug = {node.slug: node for node in nodes}
        self._taken: set[str] = set()
        products = list(session.scalars(sa.select(Product)))
        self._products = {node.name: node for node in products}
        self._product_slugs = {node.slug: node for node in products}

    def reserve(self, records: Iterable[Record]) -> None:
        """Learn which of the addresses these records want are taken."""
        wanted = [_wanted(record) for record in records]
        self._taken = {
            slug
            for column in (Article.slug, ArticleRedirect.slug)
            for slug in self._session.scalars(sa.select(column).where(column.in_(wanted)))
        }

    def slug(self, record: Record) -> str:
        """A free address, made from the one it had or from its id."""
        slug = _wanted(record)
        if slug in self._taken:
            slug = f"{slug[:150]}-{secrets.token_hex(4)}"
        self._taken.add(slug)
        return slug

    def category(self, record: Record) -> int | None:
        """The id of the category a record lies in."""
        known = self._named(record)
        if known is not None:
            return known.id
        parent: int | None = None
        for name in record.category:
            node = self._categories.get((parent, name)) or self._new_category(name, parent)
            parent = node.id
        return parent

    def known_category(self, record: Record) -> int | None:
        """As `category`, but makes none: 0 for one that is not there yet."""
        known = self._named(record)
        if known is not None:
            return known.id
        return 0 if record.category else None

    def _named(self, record: Record) -> Category | None:
        """The category that is there: by its address, its path, or its path as a sheet has it.

        In a sheet a name with a stroke in it looks like two: taken apart, an article would
        leave its category and the readers that one allows.
        """
        node = self._by_slug.get(record.category_slug)
        for name in () if node is not None else record.category:
            node = self._categories.get((node.id if node else None, name))
            if node is None:
                return self._written().get(_told(record.category))
        return node

    def _written(self) -> dict[str, Category]:
        """Every category by its path as one text."""
        by_id = {node.id: node for node in self._by_slug.values()}
        found: dict[str, Category] = {}
        for node in by_id.values():
            names, at = [node.name], node.parent_id
            while at in by_id and len(names) < DEEPEST:
                names.append(by_id[at].name)
                at = by_id[at].parent_id
            found.setdefault(_told(reversed(names)), node)
        return found

    def known_products(self, record: Record) -> list[int]:
        """The ids of a record's products; 0 for one that is not there yet."""
        known = [self._product_slugs.get(slug) for slug in record.product_slugs]
        if not record.product_slugs or not all(known):
            known = [self._products.get(name) for name in record.products]
        return sorted(node.id if node else 0 for node in known)

    def _new_category(self, name: str, parent: int | None) -> Category:
        position = len(self._categories)
        node = Category(name=name, slug=_slug(name), parent_id=parent, position=position)
        self._session.add(node)
        self._session.flush()
        self._categories[parent, name] = node
        return node

    def products(self, record: Record) -> list[Product]:
        """The products of a record, in the order of their ids."""
        known = [self._product_slugs.get(slug) for slug in record.product_slugs]
        if record.product_slugs and all(known):
            return [node for node in known if node is not None]
        return [self._product(name) for name in record.products]

    def _product(self, name: str) -> Product:
        if name not in self._products:
            node = Product(name=name, slug=_slug(name), position=len(self._products))
            self._session.add(node)
            self._session.flush()
            self._products[name] = node
        return self._products[name]


def _told(names: Iterable[str]) -> str:
    return "/".join(part for part in _STROKES.split("/".join(names)) if part)


def _wanted(record: Record) -> str:
    return record.slug or slug_of(record.external_id)


def _slug(name: str) -> str:
    return f"{slug_of(name)[:40]}-{secrets.token_hex(3)}"
