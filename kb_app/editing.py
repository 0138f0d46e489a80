"""Writing articles: create, save, publish, archive, trash; every change is a revision.

Saving asks for the version the writer saw; whoever comes second is told, nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.article_change import (
    KEEP_DELETED,
    changing,
    look_again,
    revise,
    show_to_readers,
    touch,
    unschedule,
)
from kb_app.audiences import chosen_keys, joined
from kb_app.drafts import forget
from kb_app.errors import InvalidInput, NotFound
from kb_app.families import translation_of
from kb_app.pens import require_pen
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.slugs import slug_of, unique_slug, with_suffix
from kb_app.typed_text import clean, clean_line, optional, required
from models import (
    PUBLIC_KEY,
    Article,
    ArticleRevision,
    ArticleStatus,
    Category,
    Product,
    Viewer,
    choose_access,
    record,
    unit_of_work,
)

LONGEST_TITLE = 200
LONGEST_BODY = 200_000
LONGEST_PHRASING = 200
MOST_PHRASINGS = 100
__all__ = ["slug_of", "unique_slug"]


@dataclass(frozen=True)
class ArticleInput:
    """What the editor form holds; `phrasings` one a line; `version` 0 for a new article.

    `draft_key` names the unsaved draft that a new article was typed in.
    """

    title: str
    body: str
    phrasings: str = ""
    category_id: int | None = None
    product_ids: tuple[int, ...] = ()
    access: str = PUBLIC_KEY
    version: int = 0
    draft_key: str = ""


def create(ports: Ports, viewer: Viewer, form: ArticleInput) -> int:
    """A new draft; returns its id."""
    require(viewer, Permission.DRAFT)
    with unit_of_work(ports.database) as session:
        return new_article(session, viewer, form).id


def create_and_publish(ports: Ports, viewer: Viewer, form: ArticleInput) -> int:
    """A new article that is readable at once; returns its id."""
    require(viewer, Permission.WRITE)
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        article = new_article(session, viewer, form)
        show_to_readers(ports, article)
        touch(ports, session, viewer, article, "article.publish")
        return article.id


def new_article(session: Session, viewer: Viewer, form: ArticleInput) -> Article:
    """Add a draft to the caller's transaction."""
    article = Article(slug=unique_slug(session, form.title), author_id=viewer.user_id)
    article.status = ArticleStatus.DRAFT
    fill(session, article, form)
    _insert(session, article)
    revise(session, viewer, article)
    forget(session, viewer, form.draft_key)
    record(session, viewer, "article.create", f"article:{article.id}")
    return article


def _insert(session: Session, article: Article) -> None:
    """Add the article; a slug that somebody takes in this very moment is made different."""
    try:
        with session.begin_nested():
            session.add(article)
    except sa.exc.IntegrityError:
        article.slug = with_suffix(article.slug)
        session.add(article)
        session.flush()


def save(ports: Ports, viewer: Viewer, article_id: int, form: ArticleInput) -> int:
    """Save the form; returns the new version."""
    require(viewer, Permission.DRAFT)
    with changing(ports, article_id, form.version) as (session, article):
        require_pen(viewer, article)
        fill_again(session, viewer, article, form)
        forget(session, viewer, str(article_id))
        touch(ports, session, viewer, article, "article.save")
    return article.version


def publish(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Make the article readable; the index follows by job."""
    require(viewer, Permission.PUBLISH)
    with changing(ports, article_id, version) as (session, article):
        required("title", article.title, LONGEST_TITLE)
        show_to_readers(ports, article)
        touch(ports, session, viewer, article, "article.publish")
    return article.version


def save_and_publish(ports: Ports, viewer: Viewer, article_id: int, form: ArticleInput) -> int:
    """Save the form and make exactly that readable, in one step."""
    require(viewer, Permission.PUBLISH)
    with changing(ports, article_id, form.version) as (session, article):
        fill_again(session, viewer, article, form)
        forget(session, viewer, str(article_id))
        show_to_readers(ports, article)
        touch(ports, session, viewer, article, "article.publish")
    return article.version


def archive(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Take the article out of sight but keep it."""
    require(viewer, Permission.PUBLISH)
    with changing(ports, article_id, version) as (session, article):
        article.status = ArticleStatus.ARCHIVED
        unschedule(session, article)
        touch(ports, session, viewer, article, "article.archive")
    return article.version


def trash(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Move the article to the recycle bin."""
    require(viewer, Permission.PUBLISH)
    with changing(ports, article_id, version) as (session, article):
        article.deleted_at = article.deleted_at or ports.clock()
        unschedule(session, article)
        look_again(session, article, article.deleted_at + KEEP_DELETED)
        touch(ports, session, viewer, article, "article.trash")
    return article.version


def restore(ports: Ports, viewer: Viewer, article_id: int, version: int) -> int:
    """Take the article out of the recycle bin or the archive, as a draft."""
    require(viewer, Permission.PUBLISH)
    with changing(ports, article_id, version) as (session, article):
        article.deleted_at = None
        article.status = ArticleStatus.DRAFT
        touch(ports, session, viewer, article, "article.restore")
    return article.version


def restore_revision(
    ports: Ports, viewer: Viewer, article_id: int, number: int, version: int
) -> int:
    """Bring back what the article said in an earlier revision, as a new revision."""
    require(viewer, Permission.DRAFT)
    with changing(ports, article_id, version) as (session, article):
        require_pen(viewer, article)
        old = session.scalar(
            sa.select(ArticleRevision).where(
                ArticleRevision.article_id == article_id, ArticleRevision.number == number
            )
        )
        if old is None:
            raise NotFound(f"revision {number}")
        article.title, article.body = old.title, old.body
        touch(ports, session, viewer, article, "article.restore_revision")
    return article.version


def preview(viewer: Viewer, text: str, embeds: tuple[str, ...] = ()) -> str:
    """The sanitised HTML of what is in the editor."""
    require(viewer, Permission.DRAFT)
    return render(clean(text)[:LONGEST_BODY], embeds).html


def fill_again(session: Session, viewer: Viewer, article: Article, form: ArticleInput) -> None:
    """Put the form into an article that is there; other readers than before go into the log."""
    before = article.own_keys
    fill(session, article, form)
    if article.own_keys != before:
        kept = {"before": joined(before), "after": joined(article.own_keys)}
        record(session, viewer, "article.access", f"article:{article.id}", **kept)


def fill(session: Session, article: Article, form: ArticleInput) -> None:
    """Put the form into the article; InvalidInput names the field that cannot be taken."""
    article.title = clean_line(required("title", form.title, LONGEST_TITLE))
    article.body = optional("body", form.body, LONGEST_BODY)
    article.phrasings = _phrasings(form.phrasings)
    if translation_of(session, article) is not None:
        return  # filed and read like its original, see kb_app.families
    article.category_id = _known_category(session, form.category_id)
    article.products = _known_products(session, form.product_ids)
    choose_access(session, article, chosen_keys(session, form.access, article.own_keys))


def access_name(article: Article) -> str:
    """Who may read it by its own keys: one of the site's, or several joined by commas."""
    return joined(article.own_keys) or PUBLIC_KEY


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
