"""The block list: who may not begin chats, until when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from kb_app.chat.talk import locked
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import optional
from models import ChatBlock, Viewer, reading, record, unit_of_work

LONGEST_DAYS = 365


@dataclass(frozen=True)
class BlockRow:
    """One entry."""

    block_id: int
    name: str
    reason: str
    actor: str
    until: datetime


def block(ports: Ports, viewer: Viewer, public_id: str, days: int, reason: str) -> None:
    """Keep this chat's customer out for some days; again prolongs it."""
    require(viewer, Permission.DESK)
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("days", "range")
    said = optional("reason", reason, 200)
    with unit_of_work(ports.database) as session:
        chat = locked(session, public_id)
        row = session.scalar(
            sa.select(ChatBlock).where(ChatBlock.customer_key == chat.customer_key)
        ) or ChatBlock(customer_key=chat.customer_key)
        row.customer_name, row.reason = chat.customer_name, said
        row.until, row.actor_name = ports.clock() + timedelta(days=days), viewer.name
        session.add(row)
        record(session, viewer, "chat.blocked", f"chat:{chat.id}", days=days, reason=said)


def blocks(ports: Ports, viewer: Viewer) -> tuple[BlockRow, ...]:
    """Everybody who is kept out now."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(ChatBlock)
            .where(ChatBlock.until > ports.clock())
            .order_by(ChatBlock.created_at.desc())
        )
        return tuple(
            BlockRow(row.id, row.customer_name, row.reason, row.actor_name, row.until)
            for row in rows
        )


def unblock(ports: Ports, viewer: Viewer, block_id: int) -> None:
    """Let somebody in again."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = session.get(ChatBlock, block_id)
        if row is None:
            raise NotFound(str(block_id))
        record(session, viewer, "chat.unblocked", f"chat_block:{row.id}")
        session.delete(row)
