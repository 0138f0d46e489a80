"""What is shown of an article's life: plan, address, neighbours, links; and who is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import SearchFilter, SearchUnavailable
from indexer.passages import plain_text
from kb_app.article_change import KEEP_DELETED, existing
from kb_app.article_life import chosen_ids
from kb_app.cards import ArticleRef, Choice
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.sharing import UNPUBLISHED, ShareRow, links_of
from models import (
    STAFF_ROLES,
    Article,
    ArticlePlan,
    ArticleRedirect,
    ArticleStatus,
    User,
    Viewer,
    reading,
)

SUGGESTED = 8


@dataclass(frozen=True)
class LifePage:
    """Everything about an article but its words."""

    article_id: int
    version: int
    title: str
    status: ArticleStatus
    deleted: bool
    purged_at: datetime | None
    slug: str
    old_slugs: tuple[str, ...]
    owner_id: int | None
    owners: tuple[Choice, ...]
    publish_at: datetime | None
    expires_at: datetime | None
    review_by: datetime | None
    related: tuple[ArticleRef, ...]
    suggested: tuple[ArticleRef, ...]
    links: tuple[ShareRow, ...]
    can_publish: bool
    can_share: bool
    query: str


def life(ports: Ports, viewer: Viewer, article_id: int, query: str = "") -> LifePage:
    """The page beside the editor; `query` looks for related articles by their titles."""
    require(viewer, Permission.WRITE)
    with reading(ports.database) as session:
        article = existing(session, article_id)
        plan = session.get(ArticlePlan, article_id) or ArticlePlan()
        related = _refs(session, chosen_ids(session, article_id))
        deleted = article.deleted_at
        return LifePage(
            article_id=article_id,
            version=article.version,
            title=article.title,
            status=article.status,
            deleted=deleted is not None,
            purged_at=deleted + KEEP_DELETED if deleted else None,
            slug=article.slug,
            old_slugs=_old_slugs(session, article_id),
            owner_id=plan.owner_id,
            owners=_staff(session),
            publish_at=plan.publish_at,
            expires_at=article.expires_at,
            review_by=plan.review_by,
            related=related,
            suggested=(
                _titled(session, viewer, query, [article_id, *(one.article_id for one in related)])
                if query
                else _suggested(ports, session, viewer, article, related)
            ),
            links=links_of(session, article_id, ports.clock()),
            can_publish=may(viewer, Permission.PUBLISH),
            can_share=deleted is None and article.status in UNPUBLISHED,
            query=query,
        )


def _old_slugs(session: Session, article_id: int) -> tuple[str, ...]:
    query = sa.select(ArticleRedirect.slug).where(ArticleRedirect.article_id == article_id)
    return tuple(session.scalars(query.order_by(ArticleRedirect.slug)))


def _staff(session: Session) -> tuple[Choice, ...]:
    query = sa.select(User.id, User.name).where(
        User.role.in_(sorted(STAFF_ROLES)), User.is_active.is_(True)
    )
    return tuple(Choice(one, name) for one, name in session.execute(query.order_by(User.name)))


def _refs(session: Session, ids: list[int]) -> tuple[ArticleRef, ...]:
    found = {one.id: one for one in session.scalars(sa.select(Article).where(Article.id.in_(ids)))}
    return tuple(
        ArticleRef(found[one].id, found[one].title, found[one].slug, found[one].status)
        for one in ids
        if one in found
    )


def _titled(
    session: Session, viewer: Viewer, query: str, known: list[int]
) -> tuple[ArticleRef, ...]:
    found = session.scalars(
        sa.select(Article)
        .where(
            Article.visible_to(viewer),
            Article.title.icontains(query, autoescape=True),
            Article.id.not_in(known),
        )
        .order_by(Article.updated_at.desc())
        .limit(SUGGESTED)
    )
    return tuple(ArticleRef(one.id, one.title, one.slug, one.status) for one in found)


def _suggested(
    ports: Ports,
    session: Session,
    viewer: Viewer,
    article: Article,
    related: tuple[ArticleRef, ...],
) -> tuple[ArticleRef, ...]:
    """Near articles by words and meaning; none while search is out of service."""
    text = f"{article.title}\n{plain_text(article.body[:2000])[:200]}"
    try:
        wanted = SearchFilter(viewer.finding)
        hits = ports.engine.similar(text, wanted, SUGGESTED + len(related) + 1)
    except SearchUnavailable:
        return ()
    known = {article.id, *(one.article_id for one in related)}
    ids = [hit.ref_id for hit in hits if hit.ref_id not in known][:SUGGESTED]
    readable = sa.select(Article.id).where(Article.id.in_(ids), Article.visible_to(viewer))
    allowed = set(session.scalars(readable))
    return _refs(session, [one for one in ids if one in allowed])
