"""Who belongs to a level or group: looked through, added one by one or by a pasted list, taken out.

Only accounts that exist can be added; addresses without one are given back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.cards import page_count
from kb_app.errors import InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.proven_mail import proven
from kb_app.setup.circles import CircleKind, Which, circle_of, members_of
from kb_app.typed_text import clean, clean_line
from models import (
    CustomerLevel,
    Role,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
)

PAGE = 30
FOUND = 20
MOST_ADDRESSES = 2_000
_ADDRESS = re.compile(r"[^\s,;，；、<>\"'()（）]+@[^\s,;，；、<>\"'()（）]+")


@dataclass(frozen=True)
class Person:
    """Somebody in the list, or found; `level` is what they have now."""

    user_id: int
    name: str
    email: str
    role: Role
    level: str
    is_active: bool
    is_proven: bool


@dataclass(frozen=True)
class MembersPage:
    """A page of members; `found` are people outside whom the search `query` fits."""

    which: Which
    name: str
    people: tuple[Person, ...]
    total: int
    page: int
    pages: int
    query: str
    found: tuple[Person, ...]


@dataclass(frozen=True)
class Added:
    """What became of a pasted list; `unknown` are the addresses nobody here has."""

    added: int
    already: int
    unknown: tuple[str, ...]


def members(ports: Ports, viewer: Viewer, which: Which, query: str, page: int) -> MembersPage:
    """Who belongs to it, and with a `query` who else could."""
    require(viewer, Permission.MANAGE_DESK)
    text = clean_line(query)[:100]
    with reading(ports.database) as session:
        circle = circle_of(session, which.kind, which.circle_id)
        inside = members_of(which.kind, which.circle_id)
        total = session.scalar(sa.select(sa.func.count()).select_from(User).where(inside)) or 0
        pages = page_count(total, PAGE)
        here = min(max(1, page), pages)
        people = _people(session, inside, PAGE, (here - 1) * PAGE)
        outside = User.id.not_in(sa.select(User.id).where(inside))
        fits = sa.or_(
            User.name.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True)
        )
        found = _people(session, sa.and_(outside, fits, User.is_active), FOUND, 0) if text else ()
        return MembersPage(which, circle.name, people, total, here, pages, text, found)


def _people(
    session: Session, rule: sa.ColumnElement[bool], limit: int, offset: int
) -> tuple[Person, ...]:
    rows = session.execute(
        sa.select(User, proven())
        .where(rule)
        .options(selectinload(User.level))
        .order_by(User.name, User.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(
        Person(
            user.id,
            user.name,
            user.email,
            user.role,
            user.level.name if user.level else "",
            user.is_active,
            bool(known),
        )
        for user, known in rows
    )


def add_listed(ports: Ports, viewer: Viewer, which: Which, text: str) -> Added:
    """Everybody on a pasted list of addresses; the rest of the line is not looked at."""
    require(viewer, Permission.MANAGE_DESK)
    wanted = list(dict.fromkeys(found.casefold() for found in _ADDRESS.findall(clean(text))))
    if not wanted:
        raise InvalidInput("emails", "empty")
    if len(wanted) > MOST_ADDRESSES:
        raise InvalidInput("emails", "too_many")
    with unit_of_work(ports.database) as session:
        known = _by_email(session, wanted)
        already = set(session.scalars(sa.select(User.id).where(_inside(which))))
        new = [user for user in known.values() if user.id not in already]
        _put_in(session, which, new)
        if new:
            ids = [user.id for user in new]
            record(session, viewer, f"{which.kind}.join", which.subject, users=ids)
    unknown = tuple(address for address in wanted if address not in known)
    return Added(len(new), len(known) - len(new), unknown)


def _by_email(session: Session, wanted: list[str]) -> dict[str, User]:
    found: dict[str, User] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        query = sa.select(User).where(User.email.in_(some), proven())
        query = query.options(selectinload(User.groups))
        found |= {user.email: user for user in session.scalars(query)}
    return found


def add_one(ports: Ports, viewer: Viewer, which: Which, user_id: int) -> None:
    """One person more; a level takes the place of the one they had."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        user = _user(session, user_id)
        _put_in(session, which, [user])
        record(session, viewer, f"{which.kind}.join", which.subject, users=[user_id])


def remove(ports: Ports, viewer: Viewer, which: Which, user_id: int) -> None:
    """One person less; who is out already stays out."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        circle_of(session, which.kind, which.circle_id)
        user = _user(session, user_id)
        if which.kind is CircleKind.LEVEL:
            if user.level_id == which.circle_id:
                user.level_id = None
        else:
            user.groups = [group for group in user.groups if group.id != which.circle_id]
        record(session, viewer, f"{which.kind}.leave", which.subject, users=[user_id])


def _put_in(session: Session, which: Which, users: list[User]) -> None:
    circle = circle_of(session, which.kind, which.circle_id)
    for user in users:
        if isinstance(circle, CustomerLevel):
            user.level_id = circle.id
        elif circle not in user.groups:
            user.groups.append(circle)


def _inside(which: Which) -> sa.ColumnElement[bool]:
    return members_of(which.kind, which.circle_id)


def _user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"user {user_id}")
    return user
