"""What the customer said to the robot and was shown, for whoever takes over without a hand-over of
the robot's: a tap on 转人工, or a colleague who steps in."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Chat, ChatKind, ChatMessage, ChatSide

LAST_SAID, LAST_SHOWN = 3, 5


def sum_up(session: Session, chat: Chat) -> None:
    """Into the chat's summary, oldest first, unless the robot wrote one."""
    if chat.summary:
        return
    rows = session.scalars(
        sa.select(ChatMessage)
        .where(
            ChatMessage.chat_id == chat.id,
            ChatMessage.side.in_([ChatSide.CUSTOMER, ChatSide.ROBOT]),
            ChatMessage.kind == ChatKind.TEXT,
        )
        .order_by(ChatMessage.seq)
    ).all()
    said = [row.body for row in rows if row.side is ChatSide.CUSTOMER]
    titles = [str(title) for row in rows for *_, title in (row.data or {}).get("shown", ())]
    shown = list(dict.fromkeys(titles))[-LAST_SHOWN:]
    if any(row.side is ChatSide.ROBOT and "said" in (row.data or {}) for row in rows):
        chat.summary = {"said": said[-LAST_SAID:], "shown": shown}
