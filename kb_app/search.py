"""Finding: the results page, suggestions while typing, and the log both leave."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import Hit, SearchFilter, SearchRequest
from indexer.highlight import Segment, best_passage, segments
from indexer.passages import plain_text
from indexer.ranking import PRIOR_WEIGHT
from kb_app import trees
from kb_app.cards import (
    ArticleCard,
    Choice,
    Crumb,
    crumb,
    hottest_cards,
    my_votes,
    page_count,
    readable,
)
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line
from kb_app.usage import Origin, dispensable
from models import (
    Article,
    SearchClick,
    SearchLog,
    SearchSource,
    Viewer,
    reading,
    unit_of_work,
)

RESULTS = 10
SUGGESTIONS = 6
LONGEST_QUERY = 400
PASSAGE_CHARS = 120
READ_CHARS = 16_000
NEARBY = 5
DEEPEST_PAGE = 50


@dataclass(frozen=True)
class SearchForm:
    """What the search box and its filters hold."""

    text: str
    category_id: int | None = None
    product_id: int | None = None
    page: int = 1


@dataclass(frozen=True)
class Reason:
    """One part of why a result stands where it does; shares sum to 1."""

    label: str
    share: float


@dataclass(frozen=True)
class ResultRow:
    """One found article with its matches marked."""

    article_id: int
    slug: str
    title: tuple[Segment, ...]
    passage: tuple[Segment, ...]
    category: Crumb | None
    products: tuple[Crumb, ...]
    helpful: int
    unhelpful: int
    my_vote: int
    updated_at: datetime
    position: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class SearchPage:
    """A page of results; `limited` when part of the search was out of service."""

    query: str
    search_id: int | None
    rows: tuple[ResultRow, ...]
    total: int
    page: int
    pages: int
    took_ms: float
    limited: bool
    categories: tuple[Choice, ...]
    products: tuple[Choice, ...]
    category_id: int | None
    product_id: int | None
    nearby: tuple[ArticleCard, ...]


@dataclass(frozen=True)
class SuggestRow:
    """One suggestion while typing."""

    article_id: int
    slug: str
    title: tuple[Segment, ...]
    position: int
    snippet: str


@dataclass(frozen=True)
class Suggested:
    """What somebody had typed when they chose a suggestion."""

    text: str


@dataclass(frozen=True)
class SuggestPage:
    """Suggestions for what has been typed so far."""

    query: str
    rows: tuple[SuggestRow, ...]


def find(
    ports: Ports, viewer: Viewer, form: SearchForm, source: SearchSource = SearchSource.PAGE
) -> SearchPage:
    """Search, confirm in the database that each hit may be read, log, and show."""
    require(viewer, Permission.READ)
    query = clean_line(form.text)[:LONGEST_QUERY]
    page = min(max(1, form.page), DEEPEST_PAGE)
    request = SearchRequest(
        query,
        SearchFilter(viewer.keys, category_id=form.category_id, product_id=form.product_id),
        offset=(page - 1) * RESULTS,
        limit=RESULTS,
    )
    result = ports.engine.search(request)
    with reading(ports.database) as session:
        rows = _rows(session, viewer, query, result.hits)
        category_tree, product_tree = trees.categories(session), trees.products(session)
        nearby = () if rows else hottest_cards(session, viewer, NEARBY)
    shown = [row.article_id for row in rows]
    search_id = None
    with dispensable("search"):
        outcome = _Outcome(source, result.total, result.took_ms)
        search_id = _log(ports, viewer, query, shown, outcome)
    return SearchPage(
        query=query,
        search_id=search_id,
        rows=rows,
        total=result.total,
        page=page,
        pages=min(page_count(result.total, RESULTS), DEEPEST_PAGE),
        took_ms=result.took_ms,
        limited=bool(result.degraded),
        categories=category_tree.short_choices(form.category_id),
        products=product_tree.short_choices(form.product_id),
        category_id=form.category_id,
        product_id=form.product_id,
        nearby=nearby,
    )


def suggest(ports: Ports, viewer: Viewer, text: str) -> SuggestPage:
    """The articles that what has been typed so far points at; nothing is logged."""
    require(viewer, Permission.READ)
    query = clean_line(text)[:LONGEST_QUERY]
    hits = ports.engine.suggest(query, SearchFilter(viewer.keys), SUGGESTIONS)
    with reading(ports.database) as session:
        found = _articles(session, viewer, hits)
    rows = tuple(
        SuggestRow(
            article.id,
            article.slug,
            segments(article.title, query),
            position,
            best_passage(plain_text(article.body[:READ_CHARS]), query, 48),
        )
        for position, article in enumerate(
            (found[hit.ref_id] for hit in hits if hit.ref_id in found), start=1
        )
    )
    return SuggestPage(query, rows)


def chosen(ports: Ports, viewer: Viewer, article_id: int, typed: Suggested) -> Origin | None:
    """Log the search behind a chosen suggestion; None when that text does not suggest it.

    Looking again costs a few milliseconds a click and keeps keystrokes out of the log; the
    same choice is logged once, however often it is opened.
    """
    started = time.perf_counter()
    rows = suggest(ports, viewer, typed.text).rows
    shown = [row.article_id for row in rows]
    if article_id not in shown:
        return None
    query, place = clean_line(typed.text)[:LONGEST_QUERY], shown.index(article_id) + 1
    with reading(ports.database) as session:
        known = session.scalar(
            sa.select(SearchLog.id)
            .join(SearchClick, SearchClick.search_id == SearchLog.id)
            .where(
                SearchLog.searcher_key == viewer.voter_key,
                SearchLog.source == SearchSource.SUGGEST,
                SearchLog.query == query,
                SearchClick.article_id == article_id,
            )
            .limit(1)
        )
    took = (time.perf_counter() - started) * 1000
    outcome = _Outcome(SearchSource.SUGGEST, len(shown), took)
    search_id = known or _log(ports, viewer, query, shown, outcome)
    return Origin(search_id, place) if search_id else None


def _articles(session: Session, viewer: Viewer, hits: tuple[Hit, ...]) -> dict[int, Article]:
    ids = [hit.ref_id for hit in hits]
    if not ids:
        return {}
    return {
        article.id: article
        for article in session.scalars(readable(viewer).where(Article.id.in_(ids)))
    }


def _rows(
    session: Session, viewer: Viewer, query: str, hits: tuple[Hit, ...]
) -> tuple[ResultRow, ...]:
    found = _articles(session, viewer, hits)
    votes = my_votes(session, viewer, found)
    return tuple(
        _row(found[hit.ref_id], hit, query, votes.get(hit.ref_id, 0))
        for hit in hits
        if hit.ref_id in found
    )


def _row(article: Article, hit: Hit, query: str, vote: int) -> ResultRow:
    stats = article.stats
    passage = best_passage(plain_text(article.body[:READ_CHARS]), query, PASSAGE_CHARS)
    return ResultRow(
        article_id=article.id,
        slug=article.slug,
        title=segments(article.title, query),
        passage=segments(passage, query),
        category=crumb(article.category),
        products=tuple(Crumb(product.slug, product.name) for product in article.products),
        helpful=stats.helpful if stats else 0,
        unhelpful=stats.unhelpful if stats else 0,
        my_vote=vote,
        updated_at=article.updated_at,
        position=hit.position,
        reasons=reasons(hit),
    )


def reasons(hit: Hit) -> tuple[Reason, ...]:
    """The parts of a hit's score: words, meaning, rating and use; shares sum to 1."""
    parts = {
        "words": max(0.0, hit.lexical),
        "meaning": max(0.0, hit.semantic),
        "rating": max(0.0, hit.relevance) * PRIOR_WEIGHT * hit.prior,
    }
    whole = sum(parts.values())
    if whole <= 0:
        return ()
    return tuple(Reason(label, value / whole) for label, value in parts.items())


@dataclass(frozen=True)
class _Outcome:
    source: SearchSource
    total: int
    took_ms: float


def _log(
    ports: Ports, viewer: Viewer, query: str, shown: list[int], outcome: _Outcome
) -> int | None:
    if not query:
        return None
    with unit_of_work(ports.database) as session:
        log = SearchLog(
            query=query,
            source=outcome.source,
            searcher_key=viewer.voter_key,
            total=outcome.total,
            shown=shown,
            took_ms=outcome.took_ms,
        )
        session.add(log)
        session.flush()
        return log.id
