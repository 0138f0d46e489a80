"""A question to the tickets, answered in SQL within a time limit: rows with measured cells."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput
from kb_app.insight.intervals import share
from kb_app.insight.period import Period
from kb_app.reports.catalogue import (
    SMALL,
    SORTS,
    Dimension,
    Measure,
    Narrowed,
    Sort,
    counted,
    key_of,
    lasted,
    parts_of,
)
from models import Ticket, TicketClock

MOST_ROWS = 400
SECONDS = 8.0
LOOK_EVERY = 20_000
EVERYTHING = Narrowed()
KEY = "report_key"
CLOCKED = frozenset({Measure.RESPONSE_KEPT, Measure.RESOLUTION_KEPT})


@dataclass(frozen=True)
class Asked:
    """Measures by a dimension over the tickets opened in a period."""

    measures: tuple[Measure, ...]
    dimension: Dimension
    period: Period
    narrowed: Narrowed = EVERYTHING


@dataclass(frozen=True)
class Cell:
    """One number. `whole` is of how many tickets; a share has an interval, a time its spread."""

    sort: Sort
    value: float | None
    whole: int
    part: int = 0
    low: float = 0.0
    high: float = 1.0
    mean: float | None = None
    slow: float | None = None

    @property
    def few(self) -> bool:
        """Whether it rests on too few tickets to mean much; a count is always what it is."""
        return self.sort is not Sort.COUNT and 0 < self.whole < SMALL


Cells = dict[Measure, Cell]
Took = dict[Any, list[list[int]]]


@dataclass(frozen=True)
class Answer:
    """Cells by key, most tickets first; and of all tickets together."""

    rows: dict[Any, Cells]
    whole: Cells


def ask(session: Session, asked: Asked, now: datetime) -> Answer:
    """Two looks at the tickets, whatever is asked; InvalidInput `report` `too_slow`."""
    timed = [measure for measure in asked.measures if SORTS[measure] is Sort.TIME]
    with limited(session):
        counts = _counts(session, asked, now)
        took = _times(session, asked, timed) if timed else {}
    together = [sum(numbers) for numbers in zip(*counts.values(), strict=True)]
    every = [[t for times in took.values() for t in times[n]] for n in range(len(timed))]
    rows = {
        key: _cells(asked.measures, numbers, took.get(key) or [[] for _ in timed])
        for key, numbers in list(counts.items())[:MOST_ROWS]
    }
    whole = _cells(asked.measures, together, every) if counts else empty_cells(asked)
    return Answer(rows, whole)


def empty_cells(asked: Asked) -> Cells:
    """Cells of a row in which nothing happened: counts are zero, the rest is unknown."""
    return {measure: _nothing(measure) for measure in asked.measures}


def _nothing(measure: Measure) -> Cell:
    sort = SORTS[measure]
    return Cell(sort, 0.0 if sort is Sort.COUNT else None, 0)


def _counts(session: Session, asked: Asked, now: datetime) -> dict[Any, list[int]]:
    key = key_of(asked.dimension, asked.period).label(KEY)
    columns: list[sa.ColumnElement[Any]] = []
    for measure in asked.measures:
        if SORTS[measure] is Sort.MEAN:
            columns += [sa.func.coalesce(sa.func.sum(Ticket.rating), 0)]
            columns += [sa.func.count(Ticket.rating)]
        elif SORTS[measure] is not Sort.TIME:
            columns += [sa.func.count().filter(rule) for rule in parts_of(measure, now)]
    query = sa.select(key, *columns).select_from(Ticket)
    if CLOCKED & set(asked.measures):
        query = query.outerjoin(TicketClock, TicketClock.ticket_id == Ticket.id)
    query = (
        query.where(*counted(asked.period, asked.narrowed))
        # By its name: PostgreSQL takes two bound copies of one expression for two expressions.
        .group_by(sa.text(KEY))
        .order_by(sa.func.count().desc(), sa.text(KEY))
    )
    return {row[0]: [int(number) for number in row[1:]] for row in session.execute(query)}


def _cells(measures: Sequence[Measure], numbers: Sequence[int], took: Sequence[list[int]]) -> Cells:
    rest, times, cells = list(numbers), list(took), {}
    for measure in measures:
        sort = SORTS[measure]
        if sort is Sort.COUNT:
            count = rest.pop(0)
            cells[measure] = Cell(sort, float(count), count, count)
        elif sort is Sort.SHARE:
            found = share(rest.pop(0), rest.pop(0))
            value = found.value if found.whole else None
            cells[measure] = Cell(sort, value, found.whole, found.part, found.low, found.high)
        elif sort is Sort.MEAN:
            total, whole = rest.pop(0), rest.pop(0)
            cells[measure] = Cell(sort, total / whole if whole else None, whole)
        else:
            cells[measure] = lasting(times.pop(0))
    return cells


def _times(session: Session, asked: Asked, timed: Sequence[Measure]) -> Took:
    """By key the seconds each measure took, one list a measure.

    Read and put in order here: window functions in SQL took longer over many tickets.
    """
    key = key_of(asked.dimension, asked.period).label(KEY)
    columns = [lasted(measure) for measure in timed]
    query = sa.select(key, *columns).where(
        *counted(asked.period, asked.narrowed),
        sa.or_(*(column.is_not(None) for column in columns)),
    )
    found: Took = {}
    for row in session.execute(query):
        lists = found.setdefault(row[0], [[] for _ in timed])
        for place, seconds in enumerate(row[1:]):
            if seconds is not None:
                lists[place].append(seconds)
    return found


def lasting(seconds: list[int]) -> Cell:
    """Median, mean and the nine-tenths mark. Pure."""
    if not seconds:
        return Cell(Sort.TIME, None, 0)
    seconds.sort()
    slow = seconds[(len(seconds) * 9 + 9) // 10 - 1]
    return Cell(
        Sort.TIME, float(median(seconds)), len(seconds), mean=fmean(seconds), slow=float(slow)
    )


@contextmanager
def limited(session: Session, seconds: float = SECONDS) -> Iterator[None]:
    """Give up after so many seconds, whatever the database is; InvalidInput `too_slow`."""
    connection = session.connection()
    own = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    until = time.monotonic() + seconds
    if own is None:
        session.execute(sa.text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
    else:
        own.set_progress_handler(lambda: int(time.monotonic() > until), LOOK_EVERY)
    try:
        yield
    except sa.exc.OperationalError as error:
        raise InvalidInput("report", "too_slow") from error
    finally:
        if own is not None:
            own.set_progress_handler(None, 0)
