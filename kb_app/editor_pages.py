"""What content managers look at: the list of articles, the editor, an old revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app import drafts, trees
from kb_app.article_sources import sources_of
from kb_app.audiences import Audience, SeenBy, audiences, seen_by
from kb_app.cards import PAGE_SIZE, Choice, Crumb, crumb, page_count
from kb_app.comparing import DiffLine, compare
from kb_app.editing import access_name
from kb_app.errors import NotFound
from kb_app.files import FileLink, files_of
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.review import NoteRow, notes_of
from kb_app.typed_text import clean_line
from kb_app.word_diff import DiffRow, side_by_side
from models import Article, ArticlePlan, ArticleRevision, ArticleStatus, Viewer, reading

__all__ = ["DiffLine", "compare"]

DUE = "due"
DELETED, ALL = "deleted", "all"
REVISIONS = 30


@dataclass(frozen=True)
class ManageFilter:
    """Which articles to list."""

    selected: str = ALL
    query: str = ""
    page: int = 1


@dataclass(frozen=True)
class ManageRow:
    """An article in the managers' list."""

    article_id: int
    title: str
    slug: str
    status: ArticleStatus
    category: Crumb | None
    updated_at: datetime
    author_name: str
    helpful: int
    unhelpful: int
    views: int


@dataclass(frozen=True)
class ManagePage:
    """A page of articles; `counts` has a number for every filter."""

    rows: tuple[ManageRow, ...]
    counts: dict[str, int]
    selected: str
    query: str
    page: int
    pages: int
    total: int


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
    draft: drafts.DraftCard | None = None
    unsaved: tuple[drafts.DraftCard, ...] = ()
    others: tuple[str, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    audiences: tuple[Audience, ...] = ()
    seen_by: SeenBy | None = None
    sources: tuple[str, ...] = ()


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


def manage(ports: Ports, viewer: Viewer, wanted: ManageFilter) -> ManagePage:
    """The list of articles, newest change first; `query` looks in titles."""
    require(viewer, Permission.WRITE)
    alive = Article.deleted_at.is_(None)
    rules: dict[str, sa.ColumnElement[bool]] = {
        ALL: alive,
        **{status.value: sa.and_(alive, Article.status == status) for status in ArticleStatus},
        DUE: sa.and_(alive, Article.id.in_(_due_for_review(ports.clock()))),
        DELETED: Article.deleted_at.is_not(None),
    }
    selected = wanted.selected if wanted.selected in rules else ALL
    query = clean_line(wanted.query)[:100]
    rule = sa.and_(rules[selected], Article.title.icontains(query, autoescape=True))
    with reading(ports.database) as session:
        columns = [sa.func.count().filter(each).label(name) for name, each in rules.items()]
        counted = session.execute(sa.select(*columns).select_from(Article)).one()
        total = session.scalar(sa.select(sa.func.count()).select_from(Article).where(rule)) or 0
        pages = page_count(total)
        page = min(max(1, wanted.page), pages)
        rows = _rows(session, rule, page)
    counts = dict(zip(rules, counted, strict=True))
    return ManagePage(rows, counts, selected, query, page, pages, total)


def _due_for_review(now: datetime) -> sa.Select[int]:
    return sa.select(ArticlePlan.article_id).where(ArticlePlan.review_by <= now)


def _rows(session: Session, rule: sa.ColumnElement[bool], page: int) -> tuple[ManageRow, ...]:
    found = session.scalars(
        sa.select(Article)
        .where(rule)
        .options(
            selectinload(Article.category),
            selectinload(Article.author),
            selectinload(Article.stats),
        )
        .order_by(Article.updated_at.desc(), Article.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return tuple(
        ManageRow(
            article.id,
            article.title,
            article.slug,
            article.status,
            crumb(article.category),
            article.updated_at,
            article.author.name if article.author else "",
            article.stats.helpful if article.stats else 0,
            article.stats.unhelpful if article.stats else 0,
            article.stats.views if article.stats else 0,
        )
        for article in found
    )


def edit(ports: Ports, viewer: Viewer, article_id: int | None) -> EditorPage:
    """The editor for one article, or for a new one."""
    require(viewer, Permission.WRITE)
    with reading(ports.database) as session:
        if article_id is None:
            article = Article(
                title="", body="", phrasings=[], slug="", status=ArticleStatus.DRAFT, version=0
            )
        else:
            article = _existing(session, article_id)
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
            categories=trees.categories(session).choices(),
            products=trees.products(session).choices(),
            preview_html=render(article.body).html,
            revisions=_revisions(session, article_id),
            attachments=files_of(session, article_id) if article_id else (),
            can_publish=may(viewer, Permission.PUBLISH),
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
    }


def attachments(ports: Ports, viewer: Viewer, article_id: int) -> tuple[FileLink, ...]:
    """The files of an article alone, with what became of their text."""
    require(viewer, Permission.WRITE)
    with reading(ports.database) as session:
        _existing(session, article_id)
        return files_of(session, article_id)


def _existing(session: Session, article_id: int) -> Article:
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound(str(article_id))
    return article


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
    require(viewer, Permission.WRITE)
    with reading(ports.database) as session:
        article = _existing(session, article_id)
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
        )
