"""What writers look at: the editor, an old revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app import drafts, trees
from kb_app.article_sources import sources_of
from kb_app.audiences import Audience, SeenBy, audiences, seen_by
from kb_app.cards import Choice
from kb_app.comparing import DiffLine, compare
from kb_app.editing import access_name
from kb_app.errors import NotFound
from kb_app.files import FileLink, files_of
from kb_app.learning.phrasing_hints import PhrasingHint, hints
from kb_app.pens import require_pen
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.review import NoteRow, notes_of
from kb_app.rows import row_of
from kb_app.translating import LanguagePanel, panel
from kb_app.word_diff import DiffRow, side_by_side
from models import Article, ArticleRevision, ArticleStatus, Viewer, reading

__all__ = ["DiffLine", "compare"]

REVISIONS = 30
NO_LANGUAGES = LanguagePanel()


@dataclass(frozen=True)
class RevisionRow:
    """An earlier state in the history."""

    number: int
    title: str
    editor_name: str
    created_at: datetime
    status: ArticleStatus


@dataclass(frozen=True)
class EditorPage:
    """Everything the editor shows; `article_id` None for a new article."""

    article_id: int | None
    version: int
    title: str
    body: str
    phrasings: str
    slug: str
    status: ArticleStatus
    deleted: bool
    category_id: int | None
    product_ids: tuple[int, ...]
    access: str
    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    preview_html: str
    revisions: tuple[RevisionRow, ...]
    attachments: tuple[FileLink, ...]
    can_publish: bool
    can_write: bool = True
    draft: drafts.DraftCard | None = None
    unsaved: tuple[drafts.DraftCard, ...] = ()
    others: tuple[str, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    audiences: tuple[Audience, ...] = ()
    seen_by: SeenBy | None = None
    sources: tuple[str, ...] = ()
    languages: LanguagePanel = NO_LANGUAGES
    phrasing_hints: tuple[PhrasingHint, ...] = ()


@dataclass(frozen=True)
class RevisionPage:
    """An earlier state and how it differs from now."""

    article_id: int
    version: int
    number: int
    title: str
    html: str
    body: str
    diff: tuple[DiffRow, ...]
    created_at: datetime
    can_write: bool = True


def edit(ports: Ports, viewer: Viewer, article_id: int | None) -> EditorPage:
    """The editor for one article, or for a new one."""
    require(viewer, Permission.DRAFT)
    with reading(ports.database) as session:
        if article_id is None:
            article = Article(
                title="", body="", phrasings=[], slug="", status=ArticleStatus.DRAFT, version=0
            )
        else:
            article = row_of(session, Article, article_id)
            require_pen(viewer, article)
        return EditorPage(
            article_id=article_id,
            version=article.version,
            title=article.title,
            body=article.body,
            phrasings="\n".join(article.phrasings),
            slug=article.slug,
            status=article.status,
            deleted=article.deleted_at is not None,
            category_id=article.category_id,
            product_ids=tuple(product.id for product in article.products),
            access=access_name(article),
            categories=_shelves(session, viewer, article),
            products=trees.products(session).choices(),
            preview_html=render(article.body).html,
            revisions=_revisions(session, article_id),
            attachments=files_of(session, article_id, _narrowed(viewer)) if article_id else (),
            can_publish=may(viewer, Permission.PUBLISH),
            can_write=may(viewer, Permission.WRITE),
            **_beside(ports, session, viewer, article if article_id else None),
        )


def _beside(
    ports: Ports, session: Session, viewer: Viewer, article: Article | None
) -> dict[str, Any]:
    """What lies beside the text: unsaved drafts, who else is here, what was said."""
    if article is None:
        return {"unsaved": drafts.new_ones(session, viewer), "audiences": audiences(session)}
    return {
        "audiences": audiences(session),
        "seen_by": seen_by(session, article.own_keys, article.category_id),
        "draft": drafts.of_article(session, viewer, article),
        "others": drafts.others(session, viewer, article.id, ports.clock()),
        "notes": notes_of(session, article.id),
        "sources": sources_of(session, article),
        "phrasing_hints": hints(session, viewer, article, ports.clock()),
        "languages": panel(session, article, ports.config.embeds),
    }


def attachments(ports: Ports, viewer: Viewer, article_id: int) -> tuple[FileLink, ...]:
    """The files of an article alone, with what became of their text."""
    require(viewer, Permission.DRAFT)
    with reading(ports.database) as session:
        require_pen(viewer, row_of(session, Article, article_id))
        return files_of(session, article_id, _narrowed(viewer))


def _shelves(session: Session, viewer: Viewer, article: Article) -> tuple[Choice, ...]:
    """The categories the viewer knows, and the one the article lies in already."""
    known = trees.categories(session, _narrowed(viewer)).choices()
    lies_in = article.category
    if lies_in is None or any(choice.id == lies_in.id for choice in known):
        return known
    return (*known, Choice(lies_in.id, lies_in.name))


def _narrowed(viewer: Viewer) -> Viewer | None:
    """Nobody in particular for writers, who see to everything; others as they are."""
    return None if may(viewer, Permission.WRITE) else viewer


def _revisions(session: Session, article_id: int | None) -> tuple[RevisionRow, ...]:
    if article_id is None:
        return ()
    rows = session.scalars(
        sa.select(ArticleRevision)
        .where(ArticleRevision.article_id == article_id)
        .options(selectinload(ArticleRevision.editor))
        .order_by(ArticleRevision.number.desc())
        .limit(REVISIONS)
    )
    return tuple(
        RevisionRow(
            row.number,
            row.title,
            row.editor.name if row.editor else "",
            row.created_at,
            row.status,
        )
        for row in rows
    )


def revision(ports: Ports, viewer: Viewer, article_id: int, number: int) -> RevisionPage:
    """An earlier state, rendered, and compared line by line with the present one."""
    require(viewer, Permission.DRAFT)
    with reading(ports.database) as session:
        article = row_of(session, Article, article_id)
        require_pen(viewer, article)
        old = session.scalar(
            sa.select(ArticleRevision).where(
                ArticleRevision.article_id == article_id, ArticleRevision.number == number
            )
        )
        if old is None:
            raise NotFound(f"revision {number}")
        return RevisionPage(
            article_id=article_id,
            version=article.version,
            number=number,
            title=old.title,
            html=render(old.body).html,
            body=old.body,
            diff=side_by_side(
                compare(f"{old.title}\n\n{old.body}", f"{article.title}\n\n{article.body}")
            ),
            created_at=old.created_at,
            can_write=may(viewer, Permission.WRITE),
        )
