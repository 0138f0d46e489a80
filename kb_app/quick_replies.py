"""Texts agents use again: kept, found by their shortcut, filled in for a ticket."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa

from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import QuickReply, Ticket, Viewer, reading, record, unit_of_work

LONGEST_BODY = 10_000
SHORTCUT = re.compile(r"[\w-]{1,30}")
PLACEHOLDER = re.compile(r"\{\{\s*(\S+?)\s*\}\}")
# What stands between {{ }} in a quick reply, in the words its writers use.
PLACEHOLDERS = ("客户称呼", "工单号", "主题", "客服姓名", "站点名称", "工单链接")
OFFERED = 8


@dataclass(frozen=True)
class ReplyRow:
    """A quick reply in a list."""

    reply_id: int
    title: str
    shortcut: str
    body: str
    uses: int
    shared: bool


@dataclass(frozen=True)
class RepliesPage:
    """All I can use, and the one that is being changed."""

    rows: tuple[ReplyRow, ...]
    open: ReplyRow | None
    may_share: bool
    placeholders: tuple[str, ...] = PLACEHOLDERS


@dataclass(frozen=True)
class ReplyInput:
    """A quick reply as the form sent it."""

    title: str
    shortcut: str
    body: str
    shared: bool


@dataclass(frozen=True)
class Offered:
    """A quick reply filled in for one ticket."""

    title: str
    shortcut: str
    text: str


def _mine(viewer: Viewer) -> sa.ColumnElement[bool]:
    return sa.or_(QuickReply.owner_id.is_(None), QuickReply.owner_id == viewer.user_id)


def _row(reply: QuickReply) -> ReplyRow:
    shared = reply.owner_id is None
    return ReplyRow(reply.id, reply.title, reply.shortcut, reply.body, reply.uses, shared)


def replies(ports: Ports, viewer: Viewer, open_id: int | None) -> RepliesPage:
    """Mine and those of everybody, the most used first."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        found = session.scalars(
            sa.select(QuickReply)
            .where(_mine(viewer))
            .order_by(QuickReply.uses.desc(), QuickReply.title)
        )
        rows = tuple(_row(reply) for reply in found)
    opened = next((row for row in rows if row.reply_id == open_id), None)
    return RepliesPage(rows, opened, may(viewer, Permission.MANAGE_DESK))


def save_reply(ports: Ports, viewer: Viewer, reply_id: int | None, form: ReplyInput) -> int:
    """Make or change one; only leads write those of everybody."""
    require(viewer, Permission.DESK)
    title = required("title", clean_line(form.title), 80)
    body = required("body", form.body, LONGEST_BODY)
    shortcut = clean_line(form.shortcut).lstrip("/")
    if shortcut and not SHORTCUT.fullmatch(shortcut):
        raise InvalidInput("shortcut", "invalid")
    if form.shared:
        require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        same = sa.select(QuickReply.id).where(
            QuickReply.shortcut == shortcut, _mine(viewer), QuickReply.id != (reply_id or 0)
        )
        if shortcut and session.scalar(same) is not None:
            raise InvalidInput("shortcut", "taken")
        found = session.get(QuickReply, reply_id) if reply_id else QuickReply()
        if found is None:
            raise NotFound(reply_id)
        if reply_id:
            _may_change(viewer, found)
        found.title, found.body, found.shortcut = title, body, shortcut
        found.owner_id = None if form.shared else viewer.user_id
        found.updated_at = ports.clock()
        session.add(found)
        session.flush()
        record(session, viewer, "quick_reply.saved", f"quick_reply:{found.id}")
        return found.id


def _may_change(viewer: Viewer, reply: QuickReply) -> None:
    if reply.owner_id is None and not may(viewer, Permission.MANAGE_DESK):
        raise NotAllowed(reply.id)
    if reply.owner_id not in {None, viewer.user_id}:
        raise NotFound(reply.id)


def delete_reply(ports: Ports, viewer: Viewer, reply_id: int) -> None:
    """Take one out."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(QuickReply, reply_id)
        if found is None:
            raise NotFound(reply_id)
        _may_change(viewer, found)
        session.delete(found)
        record(session, viewer, "quick_reply.deleted", f"quick_reply:{reply_id}")


def offered(ports: Ports, viewer: Viewer, number: str, typed: str) -> tuple[Offered, ...]:
    """Those whose shortcut or title fits what was typed after "/", filled in for the ticket."""
    require(viewer, Permission.DESK)
    wanted = clean_line(typed).lstrip("/").replace("%", "").replace("_", "")[:30]
    with reading(ports.database) as session:
        ticket = session.scalar(sa.select(Ticket).where(Ticket.number == number))
        if ticket is None:
            raise NotFound(number)
        found = session.scalars(
            sa.select(QuickReply)
            .where(
                _mine(viewer),
                sa.or_(
                    QuickReply.shortcut.ilike(f"{wanted}%"), QuickReply.title.ilike(f"%{wanted}%")
                ),
            )
            .order_by(QuickReply.uses.desc(), QuickReply.title)
            .limit(OFFERED)
        )
        values = ticket_values(ports, ticket, viewer.name)
        return tuple(
            Offered(reply.title, reply.shortcut, filled(reply.body, values)) for reply in found
        )


def ticket_values(ports: Ports, ticket: Ticket, who: str) -> dict[str, str]:
    """What placeholders stand for on this ticket; `who` writes."""
    link = f"{ports.config.base_url}/tickets/{ticket.number}"
    given = (
        ticket.requester_name,
        ticket.number,
        ticket.subject,
        who,
        ports.config.site_name,
        link,
    )
    return dict(zip(PLACEHOLDERS, given, strict=True))


def filled(body: str, values: dict[str, str]) -> str:
    """The text with what is known put in; unknown placeholders stay to be seen."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), body)
