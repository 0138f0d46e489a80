"""Writing articles: create, save, publish, archive, trash; every change is a revision.

Saving asks for the version the writer saw; whoever comes second is told, nothing is lost.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.typed_text import clean, clean_line, optional, required
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    ArticleAccess,
    ArticleRevision,
    ArticleStatus,
    Category,
    JobKind,
    Product,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)

LONGEST_TITLE = 200
LONGEST_BODY = 200_000
LONGEST_PHRASING = 200
MOST_PHRASINGS = 100
ACCESS = {PUBLIC_KEY: {PUBLIC_KEY}, CUSTOMER_KEY: {CUSTOMER_KEY}, STAFF_KEY: {STAFF_KEY}}
_SLUG_GAPS = re.compile(r"[^\w]+", re.UNICODE)


@dataclass(frozen=True)
class ArticleInput:
    """What the editor form holds; `phrasings` one a line; `version` 0 for a new article."""

    title: str
    body: str
    phrasings: str = ""
    category_id: int | None = None
    product_ids: tuple[int, ...] = ()
    access: str = PUBLIC_KEY
    version: int = 0


def create(ports: Ports, viewer: Viewer, form: ArticleInput) -> int:
    """A new draft; returns its id."""
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        return new_article(session, viewer, form).id


def create_and_publish(ports: Ports, viewer: Viewer, form: ArticleInput) -> int:
    """A new article that is readable at once; returns its id."""
    require(viewer, Permission.WRITE)
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        article = new_article(session, viewer, form)
        _show_to_readers(ports, article)
        _touch(ports, session, viewer, article, "article.publish")
        return article.id


def new_article(session: Session, viewer: Viewer, form: ArticleInput) -> Article:
    """Add a draft to the caller's transaction."""
    article = Article(slug=unique_slug(session, form.title), author_id=viewer.user_id)
    article.status = ArticleStatus.DRAFT
    _fill(session, article, form)
    _insert(session, article)
    _revise(session, viewer, article)
    record(session, viewer, "article.create", f"article:{article.id}")
    return article


def _insert(session: Session, article: Article) -> None:
    """Add the article; a slug that somebody takes in this very moment is made different."""
    try:
        with session.begin_nested():
            session.add(article)
    except sa.exc.IntegrityError:
        article.slug = _with_suffix(article.slug)
        session.add(article)
        session.flush()


def _show_to_readers(ports: Ports, article: Article) -> None:
    """Published; what lies in the recycle bin has to be taken out first."""
    if article.deleted_at is not None:
        raise InvalidInput("action", "deleted")
    article.status = ArticleStatus.PUBLISHED
    article.published_at = article.published_at or ports.clock()


def save(ports: Ports, viewer: Viewer, article_id: int, form: ArticleInput) -> int:
    """Save the form; returns the new version."""
    require(viewer, Permission.WRITE)
    with _changing(ports, article_id, form.version) as (session, article):
        _fill(session, article, form)
        _touch(ports, session, viewer, article, "article.save")
    return article.version


