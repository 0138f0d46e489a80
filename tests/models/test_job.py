"""Jobs: written with their cause, leased in order, one kind at a time (O1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import Database, Job, JobKind, JobStatus, enqueue, lease, reading, unit_of_work, utcnow


def _leased(database: Database, worker: str = "w", limit: int = 10) -> list[Job]:
    with unit_of_work(database) as session:
        return lease(session, worker, limit, seconds=60)


def _promise_and_fail(session: Session) -> None:
    enqueue(session, JobKind.SEND_MAIL, to="a@example.com")
    session.flush()
    raise RuntimeError


def test_it_forgets_a_job_whose_cause_was_rolled_back(database: Database) -> None:
    """O1: no mail about something that never happened."""
    with pytest.raises(RuntimeError), unit_of_work(database) as session:
        _promise_and_fail(session)
    assert _leased(database) == []


def test_it_leases_only_what_is_due(database: Database) -> None:
    """T1: a ticket that closes in three days is left alone until then."""
    with unit_of_work(database) as session:
        enqueue(session, JobKind.CLOSE_TICKET, run_after=utcnow() + timedelta(days=3))
        due = enqueue(session, JobKind.CLOSE_TICKET, run_after=utcnow() - timedelta(seconds=1))
    assert [job.id for job in _leased(database)] == [due.id]


def test_it_leases_the_kind_of_the_oldest_job_in_order(database: Database) -> None:
    """O1: a batch is of one kind, the longest waiting first."""
    now = utcnow()
    with unit_of_work(database) as session:
        second = enqueue(session, JobKind.SEND_MAIL, run_after=now - timedelta(seconds=5))
        enqueue(session, JobKind.REINDEX, run_after=now - timedelta(seconds=7))
        first = enqueue(session, JobKind.SEND_MAIL, run_after=now - timedelta(seconds=9))
        session.flush()
        ids = [first.id, second.id]
    assert [job.id for job in _leased(database)] == ids
    assert [job.kind for job in _leased(database)] == [JobKind.REINDEX]


def test_it_leases_no_more_than_asked_for(database: Database) -> None:
    """O1: two workers share a long queue."""
    with unit_of_work(database) as session:
        for _ in range(5):
            enqueue(session, JobKind.REINDEX)
    first, second = _leased(database, "a", 3), _leased(database, "b", 3)
    assert (len(first), len(second)) == (3, 2)
    assert {job.id for job in first}.isdisjoint(job.id for job in second)
    assert {job.leased_by for job in second} == {"b"}


@pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.FAILED])
def test_it_never_leases_what_is_over(database: Database, status: JobStatus) -> None:
    """O1: done and given up stay so."""
    with unit_of_work(database) as session:
        enqueue(session, JobKind.REINDEX).status = status
    assert _leased(database) == []


def test_it_moves_a_leased_job_out_of_the_way_for_the_lease(database: Database) -> None:
    """O1: the lease is a time, so a killed worker's job comes back by itself."""
    with unit_of_work(database) as session:
        enqueue(session, JobKind.REINDEX)
    before = utcnow()
    _leased(database)
    with reading(database) as session:
        job = session.scalars(sa.select(Job)).one()
    assert before + timedelta(seconds=59) < job.run_after < utcnow() + timedelta(seconds=61)
    assert job.status is JobStatus.WAITING
    assert job.attempts == 1
