"""How articles are used: views, clicks from searches, solved questions, and their heat.

Counting never costs a reader the page: when it cannot be written, that is logged instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.events import Event, happened
from kb_app.look_curve import curve
from kb_app.look_places import ON_A_PAGE, correction
from kb_app.ports import Ports
from kb_app.readers import LOCAL, NETWORK_CHARS, reader_key
from kb_app.searchers import is_same
from models import (
    ArticleReader,
    ArticleStats,
    SearchClick,
    SearchLog,
    SearchSource,
    Viewer,
    heat_weight,
    insert_if_absent,
    unit_of_work,
)

VIEW_HEAT = 1.0
CLICK_HEAT = 2.0
SOLVED_HEAT = 6.0
SOLVED_CLICKS = 3.0
LOWEST_PLACE = 1_000
READERS_A_NETWORK = 20
READERS_KEPT = timedelta(days=2)


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
    """Count a view, and a click when the viewer's own search led here.

    Heat and clicks count once a reader, article and day, however often a page is reloaded,
    and at most READERS_A_NETWORK times for one network; a click counts for more the further
    down it was found (see kb_app.look_places).
    """
    now = ports.clock()
    if origin is not None:
        ports.journal.settle(origin.search_id)
    # without autoflush: the counters are written once, not before every look at something else
    with unit_of_work(ports.database) as session, session.no_autoflush:
        stats = stats_of(session, article_id)
        if viewer.is_staff or viewer.previewing:
            return
        stats.views += 1
        is_new = _is_new_reader(ports, session, viewer, article_id, now)
        if is_new:
            _warm(stats, VIEW_HEAT, now)
        log = session.get(SearchLog, origin.search_id) if origin is not None else None
        if (
            log is None
            or origin is None
            or not is_same(ports.config, viewer, log.searcher_key, log.created_at)
        ):
            return
        if _is_new_click(session, log, article_id, origin.position):
            place = _place(log, article_id, origin.position)
            session.add(
                SearchClick(search_id=log.id, article_id=article_id, position=place, created_at=now)
            )
            stats.clicks += 1
            if is_new:
                _warm(stats, CLICK_HEAT * correction(curve(session), place), now)
            # looks are counted on pages of results alone, so clicks elsewhere have no share
            if is_new and log.source is SearchSource.PAGE:
                stats.clicked += heat_weight(now)


def _is_new_reader(
    ports: Ports, session: Session, viewer: Viewer, article_id: int, now: datetime
) -> bool:
    """Whether this reader opens the article for the first time today, and few others did
    from the same network; remembers it for a day."""
    key = reader_key(ports, viewer, now)
    if session.get(ArticleReader, (article_id, key)) is not None:
        return False
    if viewer.network and viewer.network != LOCAL:
        network = key[:NETWORK_CHARS]
        # a span of hexadecimal keys, which the primary key finds; LIKE would read all of today's
        same = sa.and_(
            ArticleReader.reader_key >= network, ArticleReader.reader_key < network + "g"
        )
        alike = sa.select(sa.func.count()).where(ArticleReader.article_id == article_id, same)
        if (session.scalar(alike) or 0) >= READERS_A_NETWORK:
            return False
    insert_if_absent(session, ArticleReader, article_id=article_id, reader_key=key, seen_at=now)
    return True


def forget_readers(ports: Ports) -> None:
    """Yesterday's readers; their keys mean nothing any more."""
    with unit_of_work(ports.database) as session:
        old = ArticleReader.seen_at < ports.clock() - READERS_KEPT
        session.execute(sa.delete(ArticleReader).where(old))


def solved_with(session: Session, article_id: int, now: datetime) -> None:
    """Count that an article settled a question."""
    stats = stats_of(session, article_id)
    stats.solved += 1
    stats.clicked += SOLVED_CLICKS * heat_weight(now)
    _warm(stats, SOLVED_HEAT, now)


def _warm(stats: ArticleStats, points: float, now: datetime) -> None:
    stats.heat += points * heat_weight(now)
    stats.changed_at = now


def _place(log: SearchLog, article_id: int, told: int) -> int:
    """Where it was shown; the address says so, but only as far as the log bears it out.

    The log names the articles of a page: questions may have stood between them.
    """
    before = (log.page - 1) * ON_A_PAGE
    questions = min(ON_A_PAGE, log.total - before) - len(log.shown)
    first = before + log.shown.index(article_id) + 1
    return told if first <= told <= first + max(0, questions) else first


def _is_new_click(session: Session, log: SearchLog, article_id: int, position: int) -> bool:
    if article_id not in log.shown or not 1 <= position <= LOWEST_PLACE:
        return False
    known = sa.select(SearchClick.id).where(
        SearchClick.search_id == log.id, SearchClick.article_id == article_id
    )
    return session.scalar(known) is None
