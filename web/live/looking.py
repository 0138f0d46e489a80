"""What the sockets ask of the database: who may come in, what is new, who is still there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from kb_app.chat.lines import AT_ONCE, Line, lines_after
from kb_app.chat.presence import still_there
from kb_app.permissions import Permission, may
from kb_app.ports import Ports
from models import Chat, ChatGuest, User, reading
from web.live.keys import Who

# How far back a look goes for what no beat told.
MISSED, LONG_MISSED = timedelta(seconds=4), timedelta(seconds=30)
CHATS_TOGETHER = 500
_CHAT = cast(sa.Table, Chat.__table__)
_CHANGED = sa.select(
    _CHAT.c.id,
    _CHAT.c.last_seq,
    sa.cast(_CHAT.c.state, sa.String),
    _CHAT.c.agent_id,
    _CHAT.c.offered_to_id,
    _CHAT.c.alarmed_at.is_not(None),
).where(_CHAT.c.updated_at > sa.bindparam("since", type_=_CHAT.c.updated_at.type))

Face = tuple[str, int | None, int | None, bool]


@dataclass(frozen=True)
class Recent:
    """A chat that changed lately; `face` changes when a list of chats would look different."""

    chat_id: int
    last_seq: int
    face: Face


def may_stay(ports: Ports, known: Collection[Who]) -> frozenset[Who]:
    """Staff who still have the session they came with, and the right; guests whose link holds."""
    wanted = {who.user_id for who in known if who.is_staff}
    links = {who.guest_id for who in known if who.guest_id}
    with reading(ports.database) as session:
        good = sa.select(ChatGuest.id).where(
            ChatGuest.id.in_(links), ChatGuest.expires_at > ports.clock()
        )
        guests = set(session.scalars(good)) if links else set()
        found = sa.select(User).where(User.id.in_(wanted), User.is_active)
        whole = found.options(selectinload(User.memberships), selectinload(User.groups))
        users = session.scalars(whole).all()
        epochs = {
            user.id: user.session_epoch for user in users if may(user.as_viewer(), Permission.DESK)
        }
    return frozenset(
        who
        for who in known
        if (who.guest_id in guests if who.guest_id else epochs.get(who.user_id) == who.epoch)
    )


def news(ports: Ports, after: Mapping[int, int]) -> dict[int, Sequence[Line]]:
    """What is behind the number of each chat, in one look; a chat that is not among the answers
    found no room there, and one with AT_ONCE lines may have more."""
    with reading(ports.database) as session:
        lines = lines_after(session, after)
    if sum(map(len, lines.values())) < AT_ONCE:
        return dict(lines)
    # They come in the order of the chats: the last one may be cut short, the others are whole.
    last = max(chat_id for chat_id, found in lines.items() if found)
    whole: dict[int, Sequence[Line]] = {one: lines[one] for one in lines if one < last}
    return whole or {last: lines[last]}


def recent(ports: Ports, back: timedelta = MISSED) -> tuple[Recent, ...]:
    """The chats that changed within the last moments."""
    with reading(ports.database) as session:
        rows = session.connection().execute(_CHANGED, {"since": ports.clock() - back})
        return tuple(Recent(row[0], row[1], tuple(row[2:])) for row in rows)


def here(ports: Ports, agents: Collection[int], chats: Collection[int]) -> None:
    """These pages are open."""
    if agents or chats:
        still_there(ports, agents, chats)
