"""What a level or group opens, where else it is named, and how it goes away.

It goes only when nothing names it, or with another one put in its place everywhere at once;
nothing closed opens wider by that than the one in its place stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.audiences import settle_categories
from kb_app.cards import Choice, Crumb
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.circle_members import MembersPage, members
from kb_app.setup.circles import (
    CircleKind,
    Which,
    circle_of,
    in_order,
    key_of,
    members_of,
    names_key,
)
from models import (
    Article,
    ArticleAccess,
    ArticleStatus,
    Attachment,
    AttachmentAccess,
    Category,
    CategoryAccess,
    CustomerGroup,
    JobKind,
    SavedView,
    TimeLimit,
    User,
    Viewer,
    enqueue,
    reading,
    record,
    settle_access,
    unit_of_work,
)

LISTED = 30
Access = type[ArticleAccess] | type[CategoryAccess] | type[AttachmentAccess]


@dataclass(frozen=True)
class NamedArticle:
    """An article that its keys open to the level or group."""

    article_id: int
    title: str
    status: ArticleStatus


@dataclass(frozen=True)
class Uses:
    """Where a level or group is named; `articles` are the newest of `article_count`."""

    categories: tuple[Crumb, ...]
    articles: tuple[NamedArticle, ...]
    article_count: int
    files: int
    limits: tuple[str, ...]
    views: tuple[str, ...]
    members: int

    @property
    def none(self) -> bool:
        """Whether it can simply go."""
        named = self.categories, self.limits, self.views
        return not (any(named) or self.article_count or self.files or self.members)


@dataclass(frozen=True)
class CirclePage:
    """A level or group with its members, its uses and what could take its place."""

    members: MembersPage
    uses: Uses
    others: tuple[Choice, ...]


def circle_page(ports: Ports, viewer: Viewer, which: Which, query: str, page: int) -> CirclePage:
    """One level or group, whole."""
    inside = members(ports, viewer, which, query, page)
    with reading(ports.database) as session:
        others = tuple(
            Choice(one.id, one.name)
            for one in in_order(session, which.kind)
            if one.id != which.circle_id
        )
        return CirclePage(inside, uses_of(session, which), others)


def uses_of(session: Session, which: Which) -> Uses:
    """Everything that names it."""
    key = key_of(which.kind, which.circle_id)
    ids = sa.select(ArticleAccess.article_id).where(names_key(ArticleAccess.key, key))
    found = session.execute(
        sa.select(Article.id, Article.title, Article.status)
        .where(Article.id.in_(ids))
        .order_by(Article.updated_at.desc())
        .limit(LISTED)
    )
    categories = session.execute(
        sa.select(Category.slug, Category.name)
        .where(
            Category.id.in_(
                sa.select(CategoryAccess.category_id).where(names_key(CategoryAccess.key, key))
            )
        )
        .order_by(Category.name)
    )
    files = sa.select(sa.func.count(sa.distinct(AttachmentAccess.attachment_id)))
    return Uses(
        tuple(Crumb(slug, name) for slug, name in categories),
        tuple(NamedArticle(*row) for row in found),
        _count(session, sa.select(sa.func.count()).where(Article.id.in_(ids))),
        _count(session, files.where(names_key(AttachmentAccess.key, key))),
        tuple(session.scalars(sa.select(TimeLimit.name).where(_promises(which)))),
        tuple(view.name for view in _views(session, which)),
        _count(session, sa.select(sa.func.count()).where(members_of(which.kind, which.circle_id))),
    )


def delete(ports: Ports, viewer: Viewer, which: Which, instead: int | None) -> None:
    """Gone; what named it names `instead` from now on. InvalidInput `instead` when needed."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = circle_of(session, which.kind, which.circle_id)
        if instead is not None:
            if instead == which.circle_id:
                raise InvalidInput("instead", "unknown")
            circle_of(session, which.kind, instead)
            _replace(session, which, instead)
            session.flush()
        elif not uses_of(session, which).none:
            raise InvalidInput("instead", "in_use")
        name = found.name
        session.expire(found)
        session.delete(found)
        told: dict[str, Any] = {"name": name, "instead": instead}
        record(session, viewer, f"{which.kind}.delete", which.subject, **told)


