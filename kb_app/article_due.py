"""What happens to an article by the clock: it appears, runs out, wants review, leaves the bin.

Every deed looks at the article as it is now, so that doing it twice, late or after a change
of plan does no harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import drafts
from kb_app.article_change import KEEP_DELETED, show_to_readers, touch
from kb_app.families import lock_original, waits
from kb_app.letters import REVIEW_BODY, REVIEW_SUBJECT
from kb_app.ports import Ports
from models import (
    Article,
    ArticlePlan,
    ArticleStatus,
    JobKind,
    Role,
    User,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

CLOCK = Viewer(Role.VISITOR, None, "clock", frozenset())
UNPUBLISHED = frozenset({ArticleStatus.DRAFT, ArticleStatus.REVIEW})
AT_ONCE = 200


def act(ports: Ports, article_id: int) -> None:
    """Do what is due for this article now; nothing when nothing is."""
    with unit_of_work(ports.database) as session:
        lock_original(session, article_id)
        article = session.get(Article, article_id, with_for_update=True)
        if article is None:
            return
        now = ports.clock()
        if article.deleted_at is not None:
            _purge(session, article, now)
            return
        plan = session.get(ArticlePlan, article_id)
        if plan is not None:
            _appear(ports, session, article, plan)
            _remind(ports, session, article, plan)
        _run_out(ports, session, article, now)


def catch_up(ports: Ports) -> None:
    """Whatever a lost job or an import left undone; forgotten drafts go, too."""
    for article_id in _overdue(ports):
        act(ports, article_id)
    with unit_of_work(ports.database) as session:
        drafts.sweep(session, ports.clock())


def _overdue(ports: Ports) -> list[int]:
    now = ports.clock()
    live = Article.deleted_at.is_(None)
    due = sa.or_(
        Article.deleted_at < now - KEEP_DELETED,
        sa.and_(live, Article.expires_at <= now, Article.status == ArticleStatus.PUBLISHED),
        sa.and_(live, ArticlePlan.publish_at <= now, Article.status.in_(sorted(UNPUBLISHED))),
        sa.and_(live, ArticlePlan.review_by <= now, _not_reminded()),
    )
    query = sa.select(Article.id).outerjoin(ArticlePlan, ArticlePlan.article_id == Article.id)
    with reading(ports.database) as session:
        return list(session.scalars(query.where(due).order_by(Article.id).limit(AT_ONCE)))


def _not_reminded() -> sa.ColumnElement[bool]:
    return sa.or_(
        ArticlePlan.reminded_for.is_(None), ArticlePlan.reminded_for != ArticlePlan.review_by
    )


def _appear(ports: Ports, session: Session, article: Article, plan: ArticlePlan) -> None:
    if plan.publish_at is None or plan.publish_at > ports.clock():
        return
    if article.status in UNPUBLISHED and waits(session, article):
        return  # as soon as its original is there
    plan.publish_at = None
    # A worker that was away until after the end shows nothing: the article has had its time.
    over = article.expires_at is not None and article.expires_at <= ports.clock()
    if article.status in UNPUBLISHED and over:
        article.status = ArticleStatus.ARCHIVED
        touch(ports, session, CLOCK, article, "article.run_out")
    elif article.status in UNPUBLISHED:
        show_to_readers(ports, article)
        touch(ports, session, CLOCK, article, "article.publish_on_time")


def _run_out(ports: Ports, session: Session, article: Article, now: datetime) -> None:
    over = article.expires_at is not None and article.expires_at <= now
    if over and article.status is ArticleStatus.PUBLISHED:
        article.status = ArticleStatus.ARCHIVED
        touch(ports, session, CLOCK, article, "article.run_out")


def _remind(ports: Ports, session: Session, article: Article, plan: ArticlePlan) -> None:
    """One mail to the owner (or the author) for each review date."""
    due = plan.review_by is not None and plan.review_by <= ports.clock()
    if not due or plan.reminded_for == plan.review_by:
        return
    plan.reminded_for = plan.review_by
    user = session.get(User, plan.owner_id or article.author_id or 0)
    if user is None or not user.is_active:
        return
    link = f"{ports.config.base_url}/manage/articles/{article.id}"
    words = {"title": article.title, "name": user.name, "link": link}
    enqueue(
        session,
        JobKind.SEND_MAIL,
        to=user.email,
        subject=REVIEW_SUBJECT.format(**words),
        body=REVIEW_BODY.format(**words, site=ports.config.site_name),
    )


def _purge(session: Session, article: Article, now: datetime) -> None:
    """Thirty days in the bin: gone for good, with all that hangs on it."""
    left = article.deleted_at
    if left is None or left > now - KEEP_DELETED + timedelta(seconds=1):
        return
    record(session, CLOCK, "article.purge", f"article:{article.id}", title=article.title)
    session.delete(article)
