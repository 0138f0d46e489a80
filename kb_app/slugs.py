"""The readable part of an article's address, one of a kind among present and past ones."""

from __future__ import annotations

import re
import secrets
import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.typed_text import clean_line
from models import Article, ArticleRedirect

LONGEST_SLUG = 60
_GAPS = re.compile(r"[^\w]+", re.UNICODE)


def slug_of(title: str) -> str:
    """The readable part of an address: letters and digits of any script, joined by hyphens."""
    folded = unicodedata.normalize("NFKC", title).lower()
    return _GAPS.sub("-", folded).strip("-_")[:LONGEST_SLUG] or "article"


def unique_slug(session: Session, title: str) -> str:
    """A slug no article has or had: links that were given out keep leading where they led."""
    slug = slug_of(clean_line(title))
    while is_taken(session, slug):
        slug = with_suffix(slug_of(title))
    return slug


def is_taken(session: Session, slug: str, except_id: int | None = None) -> bool:
    """Whether another article has this address or once had it."""
    for column, owner in (
        (Article.slug, Article.id),
        (ArticleRedirect.slug, ArticleRedirect.article_id),
    ):
        query = sa.select(owner).where(column == slug)
        if except_id is not None:
            query = query.where(owner != except_id)
        if session.scalar(query) is not None:
            return True
    return False


def with_suffix(slug: str) -> str:
    """The same with a chance ending."""
    return f"{slug}-{secrets.token_hex(3)}"
