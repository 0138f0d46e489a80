"""Four eyes: an article is handed in, looked at, approved or returned with a word why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.article_change import changing, existing, show_to_readers, touch
from kb_app.drafts import forget
from kb_app.editing import ArticleInput, fill_again
from kb_app.errors import InvalidInput
from kb_app.letters import APPROVED_BODY, APPROVED_SUBJECT, RETURNED_BODY, RETURNED_SUBJECT
from kb_app.pens import require_pen
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import optional, required
from models import (
    Article,
    ArticleNote,
    ArticleStatus,
    JobKind,
    NoteKind,
    User,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)

LONGEST_NOTE = 2_000
UNPUBLISHED = frozenset({ArticleStatus.DRAFT, ArticleStatus.REVIEW})


@dataclass(frozen=True)
class NoteRow:
    """A remark or a step of the review, as the editor shows it."""

    kind: NoteKind
    author_name: str
    body: str
    created_at: datetime


def notes_of(session: Session, article_id: int) -> tuple[NoteRow, ...]:
    """What was said about the article, oldest first."""
    rows = session.scalars(
        sa.select(ArticleNote)
        .where(ArticleNote.article_id == article_id)
        .options(selectinload(ArticleNote.author))
        .order_by(ArticleNote.id)
    )
    return tuple(
        NoteRow(row.kind, row.author.name if row.author else "", row.body, row.created_at)
        for row in rows
    )


def save_and_submit(ports: Ports, viewer: Viewer, article_id: int, form: ArticleInput) -> int:
    """Save the form and hand exactly that in for review."""
    require(viewer, Permission.DRAFT)
    with changing(ports, article_id, form.version) as (session, article):
        require_pen(viewer, article)
        fill_again(session, viewer, article, form)
        forget(session, viewer, str(article_id))
        _hand_in(session, viewer, article)
        touch(ports, session, viewer, article, "article.submit")
    return article.version


def submit(ports: Ports, viewer: Viewer, article_id: int, version: int | None = None) -> int:
    """Hand in what is saved already."""
    require(viewer, Permission.DRAFT)
    with changing(ports, article_id, version) as (session, article):
        require_pen(viewer, article)
        _hand_in(session, viewer, article)
        touch(ports, session, viewer, article, "article.submit")
    return article.version


def approve(ports: Ports, viewer: Viewer, article_id: int, version: int, text: str) -> int:
    """Publish what was handed in, as it was read; the writer is told by mail."""
    require(viewer, Permission.PUBLISH)
    body = optional("comment", text, LONGEST_NOTE)
    with changing(ports, article_id, version) as (session, article):
        _handed_in(article)
        show_to_readers(ports, article)
        _note(session, viewer, article, NoteKind.APPROVED, body)
        _tell_writer(ports, session, viewer, article, body)
        touch(ports, session, viewer, article, "article.approve")
    return article.version


def give_back(ports: Ports, viewer: Viewer, article_id: int, version: int, text: str) -> int:
    """Back to the writer, with what has to change."""
    require(viewer, Permission.PUBLISH)
    body = required("comment", text, LONGEST_NOTE)
    with changing(ports, article_id, version) as (session, article):
        _handed_in(article)
        article.status = ArticleStatus.DRAFT
        _note(session, viewer, article, NoteKind.RETURNED, body)
        _tell_writer(ports, session, viewer, article, body)
        touch(ports, session, viewer, article, "article.return")
    return article.version


def comment(ports: Ports, viewer: Viewer, article_id: int, text: str) -> None:
    """A remark beside the text; changes nothing of it."""
    require(viewer, Permission.DRAFT)
    body = required("comment", text, LONGEST_NOTE)
    with unit_of_work(ports.database) as session:
        article = existing(session, article_id)
        require_pen(viewer, article)
        _note(session, viewer, article, NoteKind.COMMENT, body)
        record(session, viewer, "article.comment", f"article:{article.id}")


def _hand_in(session: Session, viewer: Viewer, article: Article) -> None:
    if article.deleted_at is not None:
        raise InvalidInput("action", "deleted")
    if article.status not in UNPUBLISHED:
        raise InvalidInput("action", "published")
    article.status = ArticleStatus.REVIEW
    _note(session, viewer, article, NoteKind.SUBMITTED)


def _handed_in(article: Article) -> None:
    if article.deleted_at is not None:
        raise InvalidInput("action", "deleted")
    if article.status is not ArticleStatus.REVIEW:
        raise InvalidInput("action", "not_submitted")


def _note(
    session: Session, viewer: Viewer, article: Article, kind: NoteKind, body: str = ""
) -> None:
    session.add(ArticleNote(article_id=article.id, author_id=viewer.user_id, kind=kind, body=body))


def _tell_writer(
    ports: Ports, session: Session, viewer: Viewer, article: Article, body: str
) -> None:
    """A mail to whoever handed it in, unless that is the same person."""
    writer_id = session.scalar(
        sa.select(ArticleNote.author_id)
        .where(ArticleNote.article_id == article.id, ArticleNote.kind == NoteKind.SUBMITTED)
        .order_by(ArticleNote.id.desc())
        .limit(1)
    )
    user = session.get(User, writer_id or 0)
    if user is None or user.id == viewer.user_id or not user.is_active:
        return
    returned = article.status is ArticleStatus.DRAFT
    subject = RETURNED_SUBJECT if returned else APPROVED_SUBJECT
    letter = RETURNED_BODY if returned else APPROVED_BODY
    path = f"manage/articles/{article.id}" if returned else f"articles/{article.slug}"
    link = f"{ports.config.base_url}/{path}"
    words = {"title": article.title, "name": user.name, "comment": body, "link": link}
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=user.email,
        subject=subject.format(**words),
        body=letter.format(**words, site=ports.config.site_name),
    )
