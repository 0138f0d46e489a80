"""Making the things tests need, with as little said as possible."""

from __future__ import annotations

import itertools

from sqlalchemy.orm import Session

from kb_app import jobs
from kb_app.ports import Ports
from models import (
    PUBLIC_KEY,
    Article,
    ArticleAccess,
    ArticleStatus,
    JobKind,
    Role,
    User,
    enqueue,
    unit_of_work,
    utcnow,
)

_numbers = itertools.count(1)


def make_user(session: Session, name: str, role: Role = Role.CUSTOMER) -> User:
    """An account that nobody can sign in to with a password."""
    user = User(
        email=f"person{next(_numbers)}@example.com", name=name, password_hash="-", role=role
    )
    session.add(user)
    session.flush()
    return user


def make_article(
    session: Session,
    title: str,
    body: str = "",
    keys: tuple[str, ...] = (PUBLIC_KEY,),
    status: ArticleStatus = ArticleStatus.PUBLISHED,
) -> Article:
    """An article, published and public unless said otherwise, with its index job."""
    article = Article(
        slug=f"article-{next(_numbers)}",
        title=title,
        body=body,
        status=status,
        published_at=utcnow(),
        access=[ArticleAccess(key=key) for key in keys],
    )
    session.add(article)
    session.flush()
    enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
    return article


def publish_articles(ports: Ports, *articles: tuple[str, str]) -> list[int]:
    """Public articles from (title, body), indexed; returns their ids in order."""
    with unit_of_work(ports.database) as session:
        ids = [make_article(session, title, body).id for title, body in articles]
    settle_index(ports)
    return ids


def settle_index(ports: Ports) -> None:
    """Run every due job and let this process see the result."""
    jobs.drain(ports)
    ports.engine.refresh()
