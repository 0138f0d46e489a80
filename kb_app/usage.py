"""How articles are used: views, clicks from searches, solved questions, and their heat.

Counting never costs a reader the page: when it cannot be written, that is logged instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.events import Event, happened
from kb_app.ports import Ports
from kb_app.searchers import is_same
from models import (
    ArticleStats,
    SearchClick,
    SearchLog,
    Viewer,
    heat_weight,
    insert_if_absent,
    unit_of_work,
)

VIEW_HEAT = 1.0
CLICK_HEAT = 2.0
SOLVED_HEAT = 6.0
LOWEST_PLACE = 1_000


@dataclass(frozen=True)
class Origin:
    """The search an article was opened from, and its place there (1 = first)."""

    search_id: int
    position: int


def stats_of(session: Session, article_id: int) -> ArticleStats:
    """The article's counters, made on first use (by whoever is first); locked for the work."""
    found = session.get(ArticleStats, article_id, with_for_update=True)
    if found is not None:
        return found
    insert_if_absent(session, ArticleStats, article_id=article_id)
    return session.get_one(ArticleStats, article_id, with_for_update=True)


@contextmanager
def dispensable(what: str) -> Iterator[None]:
    """Bookkeeping a reader can do without: a locked or full database is logged, not raised."""
    try:
        yield
    except sa.exc.OperationalError as error:
        happened(Event.NOT_COUNTED, logging.WARNING, what=what, error=type(error).__name__)


def opened(ports: Ports, viewer: Viewer, article_id: int, origin: Origin | None) -> None:
    """Count a view, and a click when the viewer's own search led here (once per search)."""
    now = ports.clock()
    if origin is not None:
        ports.journal.settle(origin.search_id)
    with unit_of_work(ports.database) as session:
        stats = stats_of(session, article_id)
        if viewer.is_staff:
            return
        stats.views += 1
        _warm(stats, VIEW_HEAT, now)
        log = session.get(SearchLog, origin.search_id) if origin is not None else None
        if (
            log is None
            or origin is None
            or not is_same(ports.config, viewer, log.searcher_key, log.created_at)
        ):
            return
        if _is_new_click(session, log, article_id, origin.position):
            session.add(
                SearchClick(
                    search_id=log.id,
                    article_id=article_id,
                    position=origin.position,
                    created_at=now,
                )
            )
            stats.clicks += 1
            _warm(stats, CLICK_HEAT, now)


def solved_with(session: Session, article_id: int, now: datetime) -> None:
    """Count that an article settled a question."""
    stats = stats_of(session, article_id)
    stats.solved += 1
    _warm(stats, SOLVED_HEAT, now)


def _warm(stats: ArticleStats, points: float, now: datetime) -> None:
    stats.heat += points * heat_weight(now)
    stats.changed_at = now


def _is_new_click(session: Session, log: SearchLog, article_id: int, position: int) -> bool:
    if article_id not in log.shown or not 1 <= position <= LOWEST_PLACE:
        return False
    known = sa.select(SearchClick.id).where(
        SearchClick.search_id == log.id, SearchClick.article_id == article_id
    )
    return session.scalar(known) is None
