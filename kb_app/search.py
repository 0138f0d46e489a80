"""Finding: the results page with its facets, and the log it leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from indexer.backend import SearchFilter, SearchRequest, SearchResult
from indexer.document import DocKind
from indexer.highlight import Asking
from indexer.narrowing import DocType, Narrowing, Order
from indexer.reader import meant
from indexer.understood import NOTHING_TYPED, Understanding
from kb_app import trees
from kb_app.cards import ArticleCard, Crumb, cards_by_id, hottest_cards, page_count
from kb_app.facets import Chip, Facet, chips, facets
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.result_rows import Looking, ResultRow, Trees, result_rows
from kb_app.search_journal import Searched
from kb_app.searchers import searcher_key
from kb_app.typed_text import clean_line
from kb_app.usage import dispensable
from models import SearchSource, Viewer, reading_in_turn

RESULTS = 10
LONGEST_QUERY = 400
NEARBY = 5
RELATED = 6
DEEPEST_PAGE = 50
FOUND_KINDS = frozenset({DocKind.ARTICLE, DocKind.QUESTION})


@dataclass(frozen=True)
class SearchForm:
    """What the search box, its filters and its order hold."""

    text: str
    category_id: int | None = None
    product_id: int | None = None
    page: int = 1
    doc_type: DocType | None = None
    days: int | None = None
    order: Order = Order.RELEVANCE
    exact: bool = False

    @property
    def narrowing(self) -> Narrowing:
        """The filters alone."""
        return Narrowing(self.category_id, self.product_id, self.doc_type, self.days)


@dataclass(frozen=True)
class SearchPage:
    """A page of results; `limited` when part of the search was out of service.

    `form` is what was asked, corrected. Without rows there are articles `nearby` (by meaning
    when `nearby_is_close`, else the most used) and `related` categories. `understood` tells
    what was read differently from what was typed.
    """

    query: str
    search_id: int | None
    rows: tuple[ResultRow, ...]
    total: int
    page: int
    pages: int
    took_ms: float
    limited: bool
    form: SearchForm
    facets: tuple[Facet, ...]
    chips: tuple[Chip, ...]
    nearby: tuple[ArticleCard, ...] = ()
    nearby_is_close: bool = False
    related: tuple[Crumb, ...] = ()
    understood: Understanding = NOTHING_TYPED


def find(
    ports: Ports, viewer: Viewer, form: SearchForm, source: SearchSource = SearchSource.PAGE
) -> SearchPage:
    """Search, confirm in the database that each hit may be read, log, and show."""
    require(viewer, Permission.READ)
    query = clean_line(form.text)[:LONGEST_QUERY]
    page = min(max(1, form.page), DEEPEST_PAGE)
    asked = replace(form, text=query, page=page)
    result = _result(ports, viewer, asked, counted=source is SearchSource.PAGE)
    with reading_in_turn(ports.database) as session:
        both = Trees(trees.categories(session, viewer), trees.products(session))
        asking = Asking(meant(result.understood), ports.engine.wordbook())
        look = Looking(session, viewer, asking, ports.texts)
        shown = SearchPage(
            query=query,
            search_id=None,
            rows=result_rows(look, both, result.hits),
            total=result.total,
            page=page,
            pages=min(page_count(result.total, RESULTS), DEEPEST_PAGE),
            took_ms=result.took_ms,
            limited=bool(result.degraded),
            form=asked,
            facets=facets(result.counts, asked.narrowing, both),
            chips=chips(asked.narrowing, both),
            understood=result.understood,
        )
    if not shown.rows:
        shown = _with_ways_on(ports, viewer, shown)
    search_id = None
    if viewer.previewing:
        return shown
    with dispensable("search"):
        search_id = _noted(ports, viewer, shown, source)
    return replace(shown, search_id=search_id)


def _result(ports: Ports, viewer: Viewer, form: SearchForm, *, counted: bool) -> SearchResult:
    """What the engine finds; a shelf whose articles all match too weakly is searched alone."""
    request = SearchRequest(
        form.text,
        SearchFilter(viewer.finding, FOUND_KINDS),
        offset=(form.page - 1) * RESULTS,
        limit=RESULTS,
        narrowing=form.narrowing,
        order=form.order,
        counted=counted,
        exact=form.exact,
    )
    result = ports.engine.search(request)
    if result.total or (form.category_id is None and form.product_id is None):
        return result
    alone = replace(request.filter, category_id=form.category_id, product_id=form.product_id)
    return ports.engine.search(replace(request, filter=alone))


def _with_ways_on(ports: Ports, viewer: Viewer, page: SearchPage) -> SearchPage:
    """Nothing found is no dead end: what comes closest, and where else to look."""
    hits = ports.engine.nearest(meant(page.understood), SearchFilter(viewer.finding), NEARBY)
    with reading_in_turn(ports.database) as session:
        close = cards_by_id(session, viewer, [hit.ref_id for hit in hits])
        nearby = close or hottest_cards(session, viewer, NEARBY)
    related = dict.fromkeys(card.category for card in nearby if card.category)
    return replace(
        page, nearby=nearby, nearby_is_close=bool(close), related=tuple(related)[:RELATED]
    )


def _noted(ports: Ports, viewer: Viewer, page: SearchPage, source: SearchSource) -> int | None:
    """Log the search; one that an outage left empty says nothing about what is missing here."""
    if not page.query or (page.limited and not page.total):
        return None
    articles = [row.article_id for row in page.rows if row.article_id]
    return ports.journal.note(
        Searched(
            query=page.query,
            source=source,
            searcher_key=searcher_key(ports.config, viewer, ports.clock()),
            total=page.total,
            shown=articles,
            took_ms=page.took_ms,
            created_at=ports.clock(),
            page=page.page,
        )
    )
