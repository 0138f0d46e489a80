"""What somebody wrote: their drafts, what waits for review or came back, what was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kb_app import drafts
from kb_app.pens import own
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from models import Article, ArticleNote, ArticleStatus, NoteKind, Viewer, reading

LISTED = 200


@dataclass(frozen=True)
class OwnRow:
    """An article somebody wrote; `editable` while it is their own draft.

    `readable` tells whether they may read it where it was published; `answer` is what the
    reviewer said last, when it was given back.
    """

    article_id: int
    title: str
    slug: str
    status: ArticleStatus
    updated_at: datetime
    editable: bool
    readable: bool
    answer: str


@dataclass(frozen=True)
class OwnPage:
    """What somebody wrote, newest change first, and what they began and never saved."""

    rows: tuple[OwnRow, ...]
    unsaved: tuple[drafts.DraftCard, ...]


def own_page(ports: Ports, viewer: Viewer) -> OwnPage:
    """Everything the viewer wrote."""
    require(viewer, Permission.DRAFT)
    with reading(ports.database) as session:
        found = session.execute(
            sa.select(
                Article.id,
                Article.title,
                Article.slug,
                Article.status,
                Article.updated_at,
                own(viewer).label("editable"),
                Article.visible_to(viewer).label("readable"),
                _last_answer().label("answer"),
            )
            .where(Article.author_id == viewer.user_id, Article.deleted_at.is_(None))
            .order_by(Article.updated_at.desc(), Article.id.desc())
            .limit(LISTED)
        )
        rows = tuple(_row(viewer, row) for row in found)
        return OwnPage(rows, drafts.new_ones(session, viewer))


def _row(viewer: Viewer, row: Any) -> OwnRow:
    said = row.answer if row.status is ArticleStatus.DRAFT and row.editable else ""
    return OwnRow(
        row.id,
        row.title,
        row.slug,
        row.status,
        row.updated_at,
        bool(row.editable) or may(viewer, Permission.WRITE),
        bool(row.readable),
        said or "",
    )


def _last_answer() -> sa.ScalarSelect[str]:
    """What was said when the article was last given back."""
    return (
        sa.select(ArticleNote.body)
        .where(ArticleNote.article_id == Article.id, ArticleNote.kind == NoteKind.RETURNED)
        .order_by(ArticleNote.id.desc())
        .limit(1)
        .scalar_subquery()
    )