def _count(session: Session, query: sa.Select[int]) -> int:
    return session.scalar(query) or 0


def _promises(which: Which) -> sa.ColumnElement[bool]:
    level = which.kind is CircleKind.LEVEL
    return sa.and_((TimeLimit.level_id if level else TimeLimit.group_id) == which.circle_id)


def _views(session: Session, which: Which) -> list[SavedView]:
    """Views of the desk that ask for this group; there are none that ask for a level."""
    if which.kind is CircleKind.LEVEL:
        return []
    views = session.scalars(sa.select(SavedView).order_by(SavedView.name))
    return [view for view in views if str(view.rules.get("group")) == str(which.circle_id)]


def _replace(session: Session, which: Which, instead: int) -> None:
    """Members, promises, views and reading rights, all in the caller's transaction."""
    if which.kind is CircleKind.LEVEL:
        level = sa.update(User).where(User.level_id == which.circle_id).values(level_id=instead)
        session.execute(level)
        session.execute(sa.update(TimeLimit).where(_promises(which)).values(level_id=instead))
    else:
        _move_members(session, which.circle_id, instead)
        session.execute(sa.update(TimeLimit).where(_promises(which)).values(group_id=instead))
    for view in _views(session, which):
        view.rules = {**view.rules, "group": str(instead)}
    _replace_keys(session, key_of(which.kind, which.circle_id), key_of(which.kind, instead))


def _move_members(session: Session, group_id: int, instead: int) -> None:
    group = session.get_one(CustomerGroup, instead)
    inside = sa.select(User).where(members_of(CircleKind.GROUP, group_id))
    for user in session.scalars(inside.options(selectinload(User.groups))):
        kept = [one for one in user.groups if one.id not in {group_id, instead}]
        user.groups = [*kept, group]


def _replace_keys(session: Session, old: str, new: str) -> None:
    """Every access key of this circle; articles and the index follow at once."""
    asked = session.scalars(
        sa.select(CategoryAccess.category_id).where(names_key(CategoryAccess.key, old))
    ).all()
    named = sa.select(ArticleAccess.article_id).where(names_key(ArticleAccess.key, old))
    articles = session.scalars(
        sa.select(Article).where(Article.id.in_(named)).options(selectinload(Article.access))
    ).all()
    for article in articles:
        _rename_keys(article.access, ArticleAccess, old, new)
    session.flush()
    files = sa.select(AttachmentAccess.attachment_id).where(names_key(AttachmentAccess.key, old))
    beside = sa.select(Attachment).where(Attachment.id.in_(files))
    for file in session.scalars(beside.options(selectinload(Attachment.access))):
        _rename_keys(file.access, AttachmentAccess, old, new)
    _rename_category_keys(session, old, new)
    session.flush()
    for article in articles:
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
    settle_access(session, articles)
    if asked:
        settle_categories(session, session.scalars(sa.select(Category.id)))


def _rename_keys(entries: list[Any], kind: Access, old: str, new: str) -> None:
    there = {entry.key for entry in entries}
    for entry in [one for one in entries if _renamed(one.key, old, new) != one.key]:
        key = _renamed(entry.key, old, new)
        entries.remove(entry)
        if key not in there:
            there.add(key)
            # `opens` is worked out anew by settle_access; a key that was not chosen stays so.
            own = {"own": entry.own, "opens": entry.opens} if kind is ArticleAccess else {}
            entries.append(kind(key=key, **own))


def _rename_category_keys(session: Session, old: str, new: str) -> None:
    rows = session.scalars(
        sa.select(CategoryAccess).where(names_key(CategoryAccess.key, old))
    ).all()
    for row in rows:
        key = _renamed(row.key, old, new)
        if session.get(CategoryAccess, (row.category_id, key)) is None:
            session.add(CategoryAccess(category_id=row.category_id, key=key))
        session.delete(row)
        session.flush()


def _renamed(key: str, old: str, new: str) -> str:
    return "+".join(new if part == old else part for part in key.split("+"))
