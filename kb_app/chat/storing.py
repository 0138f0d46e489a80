"""The statements by which messages are stored and read, built once: none is built for a message.

They go past the ORM, so their rows carry columns and no relations.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Chat, ChatKind, ChatMessage, ChatSeat, ChatSide, ChatState

_CHAT, _SAID = cast(sa.Table, Chat.__table__), cast(sa.Table, ChatMessage.__table__)
_SEAT = cast(sa.Table, ChatSeat.__table__)
_IDS: sa.BindParameter[int] = sa.bindparam("ids", expanding=True)
_SIDES = (ChatSide.CUSTOMER, ChatSide.GUEST)

_ROOMS = (
    sa.select(_CHAT.c.id, _CHAT.c.state, _CHAT.c.agent_id, _CHAT.c.last_seq, _CHAT.c.customer_at)
    .where(_CHAT.c.id.in_(_IDS))
    .order_by(_CHAT.c.id)
    .with_for_update()
)
_SENT = sa.select(_SAID.c.chat_id, _SAID.c.client_id, _SAID.c.seq).where(
    _SAID.c.chat_id.in_(_IDS), _SAID.c.client_id.in_(sa.bindparam("client_ids", expanding=True))
)
_SEATED = sa.select(_SEAT.c.chat_id, _SEAT.c.user_id).where(_SEAT.c.chat_id.in_(_IDS))
_COUNTED = (
    sa.select(_SAID.c.chat_id, _SAID.c.side, sa.func.count())
    .where(
        _SAID.c.chat_id.in_(_IDS),
        _SAID.c.side.in_(_SIDES),
        _SAID.c.seq
        > sa.select(_CHAT.c.last_seq - sa.bindparam("most", type_=sa.Integer))
        .where(_CHAT.c.id == _SAID.c.chat_id)
        .correlate(_SAID)
        .scalar_subquery(),
        _SAID.c.created_at > sa.bindparam("since", type_=_SAID.c.created_at.type),
    )
    .group_by(_SAID.c.chat_id, _SAID.c.side)
)
_HEADS = sa.select(_CHAT.c.id, _CHAT.c.last_seq).where(_CHAT.c.id.in_(_IDS))
_BEHIND = (
    sa.select(_SAID)
    .where(
        # By these SQLite seeks; by the pairs alone it would look through every message there is.
        _SAID.c.chat_id.in_(_IDS),
        _SAID.c.seq >= sa.bindparam("lowest", type_=sa.Integer),
        sa.tuple_(_SAID.c.chat_id, _SAID.c.seq).in_(sa.bindparam("places", expanding=True)),
    )
    .order_by(_SAID.c.chat_id, _SAID.c.seq)
)
_INSERT = _SAID.insert()


@dataclass
class Room:
    """A chat's row as writing needs it; `changes` are its new values."""

    id: int
    state: ChatState
    agent_id: int | None
    last_seq: int
    customer_at: datetime | None
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """A message's row, as one may draw it."""

    chat_id: int
    seq: int
    side: ChatSide
    kind: ChatKind
    author_id: int | None
    author_name: str
    body: str
    data: Mapping[str, Any]
    client_id: str
    created_at: datetime


def rooms(session: Session, ids: Sequence[int]) -> dict[int, Room]:
    """These chats, locked in the order of their ids."""
    rows = session.connection().execute(_ROOMS, {"ids": ids})
    return {row.id: Room(*row) for row in rows}


def sent_before(
    session: Session, ids: Sequence[int], client_ids: Collection[str]
) -> dict[tuple[int, str], int]:
    """The numbers of what is stored already under these ids."""
    names = {"ids": ids, "client_ids": list(client_ids)}
    rows = session.connection().execute(_SENT, names)
    return {(row.chat_id, row.client_id): row.seq for row in rows}


def seated(session: Session, ids: Collection[int]) -> set[tuple[int, int]]:
    """Which colleagues joined which of these chats."""
    rows = session.connection().execute(_SEATED, {"ids": list(ids)})
    return {(row.chat_id, row.user_id) for row in rows}


def counts(
    session: Session, ids: Collection[int], since: datetime, most: int
) -> dict[tuple[int, ChatSide], int]:
    """How much customers and guests said since then, among the last `most` of each chat."""
    given = {"ids": list(ids), "since": since, "most": most}
    rows = session.connection().execute(_COUNTED, given)
    return {(row[0], row[1]): row[2] for row in rows}


def insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """New messages."""
    session.connection().execute(_INSERT, list(rows))


def change(session: Session, found: Collection[Room]) -> None:
    """The chats' new values, those with the same columns together."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for room in found:
        if room.changes:
            names = tuple(sorted(room.changes))
            alike.setdefault(names, []).append({"chat": room.id, **room.changes})
    for names, values in alike.items():
        session.connection().execute(_update(names), values)


@functools.cache
def _update(names: tuple[str, ...]) -> sa.Update:
    values = {name: sa.bindparam(name, type_=_CHAT.c[name].type) for name in names}
    return _CHAT.update().where(_CHAT.c.id == sa.bindparam("chat")).values(values)


def behind(session: Session, after: Mapping[int, int], most: int) -> list[Stored]:
    """Up to `most` messages behind these numbers, in the order of their chats and numbers.

    A chat's numbers have no gaps, so the chats' last numbers name every row to be read; a chat
    with nothing new costs no more than its last number.
    """
    heads = session.connection().execute(_HEADS, {"ids": list(after)})
    places: list[tuple[int, int]] = []
    for chat_id, last in sorted(map(tuple, heads)):
        room = most - len(places)
        places += [(chat_id, seq) for seq in range(after[chat_id] + 1, last + 1)[:room]]
    if not places:
        return []
    chats, seqs = zip(*places, strict=True)
    wanted = {"ids": sorted(set(chats)), "lowest": min(seqs), "places": places}
    rows = session.connection().execute(_BEHIND, wanted)
    return [
        Stored(
            row.chat_id, row.seq, row.side, row.kind, row.author_id, row.author_name,
            row.body, row.data, row.client_id, row.created_at,
        )
        for row in rows
    ]  # fmt: skip
