"""Customer levels and customer groups: seen, made, named, put in order.

Both are the one idea of who belongs together: reading rights, time promises, views of the desk
and places in the queue all look at the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import (
    ArticleAccess,
    CustomerGroup,
    CustomerLevel,
    User,
    Viewer,
    group_key,
    level_key,
    reading,
    record,
    unit_of_work,
)
from models.user import user_group

LONGEST_NAME = 60
MOST = 200


class CircleKind(StrEnum):
    """A rung of service that a customer has one of, or a group they may be in several of."""

    LEVEL = "level"
    GROUP = "group"


@dataclass(frozen=True)
class Which:
    """A level or a group; `subject` is its name in the audit log."""

    kind: CircleKind
    circle_id: int

    @property
    def subject(self) -> str:
        """As the audit log names it."""
        return f"{self.kind}:{self.circle_id}"


Circle = CustomerLevel | CustomerGroup
_KINDS: Mapping[CircleKind, type[CustomerLevel] | type[CustomerGroup]] = {
    CircleKind.LEVEL: CustomerLevel,
    CircleKind.GROUP: CustomerGroup,
}


@dataclass(frozen=True)
class CircleRow:
    """One level or group: how many belong to it, how many articles name it."""

    circle_id: int
    name: str
    members: int
    articles: int


@dataclass(frozen=True)
class CirclesPage:
    """Levels from the lowest to the highest, groups by name."""

    levels: tuple[CircleRow, ...]
    groups: tuple[CircleRow, ...]


def circles(ports: Ports, viewer: Viewer) -> CirclesPage:
    """Every level and every group."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        return CirclesPage(_rows(session, CircleKind.LEVEL), _rows(session, CircleKind.GROUP))


def in_order(session: Session, kind: CircleKind) -> list[Circle]:
    """Levels by rank, groups by name."""
    if kind is CircleKind.LEVEL:
        levels = sa.select(CustomerLevel).order_by(CustomerLevel.rank, CustomerLevel.id)
        return list(session.scalars(levels))
    return list(session.scalars(sa.select(CustomerGroup).order_by(CustomerGroup.name)))


def key_of(kind: CircleKind, circle_id: int) -> str:
    """The access key of its members."""
    return level_key(circle_id) if kind is CircleKind.LEVEL else group_key(circle_id)


def names_key(column: InstrumentedAttribute[str], key: str) -> sa.ColumnElement[bool]:
    """Whether an access key is this one, or has it as a part."""
    level = key.startswith(CircleKind.LEVEL)
    return sa.or_(column == key, column.like(f"{key}+%" if level else f"%+{key}"))


def circle_of(session: Session, kind: CircleKind, circle_id: int) -> Circle:
    """The row; NotFound when it is gone."""
    found: Circle | None
    if kind is CircleKind.LEVEL:
        found = session.get(CustomerLevel, circle_id)
    else:
        found = session.get(CustomerGroup, circle_id)
    if found is None:
        raise NotFound(f"{kind} {circle_id}")
    return found


def members_of(kind: CircleKind, circle_id: int) -> sa.ColumnElement[bool]:
    """Which accounts belong to it."""
    if kind is CircleKind.LEVEL:
        return User.level_id == circle_id
    inside = sa.select(user_group.c.user_id).where(user_group.c.group_id == circle_id)
    return User.id.in_(inside)


def add(ports: Ports, viewer: Viewer, kind: CircleKind, name: str) -> int:
    """A new level above all others, or a new group; returns its id."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        checked = _free_name(session, kind, name, None)
        if (session.scalar(sa.select(sa.func.count()).select_from(_KINDS[kind])) or 0) >= MOST:
            raise InvalidInput("name", "too_many")
        made: Circle = CustomerGroup(name=checked)
        if kind is CircleKind.LEVEL:
            top = session.scalar(sa.select(sa.func.max(CustomerLevel.rank)))
            made = CustomerLevel(name=checked, rank=0 if top is None else top + 1)
        _keep(session, made)
        record(session, viewer, f"{kind}.create", f"{kind}:{made.id}", name=checked)
        return made.id


def rename(ports: Ports, viewer: Viewer, which: Which, name: str, seen: str) -> None:
    """Another name; EditConflict when it is no longer called what the form `seen` said."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = circle_of(session, which.kind, which.circle_id)
        if found.name != seen:
            raise EditConflict(found.name)
        found.name = _free_name(session, which.kind, name, which.circle_id)
        _keep(session, found)
        record(session, viewer, f"{which.kind}.rename", which.subject, before=seen)


def step(ports: Ports, viewer: Viewer, level_id: int, *, up: bool) -> None:
    """One rung up or down; the first and the last stay where they are."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        rungs = in_order(session, CircleKind.LEVEL)
        place = next((n for n, level in enumerate(rungs) if level.id == level_id), None)
        if place is None:
            raise NotFound(f"level {level_id}")
        other = place + 1 if up else place - 1
        if not 0 <= other < len(rungs):
            return
        rungs[place], rungs[other] = rungs[other], rungs[place]
        for rank, level in enumerate(rungs):
            if isinstance(level, CustomerLevel):
                level.rank = rank
        record(session, viewer, "level.order", f"level:{level_id}", up=up)


def _free_name(session: Session, kind: CircleKind, name: str, own_id: int | None) -> str:
    checked = required("name", clean_line(name), LONGEST_NAME)
    table = _KINDS[kind]
    if session.scalar(sa.select(table.id).where(table.name == checked, table.id != (own_id or 0))):
        raise InvalidInput("name", "taken")
    return checked


def _keep(session: Session, found: Circle) -> None:
    """A name that somebody takes in this very moment is refused like any other."""
    try:
        with session.begin_nested():
            session.add(found)
    except sa.exc.IntegrityError as error:
        raise InvalidInput("name", "taken") from error


def _rows(session: Session, kind: CircleKind) -> tuple[CircleRow, ...]:
    return tuple(
        CircleRow(
            one.id,
            one.name,
            session.scalar(_count(User).where(members_of(kind, one.id), User.is_active)) or 0,
            session.scalar(_articles(key_of(kind, one.id))) or 0,
        )
        for one in in_order(session, kind)
    )


def _count(table: type[User]) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(table)


def _articles(key: str) -> sa.Select[int]:
    """How many articles let it in, by their own choice or their category's."""
    named = names_key(ArticleAccess.key, key)
    ids = sa.func.count(sa.distinct(ArticleAccess.article_id))
    return sa.select(ids).where(named, ArticleAccess.opens.is_(True))
