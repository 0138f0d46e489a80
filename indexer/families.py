"""Articles in several languages, as the index tells them apart: each reader finds one of them.

A member that is there in the reader's language is found by keys of that language (`in_language`);
the original by the keys of every language that has no member of its own. The titles of all help
to find each of them, so that a question in one language leads to the article in another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.eligibility import indexable_articles
from models import (
    DEFAULT_LANGUAGE,
    Article,
    ArticleTranslation,
    SiteLanguage,
    in_language,
)


@dataclass(frozen=True)
class Member:
    """What a family adds to an article: whose languages find it, and the others' words."""

    languages: tuple[str, ...]
    words: tuple[str, ...]

    def keys(self, own: frozenset[str]) -> frozenset[str]:
        """Its keys, each in the languages it is found in."""
        return frozenset(in_language(key, one) for key in own for one in self.languages)


def families(session: Session, ids: Iterable[int]) -> dict[int, Member]:
    """Of these articles those that are there in several languages now."""
    link = ArticleTranslation
    if session.scalar(sa.select(link.article_id).limit(1)) is None:
        return {}
    wanted = list(ids)
    originals = set(
        session.scalars(
            sa.select(link.original_id).where(
                sa.or_(link.article_id.in_(wanted), link.original_id.in_(wanted))
            )
        )
    )
    if not originals:
        return {}
    site = [DEFAULT_LANGUAGE, *session.scalars(sa.select(SiteLanguage.code))]
    found: dict[int, Member] = {}
    for original_id, members in _published(session, originals).items():
        if members.keys() == {original_id}:
            continue  # no translation is out yet: an article like any other
        for article_id in members:
            found[article_id] = _member(original_id, article_id, members, site)
    return found


def _published(
    session: Session, originals: set[int]
) -> dict[int, dict[int, tuple[str, tuple[str, ...]]]]:
    """By original: every published member with its language and what it is called."""
    link = ArticleTranslation
    home = sa.func.coalesce(link.original_id, Article.id)
    rows = session.execute(
        sa.select(home, Article.id, link.language, Article.title, Article.phrasings)
        .outerjoin(link, link.article_id == Article.id)
        .where(sa.or_(Article.id.in_(originals), link.original_id.in_(originals)))
        .where(indexable_articles())
        .order_by(Article.id)
    )
    found: dict[int, dict[int, tuple[str, tuple[str, ...]]]] = {}
    for original_id, article_id, language, title, phrasings in rows:
        names = (title, *phrasings)
        found.setdefault(original_id, {})[article_id] = (language or DEFAULT_LANGUAGE, names)
    return found


def _member(
    original_id: int,
    article_id: int,
    members: Mapping[int, tuple[str, tuple[str, ...]]],
    site: list[str],
) -> Member:
    own = members[article_id][0]
    taken = {language for language, _ in members.values()}
    rest = [one for one in site if one not in taken] if article_id == original_id else []
    words = tuple(
        word for other, (_, names) in members.items() if other != article_id for word in names
    )
    return Member((own, *rest), words)
