"""Which categories people look for, week by week, and how their articles do."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from kb_app import trees
from kb_app.insight.article_rows import article_rows
from kb_app.insight.article_use import Use, use_of
from kb_app.insight.intervals import Share, share
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.insight.search_rows import MOST, Log, read_log
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Viewer, reading

MOST_COLUMNS = 14
LISTED = 40


@dataclass(frozen=True)
class HeatRow:
    """One top category with everything below it; `cells` are searches by stretch of time."""

    category_id: int | None
    name: str
    cells: tuple[int, ...]
    articles: int
    views: int
    rating: Share
    solved: int
    tickets: int

    @property
    def searches(self) -> int:
        """All of the period."""
        return sum(self.cells)


@dataclass(frozen=True)
class HeatPage:
    """Rows by searches; `columns` are the first days of equal stretches of `step` days."""

    period: Period
    category_id: int | None
    columns: tuple[date, ...]
    step: int
    rows: tuple[HeatRow, ...]
    cut: int


def heat_page(ports: Ports, viewer: Viewer, wanted: Wanted) -> HeatPage:
    """The categories of a period."""
    require(viewer, Permission.INSIGHT)
    period = period_of(wanted, ports.clock(), ZoneInfo(ports.config.timezone))
    with reading(ports.database) as session:
        tree = trees.categories(session)
        log = read_log(session, viewer, period)
        use = use_of(session, ports, log, period)
        articles = article_rows(session, viewer)
    tops = {node.id: (tree.path(node.id) or (node,))[0].id for node in tree.nodes}
    columns, step = _columns(period)
    cells = _cells(log, tops, period, step)
    sums: dict[int | None, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    tickets: dict[int | None, set[int]] = defaultdict(set)
    for row in articles:
        top = tops.get(row.category_id or 0)
        used = use.get(row.article_id) or Use()
        figures = (1, row.views, row.helpful, row.helpful + row.unhelpful, used.solved)
        sums[top] = [a + b for a, b in zip(sums[top], figures, strict=True)]
        tickets[top] |= used.tickets
    names = {node.id: node.name for node in tree.children(None)}
    found = [
        HeatRow(
            top,
            names.get(top or 0, ""),
            tuple(cells[top][place] for place in range(len(columns))),
            sums[top][0],
            sums[top][1],
            share(sums[top][2], sums[top][3]),
            sums[top][4],
            len(tickets[top]),
        )
        for top in {*names, *sums, *cells}
        if top is not None or sums[top][0] or cells[top]
    ]
    found.sort(key=lambda row: (row.category_id is None, -row.searches, -row.views, row.name))
    return HeatPage(period, None, columns, step, tuple(found[:LISTED]), MOST if log.cut else 0)


def _columns(period: Period) -> tuple[tuple[date, ...], int]:
    days = len(period.dates)
    step = 1 if days <= MOST_COLUMNS else max(7, -(-days // MOST_COLUMNS))
    return tuple(period.first + timedelta(days=n) for n in range(0, days, step)), step


def _cells(
    log: Log, tops: dict[int, int], period: Period, step: int
) -> dict[int | None, Counter[int]]:
    cells: dict[int | None, Counter[int]] = defaultdict(Counter)
    for visit in log.visits:
        category = log.category(visit)
        if category is not None:
            place = (period.day_of(visit.at) - period.first).days // step
            cells[tops.get(category)][place] += 1
    return cells
