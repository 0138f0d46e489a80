"""Everything an agent should know of a customer, from every channel, on one page.

Searches and articles are those of this month: older ones belong to nobody any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.cards import page_count
from kb_app.errors import NotFound
from kb_app.own_fields import own_facts
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.read_before import Past, articles_read, searches_of
from kb_app.searchers import key_of
from models import (
    STAFF_ROLES,
    Article,
    Chat,
    MailIn,
    Question,
    Ticket,
    TicketClock,
    User,
    Viewer,
    Vote,
    reading,
)
from ticket_bridge.fields import Shown
from ticket_bridge.lifecycle import ENDED, HIDDEN

ROWS = 10
PEOPLE = 30
TEXT_CHARS = 80


@dataclass(frozen=True)
class PersonRow:
    """A customer in the list."""

    user_id: int
    name: str
    email: str
    level: str
    groups: tuple[str, ...]
    is_active: bool
    last_seen_at: datetime | None


@dataclass(frozen=True)
class PeoplePage:
    """A page of customers, the newest first, or those a search fits."""

    rows: tuple[PersonRow, ...]
    query: str
    total: int
    page: int
    pages: int
    may_manage: bool
    may_invite: bool


@dataclass(frozen=True)
class Sums:
    """The whole history in a few numbers; averages are None without anything to average."""

    tickets: int
    unfinished: int
    chats: int
    questions: int
    rating: float | None
    ratings: int
    promises: int
    promises_kept: int


@dataclass(frozen=True)
class PersonPage:
    """One customer."""

    person: PersonRow
    since: datetime
    sums: Sums
    tickets: tuple[Past, ...]
    chats: tuple[Past, ...]
    questions: tuple[Past, ...]
    mails: tuple[Past, ...]
    votes: tuple[Past, ...]
    searches: tuple[str, ...]
    articles: tuple[Past, ...]
    facts: tuple[Shown, ...]
    may_manage: bool


def people(ports: Ports, viewer: Viewer, query: str, page: int) -> PeoplePage:
    """Customers by name or address."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        rules: list[sa.ColumnElement[bool]] = [User.role.not_in(sorted(STAFF_ROLES))]
        if query:
            fits = User.name.contains(query, autoescape=True)
            address = User.email.contains(query.casefold(), autoescape=True)
            rules.append(sa.or_(fits, address))
        total = session.scalar(sa.select(sa.func.count(User.id)).where(*rules)) or 0
        pages = page_count(total, PEOPLE)
        page = min(max(1, page), pages)
        rows = session.scalars(
            sa.select(User)
            .where(*rules)
            .options(selectinload(User.groups), selectinload(User.level))
            .order_by(User.id.desc())
            .limit(PEOPLE)
            .offset((page - 1) * PEOPLE)
        )
        found = tuple(_row(user) for user in rows)
    manage, invite = may(viewer, Permission.MANAGE_DESK), may(viewer, Permission.CONFIGURE)
    return PeoplePage(found, query, total, page, pages, manage, invite)


def _row(user: User) -> PersonRow:
    level = user.level.name if user.level else ""
    groups = tuple(group.name for group in user.groups)
    return PersonRow(
        user.id, user.name, user.email, level, groups, user.is_active, user.last_seen_at
    )


def person(ports: Ports, viewer: Viewer, user_id: int) -> PersonPage:
    """Everything about one; NotFound for staff, whose searches are nobody's business."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        user = session.get(User, user_id)
        if user is None or user.role in STAFF_ROLES:
            raise NotFound(user_id)
        key = f"u:{user_id}"
        month = key_of(ports.config, key, ports.clock())
        return PersonPage(
            _row(user),
            user.created_at,
            _sums(ports, session, key),
            _tickets(session, key),
            _chats(session, key),
            _questions(session, key),
            _mails(session, user),
            _votes(session, viewer, key),
            searches_of(session, month, ROWS),
            articles_read(session, viewer, month, ROWS),
            own_facts(session, user_id),
            may(viewer, Permission.MANAGE_DESK),
        )


def _sums(ports: Ports, session: Session, key: str) -> Sums:
    mine = sa.and_(Ticket.requester_key == key, Ticket.status.not_in(sorted(HIDDEN)))
    solved = TicketClock.resolved_at.is_not(None)
    late = sa.and_(sa.not_(solved), TicketClock.resolution_due_at <= ports.clock())
    kept = sa.and_(solved, TicketClock.spent <= TicketClock.resolution_minutes * 60)
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(Ticket.status.not_in(sorted(ENDED))),
            sa.func.avg(Ticket.rating),
            sa.func.count(Ticket.rating),
            sa.func.count().filter(sa.or_(solved, late)),
            sa.func.count().filter(kept),
        )
        .select_from(Ticket)
        .outerjoin(TicketClock, TicketClock.ticket_id == Ticket.id)
        .where(mine)
    ).one()
    chats = session.scalar(sa.select(sa.func.count(Chat.id)).where(Chat.customer_key == key))
    asked = session.scalar(sa.select(sa.func.count(Question.id)).where(_asked(key)))
    mean = None if row[2] is None else float(row[2])
    return Sums(row[0], row[1], chats or 0, asked or 0, mean, row[3], row[4], row[5])


def _asked(key: str) -> sa.ColumnElement[bool]:
    """Questions of their own, not those that chats made."""
    return sa.and_(Question.asker_key == key, Question.public_id.not_like("chat-%"))


def _tickets(session: Session, key: str) -> tuple[Past, ...]:
    rows = session.scalars(
        sa.select(Ticket)
        .where(Ticket.requester_key == key, Ticket.status.not_in(sorted(HIDDEN)))
        .order_by(Ticket.id.desc())
        .limit(ROWS)
    )
    return tuple(Past(t.number, t.subject, t.status.value, t.created_at, t.rating) for t in rows)


def _chats(session: Session, key: str) -> tuple[Past, ...]:
    rows = session.scalars(
        sa.select(Chat).where(Chat.customer_key == key).order_by(Chat.id.desc()).limit(ROWS)
    )
    return tuple(
        Past(c.public_id, c.topic, c.outcome.value if c.outcome else "", c.created_at, c.rating)
        for c in rows
    )


def _questions(session: Session, key: str) -> tuple[Past, ...]:
    rows = session.scalars(
        sa.select(Question).where(_asked(key)).order_by(Question.id.desc()).limit(ROWS)
    )
    return tuple(
        Past(q.public_id, " ".join(q.text.split())[:TEXT_CHARS], q.status.value, q.created_at)
        for q in rows
    )


def _mails(session: Session, user: User) -> tuple[Past, ...]:
    rows = session.execute(
        sa.select(MailIn.subject, MailIn.received_at, Ticket.number)
        .outerjoin(Ticket, Ticket.id == MailIn.ticket_id)
        .where(MailIn.sender == user.email)
        .order_by(MailIn.id.desc())
        .limit(ROWS)
    )
    return tuple(Past(number or "", subject, "", at) for subject, at, number in rows)


def _votes(session: Session, viewer: Viewer, key: str) -> tuple[Past, ...]:
    rows = session.execute(
        sa.select(Article.slug, Article.title, Vote.value, Vote.updated_at)
        .join(Article, Article.id == Vote.article_id)
        .where(Vote.voter_key == key, Article.visible_to(viewer))
        .order_by(Vote.updated_at.desc())
        .limit(ROWS)
    )
    return tuple(Past(slug, title, "", at, value) for slug, title, value, at in rows)
