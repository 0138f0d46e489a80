"""Articles as the index reads them: columns instead of objects, three questions a chunk.

Making an object of every article and of every key costs several times the reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.eligibility import indexable_articles
from models import Article, ArticleAccess, article_product


@dataclass(frozen=True, slots=True)
class ArticleColumns:
    """What the index needs of an article that belongs into it."""

    id: int
    title: str
    body: str
    phrasings: tuple[str, ...]
    category_id: int | None
    access_keys: frozenset[str]
    products: tuple[int, ...]


def article_columns(session: Session, ids: Iterable[int]) -> Iterator[ArticleColumns]:
    """Those of the articles that belong into the index, by id."""
    given = {"ids": list(ids)}
    of_articles, of_keys, of_products = _questions()
    connection = session.connection()
    rows = connection.execute(of_articles, given).all()
    keys = _grouped(connection.execute(of_keys, given))
    products = _grouped(connection.execute(of_products, given))
    for ref, title, body, phrasings, category_id in rows:
        opened = frozenset(keys.get(ref, ()))
        filed = tuple(products.get(ref, ()))
        yield ArticleColumns(ref, title, body, tuple(phrasings), category_id, opened, filed)


@lru_cache(maxsize=1)
def _questions() -> tuple[sa.Select[*tuple[Any, ...]], ...]:
    """Made once: to make them anew for every chunk costs as much as asking them."""
    ids: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
    columns = (Article.id, Article.title, Article.body, Article.phrasings, Article.category_id)
    table = article_product.c
    return (
        sa.select(*columns).where(Article.id.in_(ids), indexable_articles()).order_by(Article.id),
        sa.select(ArticleAccess.article_id, ArticleAccess.key)
        .where(ArticleAccess.article_id.in_(ids), ArticleAccess.opens.is_(True))
        .order_by(ArticleAccess.article_id, ArticleAccess.key),
        sa.select(table.article_id, table.product_id)
        .where(table.article_id.in_(ids))
        .order_by(table.article_id, table.product_id),
    )


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for owner, value in rows:
        found.setdefault(owner, []).append(value)
    return found
