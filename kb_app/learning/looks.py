"""Searches counted as looks at what they showed, so that clicks can be seen in proportion.

A minute behind, since the log is written beside the pages; nobody's reloading counts twice
in one sitting, staff's searches not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.normal import normalize
from kb_app.look_curve import curve
from kb_app.look_places import ON_A_PAGE, looked_at
from kb_app.ports import Ports
from kb_app.searchers import STAFF_PREFIX
from kb_app.usage import stats_of
from models import (
    Article,
    SearchLog,
    SearchSource,
    UseTally,
    heat_weight,
    unit_of_work,
)

BEHIND = timedelta(minutes=1)
FIRST_LOOK_BACK = timedelta(days=30)
BATCH = 2_000
ONLY_ROW = 1


@dataclass
class _Looks:
    """What one article gained."""

    shown: int = 0
    examined: float = 0.0


def count_looks(ports: Ports) -> int:
    """Take in the searches since the last time; returns how many."""
    until, whole = ports.clock() - BEHIND, 0
    while True:
        with unit_of_work(ports.database) as session:
            tally = session.get(UseTally, ONLY_ROW, with_for_update=True)
            if tally is None:
                tally = UseTally(id=ONLY_ROW, until=until - FIRST_LOOK_BACK)
                session.add(tally)
            logs = _next(session, tally.until, until)
            _add(session, logs, ports.clock())
            full = len(logs) >= BATCH and logs[-1].created_at > tally.until
            tally.until = logs[-1].created_at if full else until
        whole += len(logs)
        if not full:
            return whole


def _next(session: Session, since: datetime, until: datetime) -> Sequence[SearchLog]:
    query = sa.select(SearchLog).where(
        SearchLog.created_at > since,
        SearchLog.created_at <= until,
        SearchLog.source == SearchSource.PAGE,
        sa.not_(SearchLog.searcher_key.startswith(STAFF_PREFIX)),
    )
    return session.scalars(query.order_by(SearchLog.created_at).limit(BATCH)).all()


def _add(session: Session, logs: Sequence[SearchLog], now: datetime) -> None:
    looks_here = curve(session)
    gained: dict[int, _Looks] = defaultdict(_Looks)
    told: set[tuple[str, str, int]] = set()
    for log in logs:
        sitting = (log.searcher_key, normalize(log.query), log.page)
        if sitting in told:
            continue
        told.add(sitting)
        weight = heat_weight(log.created_at)
        for place, article_id in enumerate(log.shown, start=1 + (log.page - 1) * ON_A_PAGE):
            gained[article_id].shown += 1
            gained[article_id].examined += weight * looked_at(looks_here, place)
    there = sa.select(Article.id).where(Article.id.in_(list(gained)))
    for article_id in sorted(session.scalars(there)):
        stats = stats_of(session, article_id)
        stats.shown += gained[article_id].shown
        stats.examined += gained[article_id].examined
        stats.changed_at = now
