"""Webhooks hear of articles and chats, too: what readers see changed, a chat ended or was rated.

Drafts that nobody reads are no news; what was said in a chat is not told, its facts are.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.webhooks.queueing import tell
from models import Article, ArticleStatus, Chat, User

PUBLISHED, CHANGED = "article.published", "article.changed"
ARCHIVED, DELETED, REVIEW = "article.archived", "article.deleted", "article.review"
CHAT_ENDED, CHAT_RATED = "chat.ended", "chat.rated"
OF_OTHERS = (PUBLISHED, CHANGED, ARCHIVED, DELETED, REVIEW, CHAT_ENDED, CHAT_RATED)
# What an audit entry calls the change, and what is told of it.
_ALWAYS = {
    "article.archive": ARCHIVED,
    "article.run_out": ARCHIVED,
    "article.trash": DELETED,
    "article.submit": REVIEW,
}
_WHEN_PUBLISHED = {
    "article.publish": PUBLISHED,
    "article.publish_on_time": PUBLISHED,
    "article.approve": PUBLISHED,
    "article.restore": PUBLISHED,
    "article.save": CHANGED,
    "article.phrase": CHANGED,
    "article.move": CHANGED,
    "article.restore_revision": CHANGED,
}


def article_event(action: str, status: ArticleStatus) -> str:
    """What is told of a change; empty for what no reader sees."""
    if action in _ALWAYS:
        return _ALWAYS[action]
    return _WHEN_PUBLISHED.get(action, "") if status is ArticleStatus.PUBLISHED else ""


def article_changed(ports: Ports, session: Session, article: Article, action: str) -> None:
    """In the transaction of the change; its version names it."""
    event = article_event(action, article.status)
    if not event:
        return
    facts = {
        "id": article.id,
        "title": article.title,
        "status": article.status.value,
        "version": article.version,
        "url": f"{ports.config.base_url}/articles/{article.slug}",
        "updated_at": _stamp(article.updated_at),
    }
    mark = f"article-{article.id}-{article.version}"
    tell(session, event, mark, ports.clock(), {"article": facts})


def chat_changed(ports: Ports, session: Session, chat: Chat, event: str) -> None:
    """In the transaction of the change; a rating that is changed is told again."""
    agent = session.get(User, chat.agent_id) if chat.agent_id is not None else None
    facts = {
        "id": chat.id,
        "state": chat.state.value,
        "outcome": chat.outcome.value if chat.outcome else None,
        "agent": agent.name if agent else None,
        "customer": {"name": chat.customer_name, "contact": chat.contact},
        "rating": chat.rating,
        "ticket": chat.ticket.number if chat.ticket else None,
        "created_at": _stamp(chat.created_at),
        "accepted_at": _stamp(chat.accepted_at),
        "ended_at": _stamp(chat.ended_at),
    }
    mark = f"chat-{chat.id}-{chat.rating or ''}-{ports.clock().isoformat()}"
    tell(session, event, mark, ports.clock(), {"chat": facts})


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
