"""Chats that have ended, to be looked up: by words, ending, agent and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from kb_app.cards import Choice, page_count
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import agent_choices
from kb_app.typed_text import clean_line
from models import Chat, ChatMessage, ChatOutcome, ChatState, Viewer, reading

ROWS = 30
DAYS = (7, 30, 90, 365)


@dataclass(frozen=True)
class ArchiveFilter:
    """What is looked for."""

    query: str = ""
    outcome: ChatOutcome | None = None
    agent_id: int | None = None
    days: int = 30
    page: int = 1


@dataclass(frozen=True)
class ArchiveRow:
    """One chat that has ended."""

    public_id: str
    name: str
    topic: str
    agent: str
    outcome: str
    ticket: str
    rating: int | None
    messages: int
    created_at: datetime


@dataclass(frozen=True)
class ArchivePage:
    """A page of them."""

    rows: tuple[ArchiveRow, ...]
    total: int
    page: int
    pages: int
    form: ArchiveFilter
    agents: tuple[Choice, ...]


def archive(ports: Ports, viewer: Viewer, form: ArchiveFilter) -> ArchivePage:
    """The newest first."""
    require(viewer, Permission.DESK)
    found = [Chat.state == ChatState.ENDED, *_rules(ports, form)]
    with reading(ports.database) as session:
        total = session.scalar(sa.select(sa.func.count()).select_from(Chat).where(*found)) or 0
        pages = page_count(total, ROWS)
        page = min(form.page, pages)
        rows = session.scalars(
            sa.select(Chat)
            .where(*found)
            .options(joinedload(Chat.agent), joinedload(Chat.ticket))
            .order_by(Chat.id.desc())
            .limit(ROWS)
            .offset((page - 1) * ROWS)
        )
        shown = tuple(_row(chat) for chat in rows)
        return ArchivePage(shown, total, page, pages, form, agent_choices(session))


def _rules(ports: Ports, form: ArchiveFilter) -> list[sa.ColumnElement[bool]]:
    rules = [Chat.created_at > ports.clock() - timedelta(days=form.days)]
    if form.outcome is not None:
        rules.append(Chat.outcome == form.outcome)
    if form.agent_id is not None:
        rules.append(Chat.agent_id == form.agent_id)
    for word in clean_line(form.query).split()[:5]:
        said = sa.exists().where(
            ChatMessage.chat_id == Chat.id, ChatMessage.body.contains(word, autoescape=True)
        )
        named = Chat.customer_name.contains(word, autoescape=True)
        rules.append(sa.or_(said, named, Chat.contact == word))
    return rules


def _row(chat: Chat) -> ArchiveRow:
    return ArchiveRow(
        chat.public_id,
        chat.customer_name,
        chat.topic,
        chat.agent.name if chat.agent else "",
        chat.outcome.value if chat.outcome else "",
        chat.ticket.number if chat.ticket else "",
        chat.rating,
        chat.last_seq,
        chat.created_at,
    )
