"""What a unit of work promises, on SQLite and PostgreSQL (O1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from models import (
    Article,
    ArticleAccess,
    AuditEntry,
    Database,
    Job,
    JobKind,
    QuestionShown,
    ShownKind,
    TicketEvent,
    Vote,
    connect,
    enqueue,
    lease,
    reading,
    reading_in_turn,
    unit_of_work,
    utcnow,
)
from models.migrate import is_current, migrate
from tests.factories import make_article
from tests.factories_tickets import make_ticket


def _article(database: Database) -> int:
    with unit_of_work(database) as session:
        return make_article(session, "忘记密码怎么办").id


def test_it_keeps_nothing_of_a_unit_of_work_that_raised(any_database: Database) -> None:
    """O1: a use case happens whole or not at all."""
    with pytest.raises(RuntimeError), unit_of_work(any_database) as session:
        make_article(session, "半篇")
        raise RuntimeError
    with reading(any_database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Article)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_it_enforces_foreign_keys(any_database: Database) -> None:
    """O1: SQLite too refuses a row that points nowhere."""
    with pytest.raises(IntegrityError), unit_of_work(any_database) as session:
        session.add(ArticleAccess(article_id=404, key="public"))
    with pytest.raises(IntegrityError), unit_of_work(any_database) as session:
        session.add(
            QuestionShown(
                question_id=404, kind=ShownKind.ARTICLE, target_id=1, position=1, score=1.0
            )
        )


def test_it_refuses_a_second_vote_of_one_person(any_database: Database) -> None:
    """K3: one vote per person and article is a rule of the database itself."""
    article_id = _article(any_database)
    with pytest.raises(IntegrityError), unit_of_work(any_database) as session:
        for _ in range(2):
            session.add(Vote(article_id=article_id, voter_key="u:1", value=1))
            session.flush()


def test_it_notices_when_two_people_change_one_article(any_database: Database) -> None:
    """K6: the second of two edits of the same version is refused."""
    article_id = _article(any_database)
    with reading(any_database) as session:
        stale = session.get_one(Article, article_id)
    with unit_of_work(any_database) as session:
        session.get_one(Article, article_id).title = "先保存的"
    with pytest.raises(StaleDataError), unit_of_work(any_database) as session:
        session.add(stale)
        stale.title = "后保存的"


def test_it_keeps_times_in_utc_and_refuses_naive_ones(any_database: Database) -> None:
    """T5: a time means the same moment wherever it was written."""
    beijing = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    with unit_of_work(any_database) as session:
        job = enqueue(session, JobKind.REINDEX, run_after=beijing)
    with reading(any_database) as session:
        assert session.get_one(Job, job.id).run_after == datetime(2026, 1, 1, tzinfo=UTC)
    naive = beijing.replace(tzinfo=None)
    with pytest.raises(sa.exc.StatementError), unit_of_work(any_database) as session:
        enqueue(session, JobKind.REINDEX, run_after=naive)


@pytest.mark.parametrize("table", [AuditEntry, TicketEvent])
@pytest.mark.parametrize("deed", ["update", "delete"])
def test_it_refuses_to_rewrite_history(
    any_database: Database, table: type[AuditEntry | TicketEvent], deed: str
) -> None:
    """T1 O3: the log cannot be edited, not even by SQL."""
    with unit_of_work(any_database) as session:
        ticket = make_ticket(session)
        session.add(AuditEntry(action="a", subject="b"))
        session.add(TicketEvent(ticket_id=ticket.id, action="created"))
    statement = sa.update(table).values(action="forged") if deed == "update" else sa.delete(table)
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work(any_database) as session:
        session.execute(statement)


def test_it_leases_a_job_to_one_worker_only(any_database: Database) -> None:
    """O1: two workers never hold the same job, and a dead worker's job comes back."""
    with unit_of_work(any_database) as session:
        enqueue(session, JobKind.REINDEX)
    with unit_of_work(any_database) as session:
        assert len(lease(session, "first", 10, seconds=60)) == 1
    with unit_of_work(any_database) as session:
        assert lease(session, "second", 10, seconds=60) == []
        session.execute(sa.update(Job).values(run_after=utcnow()))
    with unit_of_work(any_database) as session:
        [job] = lease(session, "second", 10, seconds=60)
        assert job.attempts == 2


def test_it_migrates_twice_without_harm(any_database: Database) -> None:
    """O2: a start may always migrate."""
    migrate(any_database)
    assert is_current(any_database)


def test_only_so_many_look_at_a_file_at_once(tmp_path: Path) -> None:
    """K1 O1: a third look waits until one of two is done; on a server nobody waits."""
    database = connect(f"sqlite:///{tmp_path / 'turns.db'}")
    with ThreadPoolExecutor(1) as pool:
        with reading_in_turn(database), reading_in_turn(database):
            third = pool.submit(_looked, database)
            with pytest.raises(TimeoutError):
                third.result(0.3)
        assert third.result(10) == 1
    database.dispose()


def _looked(database: Database) -> int:
    with reading_in_turn(database) as session:
        return session.scalar(sa.text("SELECT 1")) or 0
