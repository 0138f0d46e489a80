"""Bringing articles in from JSON lines: resumable, and a second run changes nothing.

One object a line: `{"id", "title", "body", "category": [names, outermost first]}`, plain
or gzip. A line that cannot be used is reported by number; the others are imported.
"""

from __future__ import annotations

import gzip
import json
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from indexer.passages import lead, plain_text
from kb_app.editing import LONGEST_BODY, LONGEST_TITLE, slug_of
from kb_app.errors import InvalidInput
from kb_app.events import Event, happened
from kb_app.ports import Ports
from kb_app.trees import DEEPEST
from kb_app.typed_text import clean, clean_line
from models import (
    PUBLIC_KEY,
    Article,
    ArticleAccess,
    ArticleRevision,
    ArticleStatus,
    Category,
    JobKind,
    Product,
    enqueue,
    unit_of_work,
    utcnow,
)

BATCH = 400
DERIVED_TITLE = 40
LONGEST_ID = 120
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Row:
    """One article to import."""

    external_id: str
    title: str
    body: str
    category: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    phrasings: tuple[str, ...] = ()


@dataclass
class ImportReport:
    """What an import did; `faults` are (line number, reason)."""

    created: int = 0
    changed: int = 0
    same: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def import_jsonl(ports: Ports, path: Path, progress: Progress | None = None) -> ImportReport:
    """Import a file; each batch of lines is one transaction with its index jobs."""
    report = ImportReport()
    rows = read_rows(path, report)
    while batch := list(islice(rows, BATCH)):
        import_rows(ports, batch, report)
        if progress is not None:
            progress(len(batch))
    happened(Event.IMPORT_FINISHED, created=report.created, changed=report.changed)
    return report


def open_text(path: Path) -> Iterator[str]:
    """The lines of a plain or gzip file; undecodable bytes are replaced, never fatal.

    OSError for a gzip file that is cut off or damaged, after the lines before the damage.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", errors="replace") as file:
        lines = iter(file)
        while True:
            try:
                line = next(lines)
            except StopIteration:
                return
            except (EOFError, zlib.error) as error:
                raise OSError(f"{path.name}: damaged gzip file ({error})") from error
            yield line


def read_rows(path: Path, report: ImportReport) -> Iterator[Row]:
    """The usable rows of a file; faults go into the report."""
    for number, line in enumerate(open_text(path), start=1):
        if not line.strip():
            continue
        try:
            yield parse_row(json.loads(line))
        except (ValueError, InvalidInput, RecursionError) as error:
            report.faults.append((number, str(error)[:200]))


def parse_row(data: Any) -> Row:
    """Check one object; InvalidInput names what is wrong."""
    if not isinstance(data, dict):
        raise InvalidInput("line", "not an object")
    external_id = _identity(data.get("id"))
    body = clean(_text(data, "body"))
    title = clean_line(_text(data, "title"))
    title = title or lead(plain_text(body), DERIVED_TITLE)
    if not title:
        raise InvalidInput("title", "empty")
    if len(body) > LONGEST_BODY:
        raise InvalidInput("body", "too_long")
    category = _names(data, "category")
    if len(category) > DEEPEST:
        raise InvalidInput("category", "too_long")
    return Row(
        external_id,
        title[:LONGEST_TITLE],
        body,
        category,
        tuple(dict.fromkeys(_names(data, "products") or _names(data, "product"))),
        _names(data, "phrasings"),
    )


def _identity(value: Any) -> str:
    """The outside id; never cut short, or two articles would become one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    external_id = clean_line(str(value)) if is_number or isinstance(value, str) else ""
    if not external_id:
        raise InvalidInput("id", "empty")
    if len(external_id) > LONGEST_ID:
        raise InvalidInput("id", "too_long")
    return external_id


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key) or ""
    if not isinstance(value, str):
        raise InvalidInput(key, "not text")
    return value


