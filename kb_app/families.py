"""What a translation takes over from its original, whenever either changes.

Category, products, readers and the end follow the original; what the original is taken out of
sight with, goes out of sight in every language. Coming back is decided for each by itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput
from models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    ArticleTranslation,
    JobKind,
    choose_access,
    enqueue,
)


def translation_of(session: Session, article: Article) -> ArticleTranslation | None:
    """What binds it to its original; None for an original, and for what is not saved yet."""
    saved = sa.inspect(article).has_identity
    return session.get(ArticleTranslation, article.id) if saved else None


def translations(session: Session, original_id: int) -> list[tuple[ArticleTranslation, Article]]:
    """Every translation of an original, those in the bin too."""
    rows = session.execute(
        sa.select(ArticleTranslation, Article)
        .join(Article, Article.id == ArticleTranslation.article_id)
        .where(ArticleTranslation.original_id == original_id)
        .order_by(ArticleTranslation.language)
    )
    return [(link, article) for link, article in rows]


def follow(session: Session, article: Article) -> None:
    """Call after any change of an article: its family is brought in line and indexed again."""
    link = translation_of(session, article)
    original = article if link is None else session.get_one(Article, link.original_id)
    out = is_out(original)
    if link is not None and article.status is ArticleStatus.PUBLISHED and not out:
        raise InvalidInput("action", "original_hidden")
    members = _in_line(session, original)
    for relative in (original, *members):
        if members and relative is not article:
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=relative.id)


def waits(session: Session, article: Article) -> bool:
    """Whether it is a translation of what is not before readers, and so cannot be either."""
    link = translation_of(session, article)
    return link is not None and not is_out(session.get_one(Article, link.original_id))


def follow_written(session: Session, article_ids: Iterable[int]) -> None:
    """The same after articles were written from outside, when nobody is there to be refused."""
    written = list(article_ids)
    link = ArticleTranslation
    touched = sa.select(link.original_id).where(
        sa.or_(link.article_id.in_(written), link.original_id.in_(written))
    )
    for original_id in session.scalars(touched.distinct()).all():
        for member in _in_line(session, session.get_one(Article, original_id)):
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=member.id)
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=original_id)


def lock_original(session: Session, article_id: int) -> None:
    """Before a translation is locked: its original may not go out of sight meanwhile.

    Always in this order, so that two changes never wait for each other.
    """
    link = ArticleTranslation
    home = sa.select(link.original_id).where(link.article_id == article_id).scalar_subquery()
    session.execute(sa.select(Article.id).where(Article.id == home).with_for_update())


def _in_line(session: Session, original: Article) -> list[Article]:
    """Every translation filed, read and hidden like the original; returns them."""
    members = [member for _, member in translations(session, original.id)]
    for member in members:
        take_over(session, original, member)
        if not is_out(original) and is_out(member):
            member.status = ArticleStatus.ARCHIVED
            _revise(session, member)
    return members


def take_over(session: Session, original: Article, member: Article) -> None:
    """Filed, read and ended like the original."""
    if member.category_id != original.category_id:
        member.category_id = original.category_id
    if {one.id for one in member.products} != {one.id for one in original.products}:
        member.products = list(original.products)
    if member.expires_at != original.expires_at:
        member.expires_at = original.expires_at
    if member.own_keys != original.own_keys or member.access_keys != original.access_keys:
        choose_access(session, member, original.own_keys)


def is_out(article: Article) -> bool:
    """Whether it is before readers, as far as its state goes."""
    return article.status is ArticleStatus.PUBLISHED and article.deleted_at is None


def _revise(session: Session, member: Article) -> None:
    session.flush()
    last = session.scalar(
        sa.select(sa.func.max(ArticleRevision.number)).where(
            ArticleRevision.article_id == member.id
        )
    )
    session.add(
        ArticleRevision(
            article_id=member.id,
            number=(last or 0) + 1,
            version=member.version,
            title=member.title,
            body=member.body,
            status=member.status,
        )
    )
