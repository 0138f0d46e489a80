"""Suggestions while typing: articles for half a question, and what many people search for."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import sqlalchemy as sa

from indexer.backend import SearchFilter
from indexer.highlight import Asking, Segment
from indexer.reader import meant
from kb_app import holdout
from kb_app.permissions import Permission, require
from kb_app.popular import popular_queries
from kb_app.ports import Ports
from kb_app.result_rows import Looking, marked_rows, readable_articles
from kb_app.search import LONGEST_QUERY
from kb_app.search_journal import Searched
from kb_app.searchers import searcher_key
from kb_app.typed_text import clean_line
from kb_app.usage import Origin
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    Article,
    Role,
    SearchClick,
    SearchLog,
    SearchSource,
    Viewer,
    reading,
    reading_in_turn,
    visitor,
)

SUGGESTIONS = 6
ANSWER_CHARS = 90
HOT_SECONDS = 60.0
CUSTOMERS = Viewer(Role.CUSTOMER, None, "", frozenset({PUBLIC_KEY, CUSTOMER_KEY}))


@dataclass(frozen=True)
class SuggestRow:
    """One suggestion; the first ones carry the `passage` that answers best.

    `for_customers` tells whether every customer may read it (asked for by agents only).
    """

    article_id: int
    slug: str
    title: tuple[Segment, ...]
    position: int
    passage: tuple[Segment, ...] = ()
    anchor: str = ""
    for_customers: bool = False

    @property
    def snippet(self) -> str:
        """The passage as plain text."""
        return "".join(segment.text for segment in self.passage)


@dataclass(frozen=True)
class Suggested:
    """What somebody had typed when they chose a suggestion."""

    text: str


@dataclass(frozen=True)
class SuggestPage:
    """Suggestions for what has been typed so far; `hot` queries while that is nothing."""

    query: str
    rows: tuple[SuggestRow, ...]
    hot: tuple[str, ...] = ()


def suggest(ports: Ports, viewer: Viewer, text: str, answers: int = 1) -> SuggestPage:
    """The articles that what has been typed so far points at; nothing is logged.

    The first `answers` of them come with a passage.
    """
    require(viewer, Permission.READ)
    query = clean_line(text)[:LONGEST_QUERY]
    if not query:
        return SuggestPage(query, (), hot_queries(ports))
    hits = ports.engine.suggest(query, SearchFilter(viewer.finding), SUGGESTIONS)
    read = ports.engine.reader.read(query, viewer.finding, typing=True)
    meant_by = Asking(meant(read), ports.engine.wordbook())
    with reading_in_turn(ports.database) as session:
        look = Looking(session, viewer, meant_by, ports.texts)
        found = readable_articles(look, [hit.ref_id for hit in hits])
        shown = [hit.ref_id for hit in hits if hit.ref_id in found]
        marked = marked_rows(look, {ref: found[ref] for ref in shown[answers:]}, 0)
        marked |= marked_rows(look, {ref: found[ref] for ref in shown[:answers]}, ANSWER_CHARS)
    rows = []
    for position, ref in enumerate(shown, start=1):
        if ref in marked:
            title, passage = marked[ref]
            place = (position, passage.text, passage.anchor)
            rows.append(SuggestRow(ref, found[ref].slug, title, *place))
    return SuggestPage(query, tuple(rows))


def hints(ports: Ports, viewer: Viewer, text: str, answers: int) -> SuggestPage:
    """Suggestions in the question form; none for the comparison group (see kb_app.holdout)."""
    require(viewer, Permission.READ)
    if clean_line(text) and holdout.join(ports, viewer, ports.clock()):
        return SuggestPage(clean_line(text)[:LONGEST_QUERY], ())
    return suggest(ports, viewer, text, answers)


def insertable(ports: Ports, viewer: Viewer, text: str) -> SuggestPage:
    """Suggestions for an agent's reply; each tells whether the customer could read it."""
    require(viewer, Permission.DESK)
    page = suggest(ports, viewer, text, answers=SUGGESTIONS)
    ids = [row.article_id for row in page.rows]
    with reading(ports.database) as session:
        readable = set(
            session.scalars(
                sa.select(Article.id).where(Article.id.in_(ids), Article.visible_to(CUSTOMERS))
            )
        )
    rows = tuple(replace(row, for_customers=row.article_id in readable) for row in page.rows)
    return SuggestPage(page.query, rows)


def chosen(ports: Ports, viewer: Viewer, article_id: int, typed: Suggested) -> Origin | None:
    """Log the search behind a chosen suggestion; None when that text does not suggest it.

    Looking again costs a few milliseconds a click and keeps keystrokes out of the log; the
    same choice is logged once, however often it is opened.
    """
    started = time.perf_counter()
    rows = suggest(ports, viewer, typed.text, answers=0).rows
    shown = [row.article_id for row in rows]
    if article_id not in shown:
        return None
    query, place = clean_line(typed.text)[:LONGEST_QUERY], shown.index(article_id) + 1
    took = (time.perf_counter() - started) * 1000
    search_id = _known_choice(ports, viewer, query, article_id) or ports.journal.note(
        Searched(
            query=query,
            source=SearchSource.SUGGEST,
            searcher_key=searcher_key(ports.config, viewer, ports.clock()),
            total=len(shown),
            shown=shown,
            took_ms=took,
            created_at=ports.clock(),
        )
    )
    return Origin(search_id, place)


def _known_choice(ports: Ports, viewer: Viewer, query: str, article_id: int) -> int | None:
    with reading(ports.database) as session:
        return session.scalar(
            sa.select(SearchLog.id)
            .join(SearchClick, SearchClick.search_id == SearchLog.id)
            .where(
                SearchLog.searcher_key == searcher_key(ports.config, viewer, ports.clock()),
                SearchLog.source == SearchSource.SUGGEST,
                SearchLog.query == query,
                SearchClick.article_id == article_id,
            )
            .limit(1)
        )


_hot: dict[str, tuple[float, tuple[str, ...]]] = {}
_hot_lock = threading.Lock()


def hot_queries(ports: Ports) -> tuple[str, ...]:
    """What several people searched for lately and everybody may find, about a minute old.

    One reader looks it up again; the others have what was known before and wait for nothing.
    """
    place = str(ports.database.engine.url)
    known = _hot.get(place)
    if known is not None and time.monotonic() - known[0] <= HOT_SECONDS:
        return known[1]
    if not _hot_lock.acquire(blocking=False):
        return known[1] if known else ()
    try:
        found = _hot_now(ports)
        _hot[place] = (time.monotonic(), found)
        return found
    finally:
        _hot_lock.release()


def _hot_now(ports: Ports) -> tuple[str, ...]:
    with reading(ports.database) as session:
        popular = popular_queries(session)
    return tuple(query for query in popular if suggest(ports, visitor(""), query, 0).rows)
