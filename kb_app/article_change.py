"""How an article is opened for a change and what every change brings with it.

The version that was seen is asked for, so whoever comes second is told; each change is a
revision, an audit entry and an index job in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.families import follow, lock_original
from kb_app.ports import Ports
from kb_app.webhooks.others import article_changed
from models import (
    Article,
    ArticlePlan,
    ArticleRevision,
    ArticleStatus,
    JobKind,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)

KEEP_DELETED = timedelta(days=30)


@contextmanager
def changing(
    ports: Ports, article_id: int, version: int | None
) -> Iterator[tuple[Session, Article]]:
    """Open the article for a change; EditConflict when it is not the version that was seen.

    None is for a change to whatever the article says now.
    """
    try:
        with unit_of_work(ports.database) as session:
            article = existing(session, article_id, locked=True)
            if version is not None and article.version != version:
                raise EditConflict(str(article_id))
            yield session, article
    except StaleDataError as error:
        raise EditConflict(str(article_id)) from error


def existing(session: Session, article_id: int, *, locked: bool = False) -> Article:
    """The article, also from the recycle bin; NotFound when there is none."""
    if locked:
        lock_original(session, article_id)
    article = session.get(Article, article_id, with_for_update=True if locked else None)
    if article is None:
        raise NotFound(str(article_id))
    return article


def show_to_readers(ports: Ports, article: Article) -> None:
    """Published; what lies in the recycle bin has to be taken out first."""
    if article.deleted_at is not None:
        raise InvalidInput("action", "deleted")
    now = ports.clock()
    if article.expires_at is not None and article.expires_at <= now:
        article.expires_at = None
    article.status = ArticleStatus.PUBLISHED
    article.published_at = article.published_at or now


def touch(ports: Ports, session: Session, viewer: Viewer, article: Article, action: str) -> None:
    """Everything a change brings with it: time, revision, audit entry, index job."""
    article.updated_at = ports.clock()
    session.flush()
    follow(session, article)
    revise(session, viewer, article)
    record(session, viewer, action, f"article:{article.id}")
    enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
    article_changed(ports, session, article, action)


def revise(session: Session, viewer: Viewer, article: Article) -> None:
    """Write down what the article says now; other words than before are news to readers."""
    before = session.execute(
        sa.select(ArticleRevision.number, ArticleRevision.title, ArticleRevision.body)
        .where(ArticleRevision.article_id == article.id)
        .order_by(ArticleRevision.number.desc())
        .limit(1)
    ).one_or_none()
    last = before.number if before is not None else 0
    if before is None or (before.title, before.body) != (article.title, article.body):
        _note_news(session, article)
    session.add(
        ArticleRevision(
            article_id=article.id,
            number=last + 1,
            version=article.version,
            title=article.title,
            body=article.body,
            status=article.status,
            editor_id=viewer.user_id,
        )
    )


def _note_news(session: Session, article: Article) -> None:
    """Beside the versions: the form that was sent and the revision belong to the one before."""
    at = article.updated_at
    query = sa.update(Article).where(Article.id == article.id).values(content_at=at)
    session.execute(query, execution_options={"synchronize_session": False})
    set_committed_value(article, "content_at", at)


def unschedule(session: Session, article: Article) -> None:
    """What was taken out of sight does not come back by a plan made before."""
    session.execute(
        sa.update(ArticlePlan).where(ArticlePlan.article_id == article.id).values(publish_at=None)
    )


def look_again(session: Session, article: Article, at: datetime | None) -> None:
    """Have the worker look at the article at this time; what is due then is done then."""
    if at is not None:
        enqueue(session, JobKind.ARTICLE_DUE, run_after=at, article_id=article.id)
