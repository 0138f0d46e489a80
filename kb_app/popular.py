"""What several different people searched for lately and found, fit to be shown to everybody.

Staff's own searches and anything that looks like private data are left out. Who counts as
a person is their account or their browser, so a determined few can still push a query.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.redact import redact
from kb_app.searchers import STAFF_PREFIX
from models import STAFF_ROLES, SearchLog, SearchSource, User

MOST = 6
WITHIN = 2_000
SEVERAL = 3
LENGTHS = (2, 16)


def popular_queries(session: Session) -> tuple[str, ...]:
    """The most popular first, ties in the order of the alphabet."""
    latest = (
        sa.select(SearchLog.query, SearchLog.searcher_key)
        .where(
            SearchLog.source == SearchSource.PAGE,
            SearchLog.total > 0,
            sa.not_(by_staff()),
        )
        .order_by(SearchLog.id.desc())
        .limit(WITHIN)
        .subquery()
    )
    people = sa.func.count(sa.distinct(latest.c.searcher_key))
    rows = session.execute(
        sa.select(latest.c.query)
        .where(sa.func.length(latest.c.query).between(*LENGTHS))
        .group_by(latest.c.query)
        .having(people >= SEVERAL)
        .order_by(people.desc(), latest.c.query)
        .limit(MOST * 4)
    )
    return tuple(row.query for row in rows if _harmless(row.query))[:MOST]


def by_staff() -> sa.ColumnElement[bool]:
    """Whether a logged search was made by somebody who works here."""
    key = sa.literal("u:") + sa.cast(User.id, sa.String)
    not_hashed_yet = sa.select(key).where(User.role.in_(sorted(STAFF_ROLES)))
    kept = SearchLog.searcher_key
    return sa.or_(kept.startswith(STAFF_PREFIX), kept.in_(not_hashed_yet))


def _harmless(query: str) -> bool:
    """Neither private data nor mostly a number, such as an order's."""
    digits = sum(character.isdigit() for character in query)
    return not redact(query).kinds and digits * 2 < len(query)
