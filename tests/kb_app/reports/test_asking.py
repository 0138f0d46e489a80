"""Figures of tickets, worked out by hand; the same on both databases (T10 O1)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from kb_app.errors import InvalidInput
from kb_app.insight.period import Period
from kb_app.reports import moments
from kb_app.reports.asking import Asked, Cells, ask, limited
from kb_app.reports.catalogue import Dimension, Measure, Narrowed
from kb_app.reports.naming import rows_of
from models import Database, Role, TicketStatus, reading, unit_of_work
from tests.factories import make_user
from tests.kb_app.reports.tickets import NOON, handled, reopened

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), 0, SHANGHAI)
LATER = NOON + timedelta(days=60)
EVERY = tuple(Measure)


def _ask(
    database: Database, *measures: Measure, by: Dimension = Dimension.NONE, period: Period = MARCH
) -> dict[object, Cells]:
    with reading(database) as session:
        return ask(session, Asked(measures, by, period), LATER).rows


def test_it_tells_medians_beside_means(any_database: Database) -> None:
    """T10: one ticket that took a week does not make everybody look slow."""
    with unit_of_work(any_database) as session:
        agent = make_user(session, "阿博", Role.AGENT).id
        for minutes in (10, 20, 30, 10_000):
            handled(session, agent, minutes, minutes * 2)
        handled(session, agent)
    cells = _ask(any_database, Measure.FIRST_REPLY, Measure.RESOLUTION, by=Dimension.AGENT)[agent]
    first = cells[Measure.FIRST_REPLY]
    assert (first.value, first.whole, first.slow) == (25 * 60, 4, 10_000 * 60)
    assert first.mean == pytest.approx(2_515 * 60)
    assert cells[Measure.RESOLUTION].value == 50 * 60
    assert first.few


def test_it_counts_shares_of_what_they_are_shares_of(any_database: Database) -> None:
    """T10: satisfied is of the rated, reopened of all; intervals stand beside."""
    with unit_of_work(any_database) as session:
        agent = make_user(session, "阿博", Role.AGENT).id
        again = handled(session, agent, 5, 60, rating=5)
        reopened(session, again)
        reopened(session, again)
        handled(session, agent, 5, 60, rating=2)
        handled(session, agent, 5, 60)
        handled(session, agent)
    cells = _ask(any_database, *EVERY)[0]
    assert cells[Measure.TICKETS].value == 4
    assert (cells[Measure.SOLVED].value, cells[Measure.OPEN].value) == (3, 1)
    assert (cells[Measure.REOPENED].part, cells[Measure.REOPENED].whole) == (1, 4)
    assert (cells[Measure.SATISFIED].part, cells[Measure.SATISFIED].whole) == (1, 2)
    assert (cells[Measure.RATED].part, cells[Measure.RATED].whole) == (2, 3)
    assert cells[Measure.RATING].value == pytest.approx(3.5)
    assert cells[Measure.SATISFIED].low < 0.5 < cells[Measure.SATISFIED].high
    assert cells[Measure.RESPONSE_KEPT].value is None


def test_it_leaves_out_what_is_hidden_or_merged(any_database: Database) -> None:
    """T10: a ticket is counted once, and spam never."""
    with unit_of_work(any_database) as session:
        kept = handled(session, None)
        handled(session, None, status=TicketStatus.DELETED)
        handled(session, None, status=TicketStatus.QUARANTINED)
        handled(session, None, status=TicketStatus.CLOSED, merged_into_id=kept.id)
    assert _ask(any_database, Measure.TICKETS)[0][Measure.TICKETS].value == 1


def test_it_answers_every_question_of_the_catalogue(any_database: Database) -> None:
    """T10 O1: whatever can be chosen in the builder can be asked of both databases."""
    with unit_of_work(any_database) as session:
        handled(session, make_user(session, "阿博", Role.AGENT).id, 5, 60, rating=4)
    narrow = Narrowed(1, 1, frozenset({1}), frozenset({1}), "web", 3)
    for measure, way in product(Measure, Dimension):
        with reading(any_database) as session:
            asked = Asked((measure,), way, MARCH)
            rows = rows_of(session, asked, ask(session, asked, LATER).rows)
            assert sum(row.cells[measure].value is not None for row in rows) >= 0
            assert rows
            ask(session, Asked((measure,), way, MARCH, narrow), LATER)


def test_it_reads_the_clock_of_the_site(any_database: Database) -> None:
    """T10: late on the 31st in UTC is the 1st of the next month in Shanghai."""
    late = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)
    with unit_of_work(any_database) as session:
        handled(session, None, created_at=late)
        handled(session, None, created_at=late + timedelta(minutes=1))
        handled(session, None, created_at=NOON)
    by_day = _ask(any_database, Measure.TICKETS, by=Dimension.DAY)
    days = {moments.day_named(key).isoformat() for key in by_day if isinstance(key, int)}
    assert days == {"2026-03-10", "2026-03-31"}
    assert set(_ask(any_database, Measure.TICKETS, by=Dimension.HOUR)) == {12, 23}
    assert set(_ask(any_database, Measure.TICKETS, by=Dimension.WEEKDAY)) == {1}


def test_it_follows_clocks_that_change(any_database: Database) -> None:
    """T10: in Berlin the 29th of March 2026 has one hour less; hours stay those of the wall."""
    period = Period(date(2026, 3, 1), date(2026, 3, 31), 0, BERLIN)
    with unit_of_work(any_database) as session:
        handled(session, None, created_at=datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
        handled(session, None, created_at=datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    assert set(_ask(any_database, Measure.TICKETS, by=Dimension.HOUR, period=period)) == {1, 3}
    assert len(moments.offsets(period)) == 2


def test_it_names_every_day_though_nothing_happened(database: Database) -> None:
    """T10: a chart over days has no holes."""
    asked = Asked((Measure.TICKETS, Measure.RATING), Dimension.DAY, MARCH)
    with reading(database) as session:
        rows = rows_of(session, asked, ask(session, asked, LATER).rows)
    assert [row.name for row in rows][::30] == ["2026-03-01", "2026-03-31"]
    assert rows[0].cells[Measure.TICKETS].value == 0
    assert rows[0].cells[Measure.RATING].value is None


def test_it_gives_up_what_takes_too_long(any_database: Database) -> None:
    """T10: a report never keeps the site busy; the reader is told to ask for less."""
    with unit_of_work(any_database) as session:
        for _ in range(300):
            handled(session, None)
    with (
        reading(any_database) as session,
        pytest.raises(InvalidInput, match="too_slow"),
        limited(session, 0.05),
    ):
        session.connection().exec_driver_sql(
            "select count(*) from ticket a, ticket b, ticket c, ticket d"
        )
    assert _ask(any_database, Measure.TICKETS)[0][Measure.TICKETS].value == 300
