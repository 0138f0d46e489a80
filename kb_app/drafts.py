"""What a writer has typed and not saved, kept every few seconds; and who else is writing.

A draft is private to its writer, never a revision, and goes when the writer saves.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput, NotFound
from kb_app.pens import require_pen
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean
from models import (
    Article,
    ArticleDraft,
    ArticlePresence,
    User,
    Viewer,
    insert_if_absent,
    reading,
    unit_of_work,
)

LONGEST_DRAFT = 800_000
PRESENT_SECONDS = 25
KEEP_DRAFTS = timedelta(days=90)
FIELDS = ("title", "body", "phrasings", "category_id", "product_ids", "access")
_NEW_KEY = re.compile(r"new-[0-9a-f]{8,32}")


@dataclass(frozen=True)
class Typed:
    """The editor's fields as they stand; `base_version` is what the writer began from."""

    fields: dict[str, str]
    base_version: int


@dataclass(frozen=True)
class Kept:
    """What the server knows now: when it kept the draft, who else is here, the version."""

    saved_at: datetime | None
    others: tuple[str, ...]
    version: int


@dataclass(frozen=True)
class DraftCard:
    """An unsaved draft to come back to; `stale` when somebody saved the article since."""

    key: str
    title: str
    saved_at: datetime
    base_version: int
    stale: bool
    fields: dict[str, str]


def keep(ports: Ports, viewer: Viewer, key: str, typed: Typed | None) -> Kept:
    """Keep what was typed (nothing when None) and say that the writer is here."""
    require(viewer, Permission.DRAFT)
    article_id = article_of(key)
    with unit_of_work(ports.database) as session:
        article = None if article_id is None else session.get(Article, article_id)
        if article_id is not None and article is None:
            raise NotFound(key)
        if article is not None:
            require_pen(viewer, article)
        now = ports.clock()
        if typed is not None:
            _store(session, _row(session, viewer, key, article_id), typed, now)
        if article_id is None:
            return Kept(now if typed else None, (), 0)
        _note_presence(session, viewer, article_id, now)
        return Kept(
            now if typed else None,
            others(session, viewer, article_id, now),
            article.version if article else 0,
        )


def drop(ports: Ports, viewer: Viewer, key: str) -> None:
    """Throw the writer's own draft away."""
    require(viewer, Permission.DRAFT)
    article_of(key)
    with unit_of_work(ports.database) as session:
        forget(session, viewer, key)


def forget(session: Session, viewer: Viewer, key: str) -> None:
    """The writer's draft has become a saved text, or is not wanted any more."""
    session.execute(
        sa.delete(ArticleDraft).where(
            ArticleDraft.user_id == viewer.user_id, ArticleDraft.key == key
        )
    )


def new_key() -> str:
    """The key of a draft of an article that does not exist yet."""
    return f"new-{secrets.token_hex(8)}"


def article_of(key: str) -> int | None:
    """The article a draft belongs to; None for one that is still new."""
    if _NEW_KEY.fullmatch(key):
        return None
    if re.fullmatch(r"[1-9][0-9]{0,9}", key) and int(key) < 2**31:
        return int(key)
    raise NotFound(key)


def of_article(session: Session, viewer: Viewer, article: Article) -> DraftCard | None:
    """The writer's unsaved draft of an article, if it says something else than the article."""
    row = session.scalar(_mine(viewer).where(ArticleDraft.key == str(article.id)))
    if row is None or (row.fields.get("title"), row.fields.get("body")) == (
        article.title,
        article.body,
    ):
        return None
    return _card(row, article.version)


def new_ones(session: Session, viewer: Viewer) -> tuple[DraftCard, ...]:
    """New articles the writer began and never saved, newest first."""
    rows = session.scalars(
        _mine(viewer)
        .where(ArticleDraft.article_id.is_(None))
        .order_by(ArticleDraft.saved_at.desc())
        .limit(20)
    )
    return tuple(_card(row, 0) for row in rows)


def draft(ports: Ports, viewer: Viewer, key: str) -> DraftCard:
    """One of the writer's own drafts."""
    require(viewer, Permission.DRAFT)
    with reading(ports.database) as session:
        row = session.scalar(_mine(viewer).where(ArticleDraft.key == key))
        if row is None:
            raise NotFound(key)
        return _card(row, row.base_version)


def others(session: Session, viewer: Viewer, article_id: int, now: datetime) -> tuple[str, ...]:
    """Who else has the article open in the editor."""
    names = session.scalars(
        sa.select(User.name)
        .join(ArticlePresence, ArticlePresence.user_id == User.id)
        .where(
            ArticlePresence.article_id == article_id,
            ArticlePresence.user_id != viewer.user_id,
            ArticlePresence.seen_at > now - timedelta(seconds=PRESENT_SECONDS),
        )
        .order_by(User.name)
    )
    return tuple(names)


def sweep(session: Session, now: datetime) -> None:
    """Forget drafts nobody came back for, and who was here yesterday."""
    session.execute(sa.delete(ArticleDraft).where(ArticleDraft.saved_at < now - KEEP_DRAFTS))
    yesterday = now - timedelta(days=1)
    session.execute(sa.delete(ArticlePresence).where(ArticlePresence.seen_at < yesterday))


def _mine(viewer: Viewer) -> sa.Select[ArticleDraft]:
    return sa.select(ArticleDraft).where(ArticleDraft.user_id == viewer.user_id)


def _card(row: ArticleDraft, version: int) -> DraftCard:
    return DraftCard(
        row.key,
        row.fields.get("title", ""),
        row.saved_at,
        row.base_version,
        row.base_version != version,
        dict(row.fields),
    )


def _row(session: Session, viewer: Viewer, key: str, article_id: int | None) -> ArticleDraft:
    """The writer's row for this key; two tabs saving at once share it."""
    if viewer.user_id is None:
        raise NotFound(key)
    insert_if_absent(
        session,
        ArticleDraft,
        user_id=viewer.user_id,
        key=key,
        article_id=article_id,
        base_version=0,
        fields={},
    )
    return session.scalars(_mine(viewer).where(ArticleDraft.key == key)).one()


def _store(session: Session, row: ArticleDraft, typed: Typed, now: datetime) -> None:
    fields = {name: clean(typed.fields.get(name, "")) for name in FIELDS}
    if sum(map(len, fields.values())) > LONGEST_DRAFT:
        raise InvalidInput("body", "too_long")
    row.fields, row.base_version, row.saved_at = fields, typed.base_version, now
    session.flush()


def _note_presence(session: Session, viewer: Viewer, article_id: int, now: datetime) -> None:
    insert_if_absent(
        session, ArticlePresence, article_id=article_id, user_id=viewer.user_id, seen_at=now
    )
    session.execute(
        sa.update(ArticlePresence)
        .where(ArticlePresence.article_id == article_id, ArticlePresence.user_id == viewer.user_id)
        .values(seen_at=now)
    )
