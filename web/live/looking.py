"""What the sockets ask of the database: who may come in, what is new, who is still there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from kb_app.chat.lines import AT_ONCE, Line, lines_after
from kb_app.chat.presence import still_there
from kb_app.permissions import Permission, may
from kb_app.ports import Ports
from models import Chat, ChatGuest, User, reading
from web.live.keys import Who

# How far back a look goes for what no beat told.
MISSED = timedelta(seconds=15)
CHATS_TOGETHER = 100


@dataclass(frozen=True)
class Recent:
    """A chat that changed lately; `face` changes when a list of chats would look different."""

    chat_id: int
    last_seq: int
    face: tuple[str, int, int, bool]


def may_come(ports: Ports, who: Who) -> bool:
    """Whether staff or a guest may still come in; a customer's key opens one chat alone."""
    if who.is_customer:
        return True
    with reading(ports.database) as session:
        if who.guest_id:
            guest = session.get(ChatGuest, who.guest_id)
            return guest is not None and guest.expires_at > ports.clock()
        user = session.get(User, who.user_id)
        same = user is not None and user.is_active and user.session_epoch == who.epoch
        return same and user is not None and may(user.as_viewer(), Permission.DESK)


def may_stay(ports: Ports, known: Collection[Who]) -> frozenset[Who]:
    """Staff who still have the session they came with, and the right; guests whose link holds."""
    wanted = {who.user_id for who in known if who.is_staff}
    links = {who.guest_id for who in known if who.guest_id}
    with reading(ports.database) as session:
        good = sa.select(ChatGuest.id).where(
            ChatGuest.id.in_(links), ChatGuest.expires_at > ports.clock()
        )
        guests = set(session.scalars(good)) if links else set()
        users = session.scalars(sa.select(User).where(User.id.in_(wanted), User.is_active)).all()
        epochs = {
            user.id: user.session_epoch for user in users if may(user.as_viewer(), Permission.DESK)
        }
    return frozenset(
        who
        for who in known
        if (who.guest_id in guests if who.guest_id else epochs.get(who.user_id) == who.epoch)
    )


def news(ports: Ports, after: Mapping[int, int]) -> dict[int, Sequence[Line]]:
    """What is behind the number of each chat; a chat that was cut short is asked for again."""
    found: dict[int, Sequence[Line]] = {}
    ids = sorted(after)
    for start in range(0, len(ids), CHATS_TOGETHER):
        part = {chat_id: after[chat_id] for chat_id in ids[start : start + CHATS_TOGETHER]}
        with reading(ports.database) as session:
            lines = lines_after(session, part)
        if sum(map(len, lines.values())) >= AT_ONCE and len(part) > 1:
            # Too much at once: one by one, each as far as it goes.
            for chat_id, seq in part.items():
                with reading(ports.database) as session:
                    found.update(lines_after(session, {chat_id: seq}))
        else:
            found.update(lines)
    return found


def recent(ports: Ports) -> tuple[Recent, ...]:
    """The chats that changed within the last moments."""
    with reading(ports.database) as session:
        rows = session.execute(
            sa.select(Chat.id, Chat.last_seq, Chat.state, Chat.agent_id, Chat.offered_to_id,
                      Chat.alarmed_at.is_not(None).label("alarmed"))
            .where(Chat.updated_at > ports.clock() - MISSED)
        )  # fmt: skip
        return tuple(
            Recent(
                row.id,
                row.last_seq,
                (row.state.value, row.agent_id or 0, row.offered_to_id or 0, bool(row.alarmed)),
            )
            for row in rows
        )


def here(ports: Ports, agents: Collection[int], chats: Collection[int]) -> None:
    """These pages are open."""
    if agents or chats:
        still_there(ports, agents, chats)
