"""The log of searches: at once or in the background, and no click is lost by it (K4 K10)."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from kb_app import search_journal
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.search_journal import Searched, SearchJournal
from kb_app.usage import Origin, opened
from models import (
    Article,
    Database,
    SearchClick,
    SearchLog,
    SearchSource,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import publish_articles


def searched(query: str = "密码") -> Searched:
    """A search by somebody."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Searched(query, SearchSource.PAGE, "v:somebody", 1, [1], 2.5, now)


def stored(database: Database) -> dict[int, str]:
    """Every row: number and query."""
    with reading(database) as session:
        return dict(session.execute(sa.select(SearchLog.id, SearchLog.query)).all())


@pytest.fixture
def started(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> SearchJournal:
    """A journal that writes in the background, but not before it is told to."""
    monkeypatch.setattr(search_journal, "FLUSH_SECONDS", 3600.0)
    journal = SearchJournal(any_database)
    journal.start()
    return journal


def test_it_writes_at_once_until_started(any_database: Database) -> None:
    """K10: a command or a test sees what it did."""
    number = SearchJournal(any_database).note(searched())
    assert stored(any_database) == {number: "密码"}


def test_it_numbers_at_once_and_writes_later(
    any_database: Database, started: SearchJournal
) -> None:
    """K10: a page knows its search before the row exists; an orderly end loses none."""
    numbers = [started.note(searched(f"第{n}个")) for n in range(5)]
    assert len(set(numbers)) == 5
    assert len(stored(any_database)) == 1  # the first one fetched the numbers
    started.close()
    assert stored(any_database) == {number: f"第{n}个" for n, number in enumerate(numbers)}


def test_it_never_gives_a_number_twice(any_database: Database, started: SearchJournal) -> None:
    """K10: two processes and a plain insert beside them."""
    other = SearchJournal(any_database)
    other.start()
    numbers = []
    for _ in range(10):
        numbers += [started.note(searched()), other.note(searched())]
        numbers.append(SearchJournal(any_database).note(searched()))
    started.close()
    other.close()
    assert sorted(numbers) == sorted(stored(any_database))


def test_it_numbers_for_many_threads(any_database: Database, started: SearchJournal) -> None:
    """K10: sixteen people searching at once."""
    numbers: list[int] = []

    def work() -> None:
        numbers.extend(started.note(searched()) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    started.close()
    assert len(set(numbers)) == 160
    assert sorted(numbers) == sorted(stored(any_database))


def test_it_keeps_what_cannot_be_written_yet(
    any_database: Database, started: SearchJournal
) -> None:
    """K10: a database that is away for a moment costs nothing."""
    first = started.note(searched())
    second = started.note(searched("后来"))
    with any_database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE search_log RENAME TO elsewhere")
    started.close()
    with any_database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO search_log")
    started.close()
    assert set(stored(any_database)) == {first, second}


def test_a_click_finds_a_search_that_is_not_written_yet(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K4: whoever is quicker than the log is counted all the same."""
    monkeypatch.setattr(search_journal, "FLUSH_SECONDS", 3600.0)
    [article_id] = publish_articles(ports, ("忘记密码怎么重设", "点忘记密码"))
    ports.journal.start()
    find(ports, people.xiaoai, SearchForm("忘记密码"))
    search_id = find(ports, people.xiaoai, SearchForm("忘记密码")).search_id
    assert search_id not in stored(ports.database)
    opened(ports, people.xiaoai, article_id, Origin(search_id or 0, 1))
    with unit_of_work(ports.database) as session:
        [click] = session.scalars(sa.select(SearchClick))
        assert (click.search_id, click.article_id) == (search_id, article_id)
        stats = session.get_one(Article, article_id).stats
        assert stats is not None
        assert stats.clicks == 1
