"""Some of the hidden world in Japanese, too, with words of its own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models import (
    Article,
    ArticleAccess,
    ArticleStats,
    ArticleTranslation,
    heat_weight,
    utcnow,
)

TRANSLATED = ("open", "staff", "level", "group", "archived")


def translated_words(name: str) -> tuple[str, str]:
    """In the title and the body of the Japanese version alone."""
    return f"qw{name}japanese", f"zx{name}japanese"


def translate(session: Session, original: Article, name: str) -> Article:
    """The Japanese version, in the state and for the readers of its original."""
    title, secret = translated_words(name)
    article = Article(
        slug=f"s-{secret}",
        title=f"申領 {title}",
        body=f"先にログイン {secret}",
        phrasings=[f"申领流程 {secret}"],
        status=original.status,
        published_at=utcnow(),
        category_id=original.category_id,
        products=list(original.products),
        access=[ArticleAccess(key=key) for key in original.own_keys],
        stats=ArticleStats(heat=heat_weight(utcnow()) * 50, views=50, helpful=9),
    )
    session.add(article)
    session.flush()
    session.add(
        ArticleTranslation(
            article_id=article.id, original_id=original.id, language="ja", source="-"
        )
    )
    return article
