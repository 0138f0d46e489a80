"""The rows of the CSV beside the pages about articles, and the shades of their heat map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kb_app.insight.heat import HeatPage
from kb_app.insight.links import LinksPage
from kb_app.insight.twin_pages import TwinsPage
from kb_app.insight.worklist import WorkPage
from web.article_messages import ADVICE_NAMES, LINK_FAULTS, REASON_NAMES

SHADES = 5
Rows = Iterable[Sequence[object]]


def work_rows(page: WorkPage) -> Rows:
    """The list of articles."""
    for row in page.part.rows:
        article, use = row.article, row.use
        rating = (row.rating.value, row.rating.low, row.rating.high) if row.rating.whole else ()
        yield (
            article.article_id,
            article.title,
            row.category,
            article.owner_name,
            ADVICE_NAMES[row.advice],
            REASON_NAMES[row.reason],
            article.views,
            use.searches,
            use.position,
            "；".join(text for text, _ in use.queries),
            article.helpful,
            article.unhelpful,
            *(rating or ("", "", "")),
            use.solved,
            row.tickets,
            article.updated_at.date().isoformat(),
            article.review_by.date().isoformat() if article.review_by else "",
        )


def twin_rows(page: TwinsPage) -> Rows:
    """Pairs that are open."""
    for row in page.rows:
        first, second = row.first, row.second
        yield (row.closeness, first.title, second.title, first.views, second.views)


def link_rows(page: LinksPage) -> Rows:
    """Broken ones first, then those that lead elsewhere."""
    for row in page.broken:
        yield (row.title, row.address, row.picture, LINK_FAULTS[row.fault])
    for other in page.elsewhere:
        yield ("；".join(title for _, title in other.articles), other.address, other.picture, "")


def heat_header(page: HeatPage, fixed: Sequence[str]) -> Sequence[str]:
    """The fixed columns and the first day of each stretch."""
    return (*fixed, *(day.isoformat() for day in page.columns))


def heat_rows(page: HeatPage) -> Rows:
    """The categories."""
    for row in page.rows:
        rating = row.rating.value if row.rating.whole else ""
        figures = (row.articles, row.searches, row.views, rating, row.solved, row.tickets)
        yield (row.name, *figures, *row.cells)


def heat_levels(page: HeatPage) -> list[list[int]]:
    """A shade from 0 to SHADES for each cell, the darkest for the highest number."""
    most = max((cell for row in page.rows for cell in row.cells), default=0)
    return [[-(-cell * SHADES // most) if most else 0 for cell in row.cells] for row in page.rows]
