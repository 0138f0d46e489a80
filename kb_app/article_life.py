"""An article's plan, address and neighbours: owner, times, slug, what to read next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.article_change import changing, look_again, touch
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.slugs import LONGEST_SLUG, is_taken, slug_of
from kb_app.typed_text import clean_line
from models import (
    STAFF_ROLES,
    Article,
    ArticlePlan,
    ArticleRedirect,
    ArticleRelated,
    ArticleStatus,
    User,
    Viewer,
    record,
    unit_of_work,
)

MOST_RELATED = 10
UNPUBLISHED = frozenset({ArticleStatus.DRAFT, ArticleStatus.REVIEW})


@dataclass(frozen=True)
class PlanInput:
    """Who answers for the article and what is to happen when; None is never."""

    owner_id: int | None
    publish_at: datetime | None
    expires_at: datetime | None
    review_by: datetime | None
    version: int


def plan(ports: Ports, viewer: Viewer, article_id: int, form: PlanInput) -> None:
    """Set owner and times; the worker is told to look at each of them."""
    require(viewer, Permission.PUBLISH)
    with changing(ports, article_id, form.version) as (session, article):
        row = session.get(ArticlePlan, article_id) or ArticlePlan(article_id=article_id)
        _check(ports, session, article, row, form)
        row.owner_id, row.publish_at = form.owner_id, form.publish_at
        if row.review_by != form.review_by:
            row.review_by, row.reminded_for = form.review_by, None
        session.add(row)
        article.expires_at = form.expires_at
        for at in (form.publish_at, form.expires_at, form.review_by):
            look_again(session, article, at)
        touch(ports, session, viewer, article, "article.plan")


def _check(
    ports: Ports, session: Session, article: Article, row: ArticlePlan, form: PlanInput
) -> None:
    now = ports.clock()
    if form.owner_id is not None and not _works_here(session, form.owner_id):
        raise InvalidInput("owner_id", "unknown")
    if form.publish_at is not None and form.publish_at != row.publish_at:
        _can_appear(article, form.publish_at, now)
    ends = form.expires_at
    if ends is None:
        return
    if ends != article.expires_at and ends <= now:
        raise InvalidInput("expires_at", "past")
    if form.publish_at is not None and ends <= form.publish_at:
        raise InvalidInput("expires_at", "before")


def _works_here(session: Session, user_id: int) -> bool:
    user = session.get(User, user_id)
    return user is not None and user.is_active and user.role in STAFF_ROLES


def _can_appear(article: Article, at: datetime, now: datetime) -> None:
    if article.status not in UNPUBLISHED or article.deleted_at is not None:
        raise InvalidInput("publish_at", "published")
    if at <= now:
        raise InvalidInput("publish_at", "past")


def move(ports: Ports, viewer: Viewer, article_id: int, slug: str, version: int) -> str:
    """Give the article another address; the old one leads there from now on."""
    require(viewer, Permission.PUBLISH)
    wanted = clean_line(slug)
    if not wanted:
        raise InvalidInput("slug", "empty")
    if slug_of(wanted) != wanted or len(wanted) > LONGEST_SLUG:
        raise InvalidInput("slug", "invalid")
    with changing(ports, article_id, version) as (session, article):
        if wanted == article.slug:
            return wanted
        if is_taken(session, wanted, except_id=article_id):
            raise InvalidInput("slug", "taken")
        session.execute(sa.delete(ArticleRedirect).where(ArticleRedirect.slug == wanted))
        session.add(ArticleRedirect(slug=article.slug, article_id=article_id))
        old, article.slug = article.slug, wanted
        touch(ports, session, viewer, article, "article.move")
        record(session, viewer, "article.redirect", f"article:{article_id}", old=old, new=wanted)
    return wanted


def moved_to(session: Session, viewer: Viewer, slug: str) -> str | None:
    """Where an old address leads now, if this viewer may read what is there."""
    return session.scalar(
        sa.select(Article.slug)
        .join(ArticleRedirect, ArticleRedirect.article_id == Article.id)
        .where(ArticleRedirect.slug == slug, Article.visible_to(viewer))
    )


def relate(ports: Ports, viewer: Viewer, article_id: int, related_ids: tuple[int, ...]) -> None:
    """Choose what to show beside the article, in this order; nothing of its text changes."""
    require(viewer, Permission.WRITE)
    wanted = [one for one in dict.fromkeys(related_ids) if one != article_id]
    if len(wanted) > MOST_RELATED:
        raise InvalidInput("related", "too_many")
    with unit_of_work(ports.database) as session:
        known = set(
            session.scalars(sa.select(Article.id).where(Article.id.in_([*wanted, article_id])))
        )
        if known != {*wanted, article_id}:
            raise InvalidInput("related", "unknown")
        session.execute(sa.delete(ArticleRelated).where(ArticleRelated.article_id == article_id))
        for place, one in enumerate(wanted):
            session.add(ArticleRelated(article_id=article_id, related_id=one, position=place))
        record(session, viewer, "article.relate", f"article:{article_id}", related=wanted)


def chosen_ids(session: Session, article_id: int) -> list[int]:
    """The articles somebody chose to show beside this one, in order; readable or not."""
    return list(
        session.scalars(
            sa.select(ArticleRelated.related_id)
            .where(ArticleRelated.article_id == article_id)
            .order_by(ArticleRelated.position)
        )
    )
