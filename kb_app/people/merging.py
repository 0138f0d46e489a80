"""Two accounts that are one person: what belongs to one goes to the other, for thirty days back.

The other account is closed, not deleted. Doubles (a vote on one article, a subscription to one
category, a followed question) stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.proven_mail import is_proven
from kb_app.typed_text import clean_line
from models import (
    Chat,
    MailIn,
    PersonMerge,
    Question,
    Role,
    Subscription,
    Ticket,
    User,
    Viewer,
    Vote,
    reading,
    record,
    unit_of_work,
)

REVERSIBLE = timedelta(days=30)
SHOWN = 50


@dataclass(frozen=True)
class Belonging:
    """A kind of thing that belongs to people by account, by key, or both."""

    name: str
    id: InstrumentedAttribute[int]
    account: InstrumentedAttribute[Any] | None
    key: InstrumentedAttribute[str] | None
    once: InstrumentedAttribute[Any] | None = None

    def of(self, user_id: int) -> sa.ColumnElement[bool]:
        """Whether it is this person's."""
        if self.key is not None:
            return self.key == f"u:{user_id}"
        return self.account == user_id if self.account is not None else sa.false()


KINDS = (
    Belonging("tickets", Ticket.id, Ticket.requester_id, Ticket.requester_key),
    Belonging("questions", Question.id, Question.asker_id, Question.asker_key),
    Belonging("chats", Chat.id, Chat.customer_id, Chat.customer_key),
    Belonging("votes", Vote.id, None, Vote.voter_key, Vote.article_id),
    Belonging(
        "subscriptions", Subscription.id, Subscription.user_id, None, Subscription.category_id
    ),
)


@dataclass(frozen=True)
class Side:
    """One of the two accounts."""

    user_id: int
    name: str
    email: str
    level: str
    groups: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class MergePage:
    """What would move from `gone` to `kept`, counted."""

    kept: Side
    gone: Side
    moving: Mapping[str, int]
    staying: Mapping[str, int]
    mails: int
    groups: tuple[str, ...]


@dataclass(frozen=True)
class MergeRow:
    """A merge that was done."""

    merge_id: int
    kept_id: int | None
    kept_name: str
    gone_name: str
    gone_email: str
    actor_name: str
    created_at: datetime
    undone_at: datetime | None
    reversible: bool


@dataclass(frozen=True)
class DoublesPage:
    """Who might be one person, and what was joined lately."""

    same_names: tuple[tuple[str, tuple[Side, ...]], ...]
    merges: tuple[MergeRow, ...]


def doubles(ports: Ports, viewer: Viewer) -> DoublesPage:
    """Customers of one name, and the last merges."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        return DoublesPage(_same_names(session), _merges(ports, session))


def find(ports: Ports, viewer: Viewer, field: str, email: str) -> int:
    """The account with this address; InvalidInput for this field of the form."""
    require(viewer, Permission.MANAGE_DESK)
    typed = clean_line(email).casefold()
    with reading(ports.database) as session:
        user = session.scalar(sa.select(User).where(User.email == typed))
        if user is None:
            raise InvalidInput(field, "no_account" if typed else "empty")
        return user.id


def preview(ports: Ports, viewer: Viewer, kept_id: int, gone_id: int) -> MergePage:
    """What merging would do; InvalidInput `gone` when the two cannot be merged."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        kept, gone = _pair(session, kept_id, gone_id)
        moving = {kind.name: len(_ids(session, kind, gone, kept)) for kind in KINDS}
        count = {kind.name: _count(session, kind, gone_id) for kind in KINDS}
        query = sa.select(sa.func.count()).select_from(MailIn).where(MailIn.sender == gone.email)
        have = {group.id for group in kept.groups}
        return MergePage(
            _side(kept),
            _side(gone),
            moving,
            {name: count[name] - moving[name] for name in count if count[name] > moving[name]},
            session.scalar(query) or 0,
            tuple(group.name for group in gone.groups if group.id not in have),
        )


def _side(user: User) -> Side:
    groups = tuple(group.name for group in user.groups)
    level = user.level.name if user.level else ""
    return Side(user.id, user.name, user.email, level, groups, user.created_at)


def _pair(session: Session, kept_id: int, gone_id: int) -> tuple[User, User]:
    """Both locked in the order of their ids, so that two merges cannot wait for each other."""
    first, second = sorted((kept_id, gone_id))
    users = {n: session.get(User, n, with_for_update=True) for n in (first, second)}
    kept, gone = users[kept_id], users[gone_id]
    if kept is None or gone is None:
        raise NotFound(gone_id)
    if kept is gone:
        raise InvalidInput("gone", "itself")
    if {kept.role, gone.role} != {Role.CUSTOMER}:
        raise InvalidInput("gone", "staff")
    if not (kept.is_active and gone.is_active):
        raise InvalidInput("gone", "inactive")
    if not is_proven(session, kept.id):
        # Or somebody who only says so would get another's tickets, level and groups.
        raise InvalidInput("gone", "unproven")
    return kept, gone


