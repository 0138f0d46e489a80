"""Which articles of an export are the same in several languages, there and back.

A site that has other bonds already keeps them; a language it does not know comes along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from kb_app.families import follow_written
from kb_app.ports import Ports
from kb_app.site_languages import MOST, is_code, languages
from kb_app.typed_text import clean_line
from models import (
    DEFAULT_LANGUAGE,
    Article,
    ArticleTranslation,
    SiteLanguage,
    unit_of_work,
)


def tell_translations(session: Session) -> dict[str, Any]:
    """The languages, and by a translation's slug its original's, its language and its state."""
    original = aliased(Article)
    rows = session.execute(
        sa.select(
            Article.slug, original.slug, ArticleTranslation.language, ArticleTranslation.source
        )
        .join(ArticleTranslation, ArticleTranslation.article_id == Article.id)
        .join(original, original.id == ArticleTranslation.original_id)
        .where(Article.deleted_at.is_(None), original.deleted_at.is_(None))
        .order_by(Article.id)
    )
    return {
        "languages": languages(session),
        "articles": {
            slug: {"original": home, "language": code, "source": source}
            for slug, home, code, source in rows
        },
    }


def put_translations(ports: Ports, told: Any) -> None:
    """Bind what is not bound yet; anything that does not fit is passed over."""
    if not isinstance(told, dict):
        return
    with unit_of_work(ports.database) as session:
        _add_languages(session, told.get("languages"))
        found = told.get("articles")
        bonds = found if isinstance(found, dict) else {}
        ids = dict(session.execute(sa.select(Article.slug, Article.id)).all())
        for slug, bond in bonds.items():
            if isinstance(bond, dict) and slug in ids and bond.get("original") in ids:
                _bind(session, ids[slug], ids[str(bond["original"])], bond)


def _add_languages(session: Session, told: Any) -> None:
    known = {code.lower() for code in languages(session)} | {DEFAULT_LANGUAGE.lower()}
    for code, name in told.items() if isinstance(told, dict) else ():
        fits = is_code(str(code)) and code.lower() not in known and len(known) <= MOST
        called = clean_line(str(name))[:60]
        if fits and called:
            session.add(SiteLanguage(code=code, name=called, position=len(known)))
            known.add(code.lower())
    session.flush()


def _bind(session: Session, article_id: int, original_id: int, bond: Mapping[str, Any]) -> None:
    code, source = str(bond.get("language") or ""), str(bond.get("source") or "")[:64]
    link = ArticleTranslation
    taken = sa.select(link.article_id).where(
        sa.or_(
            link.article_id.in_([article_id, original_id]),
            link.original_id == article_id,
            sa.and_(link.original_id == original_id, link.language == code),
        )
    )
    if article_id == original_id or session.get(SiteLanguage, code) is None:
        return
    if session.scalar(taken.limit(1)) is not None:
        return
    session.add(link(article_id=article_id, original_id=original_id, language=code, source=source))
    session.flush()
    follow_written(session, [original_id])
