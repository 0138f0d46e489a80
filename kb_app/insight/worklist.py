"""The list of published articles with how they do, and what should be done about each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kb_app import trees
from kb_app.cards import PAGE_SIZE, Choice, page_count
from kb_app.insight.advice import ADVICE, Advice, Facts, Reason, judge
from kb_app.insight.article_rows import ArticleRow, article_rows, owners
from kb_app.insight.article_use import Use, use_of
from kb_app.insight.intervals import Share, share
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.insight.search_rows import MOST, read_log
from kb_app.insight.twins import VERY_CLOSE, dismissed, pairs
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.trees import Tree
from models import Viewer, reading

ALL, TO_DO = "all", "todo"
NOBODY = 0


@dataclass(frozen=True)
class WorkFilter:
    """Which part of the list, in which order; `owner_id` 0 is for articles without an owner."""

    period: Wanted
    selected: str = TO_DO
    owner_id: int | None = None
    sort: str = ""
    page: int = 1


@dataclass(frozen=True)
class WorkRow:
    """One article with its figures; `twin` is (id, title) of the one that says the same."""

    article: ArticleRow
    category: str
    use: Use
    rating: Share
    advice: Advice
    reason: Reason
    twin: tuple[int, str] | None

    @property
    def tickets(self) -> int:
        """Tickets opened after reading it."""
        return len(self.use.tickets)


@dataclass(frozen=True)
class Part:
    """The rows of one page of one view; `counts` has a number for every view."""

    rows: tuple[WorkRow, ...]
    counts: dict[str, int]
    selected: str
    sort: str
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class WorkPage:
    """A page of the list with what it can be narrowed to."""

    period: Period
    category_id: int | None
    categories: tuple[Choice, ...]
    owner_id: int | None
    owners: tuple[Choice, ...]
    part: Part
    now: datetime
    cut: int


URGENCY = {reason: place for place, reason in enumerate(Reason)}
SORTS: dict[str, Callable[[WorkRow], tuple[float, ...]]] = {
    "urgent": lambda row: (URGENCY[row.reason], -row.tickets, -row.use.searches),
    "views": lambda row: (-row.article.views,),
    "searches": lambda row: (-row.use.searches,),
    "rating": lambda row: (row.rating.value if row.rating.whole else 2.0, -row.rating.whole),
    "tickets": lambda row: (-row.tickets,),
    "oldest": lambda row: (row.article.updated_at.timestamp(),),
}


def worklist(ports: Ports, viewer: Viewer, wanted: WorkFilter, size: int = PAGE_SIZE) -> WorkPage:
    """One page of the list."""
    require(viewer, Permission.INSIGHT)
    now = ports.clock()
    period = period_of(wanted.period, now, ZoneInfo(ports.config.timezone))
    with reading(ports.database) as session:
        tree = trees.categories(session)
        log = read_log(session, viewer, period)
        use = use_of(session, ports, log, period)
        articles = article_rows(session, viewer)
        hidden = dismissed(session)
        found = [(p.first, p.second) for p in pairs(session) if p.closeness >= VERY_CLOSE]
        people = owners(session)
    twins = _twins(found, hidden, {article.article_id: article.title for article in articles})
    rows = [_row(article, tree, use, twins, now) for article in articles]
    category_id = wanted.period.category_id
    known = category_id if category_id is not None and category_id in tree else None
    rows = _within(rows, tree.below(known) if known is not None else None, wanted.owner_id)
    return WorkPage(
        period=period,
        category_id=known,
        categories=tree.short_choices(known),
        owner_id=wanted.owner_id,
        owners=people,
        part=_part(rows, wanted, size),
        now=now,
        cut=MOST if log.cut else 0,
    )


def _part(rows: list[WorkRow], wanted: WorkFilter, size: int) -> Part:
    counts: Counter[str] = Counter(row.advice.value for row in rows)
    counts[ALL] = len(rows)
    counts[TO_DO] = len(rows) - counts[Advice.KEEP]
    selected = wanted.selected if wanted.selected in {ALL, TO_DO, *Advice} else TO_DO
    chosen = [row for row in rows if selected in {ALL, row.advice} or _is_to_do(selected, row)]
    sort = wanted.sort if wanted.sort in SORTS else "urgent"
    chosen.sort(key=lambda row: (*SORTS[sort](row), row.article.article_id))
    pages = page_count(len(chosen), size)
    page = min(max(1, wanted.page), pages)
    return Part(
        rows=tuple(chosen[(page - 1) * size : page * size]),
        counts=dict(counts),
        selected=selected,
        sort=sort,
        page=page,
        pages=pages,
        total=len(chosen),
    )


def _is_to_do(selected: str, row: WorkRow) -> bool:
    return selected == TO_DO and row.advice is not Advice.KEEP


def _within(
    rows: list[WorkRow], categories: frozenset[int] | None, owner_id: int | None
) -> list[WorkRow]:
    return [
        row
        for row in rows
        if (categories is None or row.article.category_id in categories)
        and (owner_id is None or (row.article.owner_id or NOBODY) == owner_id)
    ]


def _twins(
    found: list[tuple[int, int]], hidden: frozenset[tuple[int, int]], titles: dict[int, str]
) -> dict[int, tuple[int, str]]:
    """The closest other article of each that has one."""
    twins: dict[int, tuple[int, str]] = {}
    for first, second in found:
        if (first, second) not in hidden and first in titles and second in titles:
            twins.setdefault(first, (second, titles[second]))
            twins.setdefault(second, (first, titles[first]))
    return twins


def _row(
    article: ArticleRow,
    tree: Tree,
    use: dict[int, Use],
    twins: dict[int, tuple[int, str]],
    now: datetime,
) -> WorkRow:
    used = use.get(article.article_id) or Use()
    rating = share(article.helpful, article.helpful + article.unhelpful)
    twin = twins.get(article.article_id)
    facts = Facts(
        length=article.length,
        has_files=article.has_files,
        views=article.views,
        searches=used.searches,
        position=used.position,
        rating=rating,
        tickets=len(used.tickets),
        has_twin=twin is not None,
        review_by=article.review_by,
        published_at=article.published_at,
        updated_at=article.updated_at,
    )
    reason = judge(facts, now)
    crumb = tree.crumb(article.category_id)
    return WorkRow(article, crumb.name if crumb else "", used, rating, ADVICE[reason], reason, twin)
