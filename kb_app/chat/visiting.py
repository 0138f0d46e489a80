"""Pages a customer has open beside their chat, and had open before in the same visit.

Only paths and titles of this site's own pages, only while a chat is open, and the chat says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line
from models import Chat, ChatState, ChatVisit, Viewer, unit_of_work

LONGEST_PATH = 300
LONGEST_TITLE = 120
MOST = 30
SHOWN = 8


@dataclass(frozen=True)
class Page:
    """A page as the browser tells it."""

    path: str
    title: str


@dataclass(frozen=True)
class Visit:
    """A page, latest first."""

    path: str
    title: str
    at: datetime


def visited(ports: Ports, viewer: Viewer, pages: Sequence[Page]) -> str:
    """Note the pages, oldest first, in my open chat; returns its public id, "" without one."""
    require(viewer, Permission.ASK)
    with unit_of_work(ports.database) as session:
        chat = session.scalar(
            sa.select(Chat)
            .where(Chat.customer_key == viewer.voter_key, Chat.state != ChatState.ENDED)
            .order_by(Chat.id.desc())
            .limit(1)
        )
        if chat is None:
            return ""
        last = _last(session, chat.id)
        for page in pages[-MOST:]:
            last = _note(ports, session, chat.id, page, last)
        _keep_few(session, chat.id)
        return chat.public_id


def visits(session: Session, chat_id: int) -> tuple[Visit, ...]:
    """What a member of staff sees of it."""
    rows = session.scalars(
        sa.select(ChatVisit)
        .where(ChatVisit.chat_id == chat_id)
        .order_by(ChatVisit.id.desc())
        .limit(SHOWN)
    )
    return tuple(Visit(row.path, row.title, row.at) for row in rows)


def checked_path(value: str) -> str:
    """A path of this site without what may be secret behind the question mark."""
    path = clean_line(value).partition("?")[0].partition("#")[0][:LONGEST_PATH]
    if not path.startswith("/") or path.startswith("//"):
        raise InvalidInput("path", "unknown")
    return path


def _last(session: Session, chat_id: int) -> str:
    query = sa.select(ChatVisit.path).where(ChatVisit.chat_id == chat_id)
    return session.scalar(query.order_by(ChatVisit.id.desc()).limit(1)) or ""


def _note(ports: Ports, session: Session, chat_id: int, page: Page, last: str) -> str:
    path = checked_path(page.path)
    if path != last:
        title = clean_line(page.title)[:LONGEST_TITLE]
        session.add(ChatVisit(chat_id=chat_id, path=path, title=title, at=ports.clock()))
        session.flush()
    return path


def _keep_few(session: Session, chat_id: int) -> None:
    latest = sa.select(ChatVisit.id).where(ChatVisit.chat_id == chat_id)
    kept = latest.order_by(ChatVisit.id.desc()).limit(MOST).scalar_subquery()
    session.execute(
        sa.delete(ChatVisit).where(ChatVisit.chat_id == chat_id, ChatVisit.id.not_in(kept))
    )
