"""Which readers remain when two rules hold at once, and keeping articles' keys so.

An article may be stricter than its category, never looser: the keys that open it are the
meeting of its own keys and those of every category above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.article import Article, ArticleAccess
from models.taxonomy import Category, CategoryAccess
from models.viewer import CUSTOMER_KEY, PUBLIC_KEY, STAFF_KEY, both_key, parts_of

Keys = frozenset[str]
EVERYBODY: Keys = frozenset({PUBLIC_KEY})
TEAM = "team:"


def implies(key: str, other: str) -> bool:
    """Whether everybody who holds `key` holds `other` too (see User.as_viewer)."""
    held = parts_of(key)
    return all(any(_brings(one, part) for one in held) for part in parts_of(other))


def _brings(key: str, other: str) -> bool:
    """The same for two keys of a single part."""
    if other in {key, PUBLIC_KEY}:
        return True
    if other == CUSTOMER_KEY:
        return key != PUBLIC_KEY
    return other == STAFF_KEY and key.startswith(TEAM)


def simplest(keys: Iterable[str]) -> Keys:
    """The same readers in the fewest keys: whom a broader key lets in needs no other."""
    every = frozenset(keys)
    return frozenset(
        key for key in every if not any(other != key and implies(key, other) for other in every)
    )


def meet(first: Keys, second: Keys) -> Keys:
    """Keys whose holders meet both: the stricter of two, or a level and a group together.

    Of any other two keys of which neither implies the other (two levels, two groups, a team
    and a group) nobody comes in by that pair, so never whom one of the two keeps out.
    """
    both = {key for one in first for other in second if (key := _together(one, other))}
    return simplest(both)


def _together(one: str, other: str) -> str | None:
    """The key of those who hold both; None where there is no such key."""
    if implies(one, other):
        return one
    if implies(other, one):
        return other
    parts = sorted({*parts_of(one), *parts_of(other)}, reverse=True)
    if [part.partition(":")[0] for part in parts] == ["level", "group"]:
        return both_key(*parts)
    return None


def allowed_by_categories(session: Session) -> dict[int, Keys]:
    """What each category lets in, with all above it; EVERYBODY where nothing is asked."""
    parents = dict(session.execute(sa.select(Category.id, Category.parent_id)).all())
    asked: dict[int, set[str]] = {}
    for category_id, key in session.execute(
        sa.select(CategoryAccess.category_id, CategoryAccess.key)
    ):
        asked.setdefault(category_id, set()).add(key)
    if not asked:
        return dict.fromkeys(parents, EVERYBODY)
    return {node: _allowed(node, parents, asked) for node in parents}


def _allowed(node: int, parents: Mapping[int, int | None], asked: Mapping[int, set[str]]) -> Keys:
    keys, seen = EVERYBODY, set[int]()
    at: int | None = node
    while at is not None and at not in seen:
        seen.add(at)
        if at in asked:
            keys = meet(keys, frozenset(asked[at]))
        at = parents.get(at)
    return keys


def settle_access(
    session: Session, articles: Sequence[Article], allowed: Mapping[int, Keys] | None = None
) -> list[Article]:
    """Bring the opening keys of these articles up to their own and their category's.

    Call whenever an article's keys or category change, or a category's; returns the
    articles whose readers changed.
    """
    if allowed is None:
        # A new article is in nobody's list yet: a change of its category waits for it, or it
        # for that change.
        fresh = {one.category_id for one in articles if not sa.inspect(one).has_identity} - {None}
        if fresh:
            query = sa.select(Category.id).where(Category.id.in_(fresh))
            session.execute(query.with_for_update(read=True))
    rules = allowed_by_categories(session) if allowed is None else allowed
    changed = []
    for article in articles:
        before = article.access_keys
        above = rules.get(article.category_id or 0, EVERYBODY)
        _set_keys(article, article.own_keys, meet(article.own_keys, above))
        if article.access_keys != before:
            changed.append(article)
    return changed


def choose_access(session: Session, article: Article, keys: Iterable[str]) -> None:
    """Give an article its own keys; what its category allows still holds."""
    _set_keys(article, simplest(keys), frozenset())
    settle_access(session, [article])


def _set_keys(article: Article, own: Keys, opens: Keys) -> None:
    kept = {entry.key: entry for entry in article.access}
    entries = []
    for key in sorted(own | opens):
        entry = kept.get(key) or ArticleAccess(key=key)
        entry.own, entry.opens = key in own, key in opens
        entries.append(entry)
    article.access = entries
