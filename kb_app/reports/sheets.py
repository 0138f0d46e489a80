"""Reports as rows of a file, and as the numbers behind a chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from kb_app.exchange.readers.sheet_columns import GUARDED
from kb_app.reports.backlog import BacklogPage
from kb_app.reports.catalogue import SORTS, Dimension, Measure, Sort
from kb_app.reports.hours import HOURS, HoursPage
from kb_app.reports.naming import Row
from kb_app.reports.satisfaction import Comment
from kb_app.reports.words import (
    AGE_NAMES,
    CHANNELS,
    DIMENSION_NAMES,
    MEASURE_NAMES,
    UNITS,
    WEEKDAYS,
    column_name,
    plain_number,
    row_name,
)

MOST_BARS = 20
Sheet = tuple[Sequence[str], list[Sequence[object]]]


def measured(by: Dimension, measures: Sequence[Measure], rows: Iterable[Row]) -> Sheet:
    """A table of measures: every share and time with the number of tickets behind it."""
    header = [DIMENSION_NAMES[by]]
    for measure in measures:
        header.append(column_name(measure))
        if SORTS[measure] is Sort.TIME:
            header += ["平均（小时）", "九成以内（小时）"]
        if SORTS[measure] is not Sort.COUNT:
            header.append("样本数")
    return header, [_line(by, measures, row) for row in rows]


def _line(by: Dimension, measures: Sequence[Measure], row: Row) -> Sequence[object]:
    line: list[object] = [row_name(by, row)]
    for measure in measures:
        cell = row.cells[measure]
        line.append(plain_number(cell))
        if cell.sort is Sort.TIME:
            line += [_hours(cell.mean), _hours(cell.slow)]
        if cell.sort is not Sort.COUNT:
            line.append(cell.whole)
    return line


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 2)


def hour_rows(page: HoursPage) -> Sheet:
    """Both tables below each other."""
    header = ["", *(f"{hour:02}:00" for hour in range(HOURS)), "合计"]
    rows: list[Sequence[object]] = [
        (CHANNELS.get(row.key, row.key), *row.counts, row.total) for row in page.channels
    ]
    rows += [(WEEKDAYS[int(row.key)], *row.counts, row.total) for row in page.weekdays]
    return header, rows


def backlog_rows(page: BacklogPage) -> Sheet:
    """Ages of what is unfinished."""
    header = [DIMENSION_NAMES[page.by], *AGE_NAMES, "合计"]
    return header, [(row.name, *row.counts, row.total) for row in page.rows]


def comment_rows(comments: Iterable[Comment]) -> list[Sequence[object]]:
    """What customers wrote."""
    return [
        (c.number, c.subject, c.rating, c.comment, c.assignee_name, c.created_at.date().isoformat())
        for c in comments
    ]


def chart(by: Dimension, measures: Sequence[Measure], rows: Sequence[Row]) -> dict[str, Any] | None:
    """Bars, or lines over time, of measures of one unit; None when there is nothing to see."""
    shown = rows if by in LINES else rows[:MOST_BARS]
    if not any(row.cells[measure].value for row in shown for measure in measures):
        return None
    return {
        "kind": "line" if by in LINES else "bar",
        "unit": UNITS[SORTS[measures[0]]],
        "labels": [row_name(by, row) for row in shown],
        "series": [
            {
                "name": MEASURE_NAMES[measure],
                "values": [plain_number(row.cells[measure]) for row in shown],
            }
            for measure in measures
        ],
    }


LINES = frozenset({Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.HOUR})


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """As CSV for a mail, with the mark of UTF-8; what looks like a formula gets a quote."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_guarded(value) for value in row] for row in rows)
    return "\ufeff" + text.getvalue()


def _guarded(value: object) -> object:
    if isinstance(value, str) and value.lstrip().startswith(GUARDED):
        return "'" + value
    return "" if value is None else value
