"""Chats that have ended, to be looked up: by words, ending, agent and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from kb_app.cards import Choice, page_count
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import agent_choices
from kb_app.setup.catalogue import node_choices
from kb_app.typed_text import clean_line
from models import Chat, ChatOutcome, ChatState, ServiceNode, Viewer, chats_with, reading

ROWS = 30
MOST_WORDS = 5
DAYS = (7, 30, 90, 365)


@dataclass(frozen=True)
class ArchiveFilter:
    """What is looked for."""

    query: str = ""
    outcome: ChatOutcome | None = None
    agent_id: int | None = None
    node_id: int | None = None
    days: int = 30
    page: int = 1


@dataclass(frozen=True)
class ArchiveRow:
    """One chat that has ended."""

    public_id: str
    name: str
    topic: str
    agent: str
    category: str
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
    nodes: tuple[Choice, ...]


def archive(ports: Ports, viewer: Viewer, form: ArchiveFilter) -> ArchivePage:
    """The newest first."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        found = [Chat.state == ChatState.ENDED, *_rules(ports, session, form)]
        every = session.execute(sa.select(ServiceNode.id, ServiceNode.name)).all()
        names = {row.id: row.name for row in every}
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
        shown = tuple(_row(chat, names) for chat in rows)
        return ArchivePage(
            shown, total, page, pages, form, agent_choices(session), node_choices(session)
        )


def _rules(ports: Ports, session: Session, form: ArchiveFilter) -> list[sa.ColumnElement[bool]]:
    rules = [Chat.created_at > ports.clock() - timedelta(days=form.days)]
    if form.outcome is not None:
        rules.append(Chat.outcome == form.outcome)
    if form.agent_id is not None:
        rules.append(Chat.agent_id == form.agent_id)
    if form.node_id is not None:
        rules.append(Chat.node_id.in_(below(session, form.node_id)))
    asked = " ".join(clean_line(form.query).split()[:MOST_WORDS])
    if asked:
        said = chats_with(session, asked)
        named = Chat.customer_name == asked
        rules.append(named if said is None else sa.or_(Chat.id.in_(said), named))
    return rules


def below(session: Session, node_id: int) -> list[int]:
    """A category of the catalogue with everything under it."""
    every = session.execute(sa.select(ServiceNode.id, ServiceNode.parent_id)).all()
    found, at = [node_id], 0
    while at < len(found):
        found.extend(row.id for row in every if row.parent_id == found[at] and row.id not in found)
        at += 1
    return found


def _row(chat: Chat, names: Mapping[int, str]) -> ArchiveRow:
    return ArchiveRow(
        chat.public_id,
        chat.customer_name,
        chat.topic,
        chat.agent.name if chat.agent else "",
        names.get(chat.node_id or 0, ""),
        chat.outcome.value if chat.outcome else "",
        chat.ticket.number if chat.ticket else "",
        chat.rating,
        chat.last_seq,
        chat.created_at,
    )
