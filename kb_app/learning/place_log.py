"""The log as a table of what was shown where and opened, for estimating how far people look."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import sqlalchemy as sa

from indexer.normal import normalize
from kb_app.look_places import ON_A_PAGE, Shown
from kb_app.ports import Ports
from kb_app.searchers import STAFF_PREFIX
from models import SearchClick, SearchLog, SearchSource, reading

DAYS = timedelta(days=90)
MOST_SEARCHES = 50_000
Cell = tuple[str, int, int]


def shown_places(ports: Ports) -> Shown:
    """How often each question's articles were shown at a place, and opened from there."""
    with reading(ports.database) as session:
        logs = session.execute(
            sa.select(SearchLog.id, SearchLog.query, SearchLog.page, SearchLog.shown)
            .where(SearchLog.created_at >= ports.clock() - DAYS)
            .where(SearchLog.source == SearchSource.PAGE)
            .where(sa.not_(SearchLog.searcher_key.startswith(STAFF_PREFIX)))
            .order_by(SearchLog.id.desc())
            .limit(MOST_SEARCHES)
        ).all()
        oldest = logs[-1].id if logs else 0
        clicks = session.execute(
            sa.select(SearchClick.search_id, SearchClick.article_id).where(
                SearchClick.search_id >= oldest
            )
        )
        opened = {(search_id, article_id) for search_id, article_id in clicks}
    shown: Counter[Cell] = Counter()
    clicked: Counter[Cell] = Counter()
    for search_id, query, page, articles in logs:
        key = normalize(query)
        for place, article_id in enumerate(articles, start=1 + (page - 1) * ON_A_PAGE):
            shown[key, article_id, place] += 1
            clicked[key, article_id, place] += (search_id, article_id) in opened
    return _as_table(shown, clicked)


def _as_table(shown: Counter[Cell], clicked: Counter[Cell]) -> Shown:
    cells = list(shown)
    numbers: dict[tuple[str, int], int] = {}
    pairs = [numbers.setdefault(cell[:2], len(numbers)) for cell in cells]
    return Shown(
        np.array(pairs, np.int64),
        np.array([cell[2] for cell in cells], np.int64),
        np.array([shown[cell] for cell in cells], np.float64),
        np.array([clicked[cell] for cell in cells], np.float64),
    )