def publish(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Make the article readable; the index follows by job."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, article_id, version) as (session, article):
        required("title", article.title, LONGEST_TITLE)
        _show_to_readers(ports, article)
        _touch(ports, session, viewer, article, "article.publish")
    return article.version


def save_and_publish(ports: Ports, viewer: Viewer, article_id: int, form: ArticleInput) -> int:
    """Save the form and make exactly that readable, in one step."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, article_id, form.version) as (session, article):
        _fill(session, article, form)
        _show_to_readers(ports, article)
        _touch(ports, session, viewer, article, "article.publish")
    return article.version


def archive(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Take the article out of sight but keep it."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, article_id, version) as (session, article):
        article.status = ArticleStatus.ARCHIVED
        _touch(ports, session, viewer, article, "article.archive")
    return article.version


def trash(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Move the article to the recycle bin."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, article_id, version) as (session, article):
        article.deleted_at = article.deleted_at or ports.clock()
        _touch(ports, session, viewer, article, "article.trash")
    return article.version


def restore(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Take the article out of the recycle bin or the archive, as a draft."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, article_id, version) as (session, article):
        article.deleted_at = None
        article.status = ArticleStatus.DRAFT
        _touch(ports, session, viewer, article, "article.restore")
    return article.version


def restore_revision(
    ports: Ports, viewer: Viewer, article_id: int, number: int, version: int
) -> int:
    """Bring back what the article said in an earlier revision, as a new revision."""
    require(viewer, Permission.WRITE)
    with _changing(ports, article_id, version) as (session, article):
        old = session.scalar(
            sa.select(ArticleRevision).where(
                ArticleRevision.article_id == article_id, ArticleRevision.number == number
            )
        )
        if old is None:
            raise NotFound(f"revision {number}")
        article.title, article.body = old.title, old.body
        _touch(ports, session, viewer, article, "article.restore_revision")
    return article.version


def preview(viewer: Viewer, text: str) -> str:
    """The sanitised HTML of what is in the editor."""
    require(viewer, Permission.WRITE)
    return render(clean(text)[:LONGEST_BODY]).html


@contextmanager
def _changing(ports: Ports, article_id: int, version: int) -> Iterator[tuple[Session, Article]]:
    """Open the article for a change; EditConflict when it is not the version that was seen."""
    try:
        with unit_of_work(ports.database) as session:
            article = session.get(Article, article_id, with_for_update=True)
            if article is None:
                raise NotFound(str(article_id))
            if article.version != version:
                raise EditConflict(str(article_id))
            yield session, article
    except StaleDataError as error:
        raise EditConflict(str(article_id)) from error


def _fill(session: Session, article: Article, form: ArticleInput) -> None:
    article.title = clean_line(required("title", form.title, LONGEST_TITLE))
    article.body = optional("body", form.body, LONGEST_BODY)
    article.phrasings = _phrasings(form.phrasings)
    article.category_id = _known_category(session, form.category_id)
    article.products = _known_products(session, form.product_ids)
    if form.access not in ACCESS:
        raise InvalidInput("access", "unknown")
    if not article.access or form.access != access_name(article):
        kept = {entry.key: entry for entry in article.access}
        article.access = [
            kept.get(key) or ArticleAccess(key=key) for key in sorted(ACCESS[form.access])
        ]


def access_name(article: Article) -> str:
    """Who may read it, in one word; finer rules show as `staff` and survive a saving."""
    for name, keys in ACCESS.items():
        if article.access_keys == keys:
            return name
    return STAFF_KEY if article.access else PUBLIC_KEY


def _phrasings(text: str) -> list[str]:
    lines = [clean_line(line) for line in clean(text).split("\n")]
    kept = list(dict.fromkeys(line for line in lines if line))
    if len(kept) > MOST_PHRASINGS or any(len(line) > LONGEST_PHRASING for line in kept):
        raise InvalidInput("phrasings", "too_long")
    return kept


def _known_category(session: Session, category_id: int | None) -> int | None:
    if category_id is None:
        return None
    if session.get(Category, category_id) is None:
        raise InvalidInput("category_id", "unknown")
    return category_id


def _known_products(session: Session, product_ids: tuple[int, ...]) -> list[Product]:
    wanted = set(product_ids)
    found = list(session.scalars(sa.select(Product).where(Product.id.in_(wanted))))
    if len(found) != len(wanted):
        raise InvalidInput("product_ids", "unknown")
    return found


def _touch(ports: Ports, session: Session, viewer: Viewer, article: Article, action: str) -> None:
    """Everything a change brings with it: time, revision, audit entry, index job."""
    article.updated_at = ports.clock()
    session.flush()
    _revise(session, viewer, article)
    record(session, viewer, action, f"article:{article.id}")
    enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)


def _revise(session: Session, viewer: Viewer, article: Article) -> None:
    last = session.scalar(
        sa.select(sa.func.max(ArticleRevision.number)).where(
            ArticleRevision.article_id == article.id
        )
    )
    session.add(
        ArticleRevision(
            article_id=article.id,
            number=(last or 0) + 1,
            title=article.title,
            body=article.body,
            status=article.status,
            editor_id=viewer.user_id,
        )
    )


def slug_of(title: str) -> str:
    """The readable part of an address: letters and digits of any script, joined by hyphens."""
    folded = unicodedata.normalize("NFKC", title).lower()
    return _SLUG_GAPS.sub("-", folded).strip("-_")[:60] or "article"


def unique_slug(session: Session, title: str) -> str:
    """A slug no other article has."""
    slug = slug_of(clean_line(title))
    while session.scalar(sa.select(Article.id).where(Article.slug == slug)) is not None:
        slug = _with_suffix(slug_of(title))
    return slug


def _with_suffix(slug: str) -> str:
    return f"{slug}-{secrets.token_hex(3)}"
