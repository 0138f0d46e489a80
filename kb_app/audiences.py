"""Who can be let in: the keys with their names, a choice checked, and who sees a thing in the end.

Names of levels, groups and teams come from the database; the site's own three (everybody,
customers, staff) are named by the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, selectinload

from kb_app.cards import Crumb
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from models import (
    CUSTOMER_KEY,
    EVERYBODY,
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    Category,
    CategoryAccess,
    CustomerGroup,
    CustomerLevel,
    JobKind,
    Team,
    allowed_by_categories,
    enqueue,
    group_key,
    level_key,
    meet,
    parts_of,
    settle_access,
    simplest,
    team_key,
    unit_of_work,
)

SITE_KEYS = (PUBLIC_KEY, CUSTOMER_KEY, STAFF_KEY)
AT_ONCE = 500
SEPARATOR = ","


class AudienceKind(StrEnum):
    """What a key stands for."""

    SITE = "site"
    LEVEL = "level"
    GROUP = "group"
    TEAM = "team"
    BOTH = "both"


@dataclass(frozen=True)
class Audience:
    """One key and its name; the site's own three keys are named by the page.

    One for both a level and a group has the level's name in `name`, the group's in `also`.
    """

    key: str
    kind: AudienceKind
    name: str = ""
    also: str = ""


@dataclass(frozen=True)
class SeenBy:
    """Who sees an article (or category) in the end; empty `opens` is nobody.

    `limited_by` is the nearest category that keeps somebody out whom the own keys let in.
    """

    own: tuple[Audience, ...]
    opens: tuple[Audience, ...]
    limited_by: Crumb | None = None

    @property
    def word(self) -> str:
        """The own choice as a form holds it: one of the site's keys, or several joined."""
        return joined(audience.key for audience in self.own)


def audiences(session: Session) -> tuple[Audience, ...]:
    """Everybody who can be chosen, the site's own keys first."""
    levels = session.execute(
        sa.select(CustomerLevel.id, CustomerLevel.name).order_by(
            CustomerLevel.rank, CustomerLevel.id
        )
    )
    groups = session.execute(
        sa.select(CustomerGroup.id, CustomerGroup.name).order_by(CustomerGroup.name)
    )
    teams = session.execute(
        sa.select(Team.id, Team.name).where(Team.is_active).order_by(Team.position, Team.id)
    )
    return (
        *(Audience(key, AudienceKind.SITE) for key in SITE_KEYS),
        *(Audience(level_key(i), AudienceKind.LEVEL, name) for i, name in levels),
        *(Audience(group_key(i), AudienceKind.GROUP, name) for i, name in groups),
        *(Audience(team_key(i), AudienceKind.TEAM, name) for i, name in teams),
    )


def named(known: Iterable[Audience], keys: Iterable[str]) -> tuple[Audience, ...]:
    """The keys with their names, in the order of `known`; one that is gone keeps its key."""
    wanted, names = frozenset(keys), {audience.key: audience for audience in known}
    found = tuple(audience for key, audience in names.items() if key in wanted)
    return (*found, *(_made_up(names, key) for key in sorted(wanted - names.keys())))


def _made_up(names: Mapping[str, Audience], key: str) -> Audience:
    """A level and a group at once, or a key whose thing is gone."""
    parts = parts_of(key)
    if len(parts) == len((AudienceKind.LEVEL, AudienceKind.GROUP)):
        level, group = (names[part].name if part in names else part for part in parts)
        return Audience(key, AudienceKind.BOTH, level, group)
    kind = AudienceKind.SITE if key in SITE_KEYS else AudienceKind(key.partition(":")[0])
    return Audience(key, kind, key)


def joined(keys: Iterable[str]) -> str:
    """A choice of keys as one form value."""
    return SEPARATOR.join(sorted(keys))


def chosen_keys(
    session: Session, text: str, kept: frozenset[str] = EVERYBODY, field: str = "access"
) -> frozenset[str]:
    """The keys of a form value; every one must exist or be among those `kept` from before."""
    keys = frozenset(key for key in text.split(SEPARATOR) if key)
    if not keys:
        raise InvalidInput(field, "empty")
    if not all(all(parts_of(key)) for key in keys):
        raise InvalidInput(field, "half")
    if not keys <= frozenset(SITE_KEYS) | kept:
        known = {audience.key: audience.kind for audience in audiences(session)}
        if not all(_is_choice(known, key) for key in keys - kept):
            raise InvalidInput(field, "unknown")
    return simplest(keys)


def _is_choice(known: Mapping[str, AudienceKind], key: str) -> bool:
    """Whether a key can be chosen: one that there is, or a level and a group at once."""
    kinds = [known.get(part) for part in parts_of(key)]
    return kinds == [AudienceKind.LEVEL, AudienceKind.GROUP] or key in known


def seen_by(session: Session, own: frozenset[str], category_id: int | None) -> SeenBy:
    """Who sees what has these keys of its own and lies in this category."""
    known = audiences(session)
    allowed = allowed_by_categories(session).get(category_id or 0, EVERYBODY)
    opens = meet(own, allowed)
    limited = None if opens == simplest(own) else _limit(session, own, category_id)
    return SeenBy(named(known, own), named(known, opens), limited)


def _limit(session: Session, own: frozenset[str], category_id: int | None) -> Crumb | None:
    """The innermost category on the way up whose own keys change who comes in."""
    seen: set[int] = set()
    while category_id is not None and category_id not in seen:
        seen.add(category_id)
        node = session.get_one(Category, category_id)
        asked = category_keys(session, category_id)
        if asked and meet(own, asked) != simplest(own):
            return Crumb(node.slug, node.name)
        category_id = node.parent_id
    return None


def category_keys(session: Session, category_id: int) -> frozenset[str]:
    """What a category asks for itself; empty when it is as open as the one above."""
    return frozenset(
        session.scalars(
            sa.select(CategoryAccess.key).where(CategoryAccess.category_id == category_id)
        )
    )


def settle_categories(session: Session, category_ids: Iterable[int]) -> int:
    """After a change of these categories' keys or place: their articles follow at once.

    Returns how many articles have other readers than before; the index follows by job.
    """
    allowed = allowed_by_categories(session)
    ids = sorted(category_ids)
    count = 0
    for start in range(0, len(ids), AT_ONCE):
        for found in _lying_in(session, ids[start : start + AT_ONCE]):
            for article in settle_access(session, found, allowed):
                enqueue(session, JobKind.INDEX_ARTICLE, article_id=article.id)
                count += 1
    return count


def _lying_in(session: Session, category_ids: Sequence[int]) -> Iterator[Sequence[Article]]:
    """The articles in these categories, some at a time and without their texts."""
    query = (
        sa.select(Article)
        .where(Article.category_id.in_(category_ids))
        .options(defer(Article.body), selectinload(Article.access))
        .order_by(Article.id)
        .limit(AT_ONCE)
    )
    after = 0
    while found := session.scalars(query.where(Article.id > after)).all():
        yield found
        after = found[-1].id


def mend(ports: Ports) -> None:
    """Catch what was written past `settle_access`: no article stays looser than its category."""
    with unit_of_work(ports.database) as session:
        asked = {
            category_id
            for category_id, keys in allowed_by_categories(session).items()
            if keys != EVERYBODY
        }
        if asked:
            settle_categories(session, asked)
