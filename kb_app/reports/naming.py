"""The names of a report's rows, and the rows a reader expects though nothing happened in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb_app.insight.period import Period
from kb_app.reports import moments
from kb_app.reports.asking import Asked, Cells, empty_cells
from kb_app.reports.catalogue import IN_TIME_ORDER, Dimension, Measure
from models import Category, Product, ServiceNode, Team, User

NAMES: dict[Dimension, InstrumentedAttribute[str]] = {
    Dimension.TEAM: Team.name,
    Dimension.AGENT: User.name,
    Dimension.NODE: ServiceNode.name,
    Dimension.CATEGORY: Category.name,
    Dimension.PRODUCT: Product.name,
}


@dataclass(frozen=True)
class Row:
    """One line of a report. `name` is empty where nobody, no team, nothing was chosen.

    For days it is "2026-11-22", for weeks their Monday, for months "2026-11", else the code.
    """

    key: str
    name: str
    cells: Cells


def rows_of(session: Session, asked: Asked, found: Mapping[Any, Cells]) -> tuple[Row, ...]:
    """Named and in order: time by time, everything else as it was found."""
    dimension = asked.dimension
    if dimension in IN_TIME_ORDER:
        return tuple(
            Row(str(key), _moment(dimension, key), found.get(key) or empty_cells(asked))
            for key in _every(dimension, asked.period)
        )
    names = _names(session, dimension, found)
    return tuple(
        Row("" if key is None else _plain(key), names.get(key, _plain(key)), cells)
        for key, cells in found.items()
    )


def _plain(key: Any) -> str:
    return "" if key is None else str(key.value if isinstance(key, Enum) else key)


def _names(session: Session, dimension: Dimension, found: Mapping[Any, Cells]) -> dict[Any, str]:
    column = NAMES.get(dimension)
    if column is None:
        return {}
    table = column.class_
    ids = [key for key in found if key is not None]
    rows = session.execute(sa.select(table.id, column).where(table.id.in_(ids)))
    return {key: str(name) for key, name in rows}


def _every(dimension: Dimension, period: Period) -> list[int]:
    first, last = moments.day_number(period.first), moments.day_number(period.last)
    weeks = range(moments.week_number(period.first), moments.week_number(period.last) + 1)
    return {
        Dimension.DAY: list(range(first, last + 1)),
        Dimension.WEEK: list(weeks),
        Dimension.MONTH: moments.months(period),
        Dimension.WEEKDAY: list(range(moments.WEEK_DAYS)),
        Dimension.HOUR: list(range(moments.DAY_HOURS)),
    }[dimension]


def _moment(dimension: Dimension, key: int) -> str:
    if dimension is Dimension.DAY:
        return moments.day_named(key).isoformat()
    if dimension is Dimension.WEEK:
        return moments.monday(key).isoformat()
    if dimension is Dimension.MONTH:
        return f"{key // 12}-{key % 12 + 1:02}"
    return str(key)


def sorted_by(rows: tuple[Row, ...], measure: Measure, *, falling: bool) -> tuple[Row, ...]:
    """By one measure; rows without it come last."""

    def place(row: Row) -> tuple[bool, float]:
        value = row.cells[measure].value
        return value is None, 0.0 if value is None else -value if falling else value

    return tuple(sorted(rows, key=place))
