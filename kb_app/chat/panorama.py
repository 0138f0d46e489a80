"""What is known of a chat's customer: who, their tickets, chats, questions, searches, articles.

Searches are those of this month alone: older ones belong to nobody any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.read_before import Past, articles_read, searches_of
from kb_app.searchers import key_of
from models import (
    Chat,
    ChatBlock,
    ChatState,
    Question,
    Ticket,
    TicketStatus,
    User,
    Viewer,
)

ROWS = 6
TEXT_CHARS = 60


@dataclass(frozen=True)
class Panorama:
    """Everything beside the conversation."""

    name: str
    email: str
    level: str
    groups: tuple[str, ...]
    since: datetime | None
    tickets: tuple[Past, ...]
    open_tickets: int
    chats: tuple[Past, ...]
    questions: tuple[Past, ...]
    searches: tuple[str, ...]
    articles: tuple[Past, ...]
    blocked_until: datetime | None


def panorama(ports: Ports, session: Session, viewer: Viewer, chat: Chat) -> Panorama:
    """As far as it is known at this moment."""
    user = session.get(User, chat.customer_id) if chat.customer_id else None
    level = user.level if user else None
    key = key_of(ports.config, chat.customer_key, ports.clock())
    until = session.scalar(
        sa.select(ChatBlock.until).where(ChatBlock.customer_key == chat.customer_key)
    )
    return Panorama(
        user.name if user else chat.customer_name,
        user.email if user else "",
        level.name if level else "",
        tuple(group.name for group in user.groups) if user else (),
        user.created_at if user else None,
        _tickets(session, chat),
        _open_tickets(session, chat),
        _chats(session, chat),
        _questions(session, chat),
        searches_of(session, key, ROWS),
        articles_read(session, viewer, key, ROWS),
        until if until is not None and until > ports.clock() else None,
    )


def _tickets(session: Session, chat: Chat) -> tuple[Past, ...]:
    rows = session.scalars(
        sa.select(Ticket)
        .where(Ticket.requester_key == chat.customer_key)
        .order_by(Ticket.id.desc())
        .limit(ROWS)
    )
    return tuple(Past(t.number, t.subject, t.status.value, t.created_at) for t in rows)


def _open_tickets(session: Session, chat: Chat) -> int:
    going_on = [TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PAUSED]
    rule = sa.and_(Ticket.requester_key == chat.customer_key, Ticket.status.in_(going_on))
    return session.scalar(sa.select(sa.func.count()).select_from(Ticket).where(rule)) or 0


def _chats(session: Session, chat: Chat) -> tuple[Past, ...]:
    rows = session.scalars(
        sa.select(Chat)
        .where(
            Chat.customer_key == chat.customer_key,
            Chat.id != chat.id,
            Chat.state == ChatState.ENDED,
        )
        .order_by(Chat.id.desc())
        .limit(ROWS)
    )
    return tuple(
        Past(c.public_id, c.topic, c.outcome.value if c.outcome else "", c.created_at) for c in rows
    )


def _questions(session: Session, chat: Chat) -> tuple[Past, ...]:
    rows = session.scalars(
        sa.select(Question)
        .where(Question.asker_key == chat.customer_key, Question.public_id.not_like("chat-%"))
        .order_by(Question.id.desc())
        .limit(ROWS)
    )
    return tuple(
        Past(q.public_id, " ".join(q.text.split())[:TEXT_CHARS], q.status.value, q.created_at)
        for q in rows
    )
