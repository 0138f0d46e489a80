"""The rows of every CSV beside the insight pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kb_app.insight.funnel import FunnelPage
from kb_app.insight.gaps import GapCard
from kb_app.insight.searches import QueryRow, SearchesPage
from web.messages import STAGE_NAMES

SEARCH_TABLES = ("queries", "empty", "rewordings", "days", "categories")
Rows = Iterable[Sequence[object]]


def search_rows(page: SearchesPage, table: str) -> Rows:
    """One of SEARCH_TABLES."""
    tables: dict[str, Rows] = {
        "queries": map(_query, page.queries),
        "empty": map(_query, page.empty),
        "rewordings": ((r.before, r.after, r.times, r.people) for r in page.rewordings),
        "days": ((d.day.isoformat(), d.searches, d.opened, d.empty) for d in page.days),
        "categories": ((r.name, r.searches, r.opened, r.position) for r in page.by_category),
    }
    return tables[table]


def _query(row: QueryRow) -> Sequence[object]:
    counts = (row.searches, row.people, row.opened, row.empty, row.reformulated)
    return (row.text, *counts, row.position)


def funnel_rows(page: FunnelPage) -> Rows:
    """The stages with their shares and intervals."""
    for step in page.steps:
        of = STAGE_NAMES[step.of] if step.of else ""
        share = (step.share.value, step.share.low, step.share.high) if step.share else ("", "", "")
        yield (STAGE_NAMES[step.stage], step.count, of, *share)


def gap_rows(cards: Iterable[GapCard]) -> Rows:
    """The gaps of one list."""
    for card in cards:
        category = card.category.name if card.category else ""
        yield (card.title, card.saves, card.size, card.recent, card.before, category)