def _count(session: Session, kind: Belonging, user_id: int) -> int:
    return session.scalar(sa.select(sa.func.count(kind.id)).where(kind.of(user_id))) or 0


def _ids(session: Session, kind: Belonging, gone: User, kept: User) -> list[int]:
    """What can move: of a thing one has once, the kept account's own wins."""
    query = sa.select(kind.id).where(kind.of(gone.id))
    if kind.once is not None:
        query = query.where(kind.once.not_in(sa.select(kind.once).where(kind.of(kept.id))))
    return list(session.scalars(query))


def merge(ports: Ports, viewer: Viewer, kept_id: int, gone_id: int) -> int:
    """Do it; returns the merge. A second time there is nothing left and InvalidInput says so."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        kept, gone = _pair(session, kept_id, gone_id)
        moved: dict[str, Any] = {}
        for kind in KINDS:
            moved[kind.name] = _ids(session, kind, gone, kept)
            _give(session, kind, moved[kind.name], kept)
        have = {group.id for group in kept.groups}
        added = [group for group in gone.groups if group.id not in have]
        kept.groups.extend(added)
        moved["groups"] = [group.id for group in added]
        if kept.level_id is None and gone.level_id is not None:
            kept.level_id = moved["level"] = gone.level_id
        gone.is_active = False
        gone.session_epoch += 1
        row = PersonMerge(
            kept_id=kept.id,
            gone_id=gone.id,
            moved=moved,
            actor_name=viewer.name,
            created_at=ports.clock(),
        )
        session.add(row)
        session.flush()
        counts = {kind.name: len(moved[kind.name]) for kind in KINDS}
        record(session, viewer, "person.merged", f"user:{kept.id}", gone=gone.id, **counts)
        return row.id


def _give(session: Session, kind: Belonging, ids: list[int], user: User) -> None:
    values: dict[str, Any] = {}
    if kind.account is not None:
        values[kind.account.key] = user.id
    if kind.key is not None:
        values[kind.key.key] = f"u:{user.id}"
    for first in range(0, len(ids), SHOWN * 10):
        some = ids[first : first + SHOWN * 10]
        session.execute(sa.update(kind.id.class_).where(kind.id.in_(some)).values(**values))


def undo(ports: Ports, viewer: Viewer, merge_id: int) -> int | None:
    """Everything that moved and is still there goes back; returns the kept account."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = session.get(PersonMerge, merge_id, with_for_update=True)
        if row is None:
            raise NotFound(merge_id)
        kept = session.get(User, row.kept_id) if row.kept_id else None
        gone = session.get(User, row.gone_id) if row.gone_id else None
        late = row.created_at < ports.clock() - REVERSIBLE
        if kept is None or gone is None or late or row.undone_at is not None:
            raise InvalidInput("merge", "final")
        for kind in KINDS:
            query = sa.select(kind.id).where(kind.id.in_(row.moved[kind.name]), kind.of(kept.id))
            _give(session, kind, list(session.scalars(query)), gone)
        back = set(row.moved["groups"])
        kept.groups = [group for group in kept.groups if group.id not in back]
        if row.moved.get("level") == kept.level_id:
            kept.level_id = None
        gone.is_active = True
        row.undone_at = ports.clock()
        record(session, viewer, "person.unmerged", f"user:{kept.id}", gone=gone.id)
        return kept.id


def _merges(ports: Ports, session: Session) -> tuple[MergeRow, ...]:
    kept, gone = aliased(User), aliased(User)
    rows = session.execute(
        sa.select(PersonMerge, kept.name, gone.name, gone.email)
        .outerjoin(kept, kept.id == PersonMerge.kept_id)
        .outerjoin(gone, gone.id == PersonMerge.gone_id)
        .order_by(PersonMerge.id.desc())
        .limit(SHOWN)
    )
    since = ports.clock() - REVERSIBLE
    return tuple(
        MergeRow(
            m.id, m.kept_id, name or "", other or "", email or "", m.actor_name,
            m.created_at, m.undone_at, m.undone_at is None and m.created_at >= since,
        )
        for m, name, other, email in rows
    )  # fmt: skip


def _same_names(session: Session, most: int = 20) -> tuple[tuple[str, tuple[Side, ...]], ...]:
    doubled = (
        sa.select(User.name)
        .where(User.role == Role.CUSTOMER, User.is_active)
        .group_by(User.name)
        .having(sa.func.count() > 1)
        .order_by(sa.func.count().desc(), User.name)
        .limit(most)
    )
    names = session.scalars(doubled).all()
    rows = session.scalars(
        sa.select(User)
        .where(User.name.in_(names), User.role == Role.CUSTOMER, User.is_active)
        .order_by(User.id)
        .limit(most * 5)
    ).all()
    found = {name: tuple(_side(user) for user in rows if user.name == name) for name in names}
    return tuple(found.items())
