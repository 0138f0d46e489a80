"""Links that show an unpublished article to people without an account, for a while.

A link shows drafts only: once the article is published it leads there, and once that is
taken back, archived, binned or the link revoked or run out there is nothing.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.article_change import existing
from kb_app.errors import InvalidInput, NotFound
from kb_app.files import StoredFile, stored_path
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.sniffing import is_inline
from models import (
    Article,
    ArticleRevision,
    ArticleShare,
    ArticleStatus,
    Attachment,
    Viewer,
    reading,
    record,
    unit_of_work,
)

DAYS = (1, 7, 30)
UNPUBLISHED = (ArticleStatus.DRAFT, ArticleStatus.REVIEW)
_FILE = re.compile(r'(src|href)="/files/(\d{1,9})/')


@dataclass(frozen=True)
class ShareRow:
    """A link that works now."""

    share_id: int
    token: str
    creator_name: str
    expires_at: datetime


@dataclass(frozen=True)
class SharedPage:
    """What a link shows: the text, or the address to go to once it is published."""

    title: str
    html: str
    expires_at: datetime
    published_slug: str | None = None


def share(ports: Ports, viewer: Viewer, article_id: int, days: int) -> str:
    """A new link; returns its token."""
    require(viewer, Permission.WRITE)
    if days not in DAYS:
        raise InvalidInput("days", "unknown")
    token = secrets.token_urlsafe(24)
    with unit_of_work(ports.database) as session:
        article = existing(session, article_id)
        if article.deleted_at is not None or article.status not in UNPUBLISHED:
            raise InvalidInput("share", "published")
        session.add(
            ArticleShare(
                article_id=article_id,
                token=token,
                creator_id=viewer.user_id,
                expires_at=ports.clock() + timedelta(days=days),
            )
        )
        record(session, viewer, "article.share", f"article:{article_id}", days=days)
    return token


def revoke(ports: Ports, viewer: Viewer, article_id: int, share_id: int) -> None:
    """End a link at once; ending it again does nothing."""
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        row = session.get(ArticleShare, share_id)
        if row is None or row.article_id != article_id:
            raise NotFound(str(share_id))
        row.revoked_at = row.revoked_at or ports.clock()
        record(session, viewer, "article.unshare", f"article:{article_id}", share=share_id)


def links_of(session: Session, article_id: int, now: datetime) -> tuple[ShareRow, ...]:
    """The links of an article that work now, newest first."""
    rows = session.scalars(
        sa.select(ArticleShare)
        .where(_working(now), ArticleShare.article_id == article_id)
        .options(selectinload(ArticleShare.creator))
        .order_by(ArticleShare.id.desc())
    )
    return tuple(
        ShareRow(row.id, row.token, row.creator.name if row.creator else "", row.expires_at)
        for row in rows
    )


def shared(ports: Ports, viewer: Viewer, token: str) -> SharedPage:
    """The article behind a link; its files are reached through the link, too."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        row, article = _behind(session, token, ports.clock())
        slug = article.slug if article.is_visible(viewer) else None
        if slug is None and not _is_shown(session, row, article):
            raise NotFound(token)
        html = _FILE.sub(
            rf'\1="/share/{token}/files/\2/', render(article.body, ports.config.embeds).html
        )
        return SharedPage(article.title, html, row.expires_at, slug)


def shared_file(ports: Ports, viewer: Viewer, token: str, file_id: int) -> StoredFile:
    """A file of the article behind a link, while the article is unpublished."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        link, article = _behind(session, token, ports.clock())
        row = session.get(Attachment, file_id)
        shown = _is_shown(session, link, article)
        if row is None or not shown or not _shown_with(row, article):
            raise NotFound(str(file_id))
        path = stored_path(ports, row.sha256)
        if not path.is_file():
            raise NotFound(str(file_id))
        inline = is_inline(row.media_type)
        return StoredFile(path, row.filename, row.media_type, inline, row.sha256)


def _shown_with(row: Attachment, article: Article) -> bool:
    """A file of this draft that is not for some of its readers only."""
    return row.article_id == article.id and row.removed_at is None and not row.access


def _is_shown(session: Session, link: ArticleShare, article: Article) -> bool:
    """Whether the link still shows a draft: not one that was published and taken back since."""
    if article.status not in UNPUBLISHED:
        return False
    published = sa.select(ArticleRevision.id).where(
        ArticleRevision.article_id == article.id,
        ArticleRevision.status == ArticleStatus.PUBLISHED,
        ArticleRevision.created_at > link.created_at,
    )
    return session.scalar(published.limit(1)) is None


def _behind(session: Session, token: str, now: datetime) -> tuple[ArticleShare, Article]:
    row = session.scalar(sa.select(ArticleShare).where(_working(now), ArticleShare.token == token))
    article = None if row is None else session.get(Article, row.article_id)
    if row is None or article is None or article.deleted_at is not None:
        raise NotFound("share")
    return row, article


def _working(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(ArticleShare.revoked_at.is_(None), ArticleShare.expires_at > now)