def _names(data: dict[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key) or ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InvalidInput(key, "not text")
    return tuple(name for name in (clean_line(name)[:80] for name in names) if name)


def import_rows(ports: Ports, rows: Sequence[Row], report: ImportReport) -> None:
    """Create or update the articles of one batch, with their index jobs, in one transaction."""
    by_id = {row.external_id: row for row in rows}
    with unit_of_work(ports.database) as session:
        places = _Places(session)
        known = {
            article.external_id: article
            for article in session.scalars(
                sa.select(Article)
                .where(Article.external_id.in_(list(by_id)))
                .options(selectinload(Article.products))
            )
        }
        places.reserve(by_id)
        changed: list[Article] = []
        for external_id, row in by_id.items():
            article = known.get(external_id)
            if article is None:
                changed.append(_create(session, places, row))
                report.created += 1
            elif _update(places, article, row):
                changed.append(article)
                report.changed += 1
            else:
                report.same += 1
        session.flush()
        _follow_up(session, changed)


def _create(session: Session, places: _Places, row: Row) -> Article:
    article = Article(
        external_id=row.external_id,
        slug=places.slug(row.external_id),
        status=ArticleStatus.PUBLISHED,
        published_at=utcnow(),
        access=[ArticleAccess(key=PUBLIC_KEY)],
    )
    _fill(places, article, row)
    session.add(article)
    return article


def _update(places: _Places, article: Article, row: Row) -> bool:
    """Write the row over the article; False when nothing differs."""
    now = (article.title, article.body, tuple(article.phrasings), article.category_id)
    new = (row.title, row.body, row.phrasings, places.category(row.category))
    if now == new and {product.name for product in article.products} == set(row.products):
        return False
    _fill(places, article, row)
    article.updated_at = utcnow()
    return True


def _fill(places: _Places, article: Article, row: Row) -> None:
    article.title, article.body = row.title, row.body
    article.phrasings = list(row.phrasings)
    article.category_id = places.category(row.category)
    article.products = [places.product(name) for name in row.products]


def _follow_up(session: Session, articles: Sequence[Article]) -> None:
    last = session.execute(
        sa.select(ArticleRevision.article_id, sa.func.max(ArticleRevision.number))
        .where(ArticleRevision.article_id.in_([article.id for article in articles]))
        .group_by(ArticleRevision.article_id)
    )
    numbers = dict(last.all())
    for article in articles:
        session.add(
            ArticleRevision(
                article_id=article.id,
                number=numbers.get(article.id, 0) + 1,
                title=article.title,
                body=article.body,
                status=article.status,
            )
        )
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)


class _Places:
    """Categories by path and products by name, made where they are missing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        nodes = list(session.scalars(sa.select(Category)))
        self._categories = {(node.parent_id, node.name): node for node in nodes}
        self._taken: set[str] = set()
        self._products = {node.name: node for node in session.scalars(sa.select(Product))}

    def reserve(self, external_ids: Iterable[str]) -> None:
        """Learn which of the slugs these rows want are taken."""
        wanted = [slug_of(external_id) for external_id in external_ids]
        self._taken = set(
            self._session.scalars(sa.select(Article.slug).where(Article.slug.in_(wanted)))
        )

    def slug(self, external_id: str) -> str:
        """A free address for an imported article, made from its id there."""
        slug = slug_of(external_id)
        if slug in self._taken:
            slug = f"{slug}-{secrets.token_hex(4)}"
        self._taken.add(slug)
        return slug

    def category(self, path: tuple[str, ...]) -> int | None:
        """The id of the innermost category of the path."""
        parent: int | None = None
        for name in path:
            node = self._categories.get((parent, name))
            if node is None:
                position = len(self._categories)
                node = Category(
                    name=name, slug=self._slug(name), parent_id=parent, position=position
                )
                self._session.add(node)
                self._session.flush()
                self._categories[parent, name] = node
            parent = node.id
        return parent

    def product(self, name: str) -> Product:
        """The product with this name."""
        if name not in self._products:
            node = Product(name=name, slug=self._slug(name), position=len(self._products))
            self._session.add(node)
            self._products[name] = node
        return self._products[name]

    @staticmethod
    def _slug(name: str) -> str:
        return f"{slug_of(name)[:40]}-{secrets.token_hex(3)}"
