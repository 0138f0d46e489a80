"""The worker: nothing is lost, nothing is held up, nothing is done by two (O1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from indexer import sync
from indexer.backend import Changes
from indexer.search import IndexParts, SearchEngine
from kb_app import indexing
from kb_app.job_handlers import HANDLERS
from kb_app.jobs import LEASE_SECONDS, MOST_ATTEMPTS, Worker, drain, tidy, waiting
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from models import (
    Article,
    Job,
    JobKind,
    JobStatus,
    enqueue,
    reading,
    unit_of_work,
    utcnow,
    visitor,
)
from tests.factories import make_article
from ticket_bridge.mail.sender import MailFailed, OutgoingMail


class Postbox:
    """Keeps what it is given; refuses an address that says so."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.tried: list[str] = []

    def send(self, mail: OutgoingMail) -> None:
        """Take the mail, or fail as a server would."""
        self.tried.append(mail.to)
        if mail.to.startswith("bad"):
            raise MailFailed("550 no such user")
        self.sent.append(mail.to)


@pytest.fixture
def post() -> Postbox:
    """The mail server of a test."""
    return Postbox()


@pytest.fixture
def office(ports: Ports, post: Postbox) -> Ports:
    """The product with that mail server."""
    return replace(ports, mail=post)


def mail_to(ports: Ports, *addresses: str) -> None:
    """Jobs for mails to these addresses, oldest first."""
    with unit_of_work(ports.database) as session:
        for address in addresses:
            enqueue(session, JobKind.SEND_MAIL, to=address, subject="你好", body="正文")


def all_jobs(ports: Ports) -> list[Job]:
    """Every job, oldest first."""
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(Job).order_by(Job.id)))


def make_due(ports: Ports) -> None:
    """Let the waiting be over."""
    waiting_now = sa.update(Job).where(Job.status == JobStatus.WAITING)
    with unit_of_work(ports.database) as session:
        session.execute(waiting_now.values(run_after=utcnow() - timedelta(seconds=1)))


def test_it_has_a_handler_for_every_kind() -> None:
    """O1: no job is written that nobody can do."""
    assert set(HANDLERS) == set(JobKind)


def test_it_does_what_is_due_and_marks_it_done(office: Ports, post: Postbox) -> None:
    """O1: done once, and not again."""
    mail_to(office, "a@example.com", "b@example.com")
    worker = Worker(office)
    assert worker.step()
    assert not worker.step()
    assert post.sent == ["a@example.com", "b@example.com"]
    assert {job.status for job in all_jobs(office)} == {JobStatus.DONE}
    assert all(job.finished_at for job in all_jobs(office))


def test_it_backs_off_while_the_others_proceed(office: Ports, post: Postbox) -> None:
    """O1: a mail that cannot be sent waits longer and longer, the others go out."""
    mail_to(office, "a@example.com", "bad@example.com", "c@example.com")
    worker = Worker(office)
    waits = []
    for _ in range(4):
        worker.step()
        bad = all_jobs(office)[1]
        waits.append((bad.run_after - utcnow()).total_seconds())
        make_due(office)
    assert post.sent == ["a@example.com", "c@example.com"]
    assert waits == pytest.approx([2, 4, 8, 16], abs=1.5)
    assert "550 no such user" in bad.last_error
    assert (bad.status, bad.attempts) == (JobStatus.WAITING, 4)


def test_it_gives_up_in_the_end_and_keeps_the_job(office: Ports, post: Postbox) -> None:
    """O1: twelve times in vain is enough; what failed stays to be looked at."""
    mail_to(office, "bad@example.com")
    worker = Worker(office)
    for _ in range(MOST_ATTEMPTS + 3):
        worker.step()
        make_due(office)
    [job] = all_jobs(office)
    assert (job.status, len(post.tried)) == (JobStatus.FAILED, MOST_ATTEMPTS)
    assert waiting(office) == 0


def test_it_waits_an_hour_at_most(office: Ports) -> None:
    """O1: the wait stops growing."""
    mail_to(office, "bad@example.com")
    with unit_of_work(office.database) as session:
        session.execute(sa.update(Job).values(attempts=MOST_ATTEMPTS - 2))
    Worker(office).step()
    wait = all_jobs(office)[0].run_after - utcnow()
    assert timedelta(minutes=30) < wait <= timedelta(hours=1)


class Poisoned:
    """A backend that cannot take one of the documents."""

    def __init__(self, parts: IndexParts, poison: str) -> None:
        self._real = parts.backend
        self._poison = poison

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    def apply(self, changes: Changes) -> None:
        """Refuse the batch that holds the poison."""
        if any(document.doc_id == self._poison for document in changes.upserts):
            raise ValueError("cannot be indexed")
        self._real.apply(changes)


def _with_backend(ports: Ports, backend: Any) -> Ports:
    parts = replace(ports.engine.parts, backend=backend)
    return replace(ports, engine=SearchEngine(parts))


def test_it_indexes_the_others_of_a_batch_with_one_poisoned(ports: Ports) -> None:
    """O1: a single article that cannot be indexed does not keep the others from search."""
    drain(ports)
    with unit_of_work(ports.database) as session:
        ids = [make_article(session, f"密码问题 {place}", "密码").id for place in range(5)]
    sick = _with_backend(ports, Poisoned(ports.engine.parts, f"a:{ids[2]}"))
    assert Worker(sick).step()
    ports.engine.refresh()
    found = find(ports, visitor("v"), SearchForm("密码")).rows
    assert {row.article_id for row in found} == set(ids) - {ids[2]}
    statuses = [job.status for job in all_jobs(ports)]
    assert statuses.count(JobStatus.DONE) == 4
    assert all_jobs(ports)[2].status is JobStatus.WAITING
    make_due(ports)
    drain(ports)
    ports.engine.refresh()
    assert len(find(ports, visitor("v"), SearchForm("密码")).rows) == 5


def test_it_repairs_a_kill_between_index_and_database(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1 O2: the backend has it, the entry was never written: running again makes it right."""
    drain(ports)
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "忘记密码", "点忘记密码").id

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sync, "write_entries", die)
    with pytest.raises(KeyboardInterrupt):
        Worker(ports).step()
    monkeypatch.undo()
    assert not indexing.audit(ports).ok
    assert not Worker(ports).step()
    make_due(ports)
    drain(ports)
    ports.engine.refresh()
    rows = find(ports, visitor("v"), SearchForm("忘记密码")).rows
    assert [row.article_id for row in rows] == [article_id]
    assert indexing.audit(ports).ok


def test_it_never_gives_one_job_to_two_workers(office: Ports, post: Postbox) -> None:
    """O1 M3: six workers on one queue send every mail exactly once."""
    addresses = [f"p{place}@example.com" for place in range(60)]
    mail_to(office, *addresses)
    gate = threading.Barrier(6)

    def work(place: int) -> None:
        worker = Worker(office, f"w{place}")
        gate.wait()
        while worker.step():
            pass

    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(post.sent) == sorted(addresses)


def test_it_gives_back_what_it_cannot_do_within_its_lease(
    office: Ports, post: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1 M3: slow mails do not outlive the lease, or a second worker would send them too."""
    mail_to(office, *(f"p{place}@example.com" for place in range(5)))
    began, pace = time.monotonic(), 0.45 * LEASE_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: began + pace * len(post.sent))
    Worker(office).step()
    monkeypatch.undo()
    assert len(post.sent) == 2
    rest = [job for job in all_jobs(office) if job.status is JobStatus.WAITING]
    assert [(job.attempts, job.run_after <= utcnow()) for job in rest] == [(0, True)] * 3
    Worker(office, "second").step()
    assert len(post.sent) == len(set(post.sent)) == 5


def test_it_outlives_anything_a_job_raises(office: Ports, post: Postbox) -> None:
    """O1: the loop goes on, and stops when told to."""
    drain(office)
    with unit_of_work(office.database) as session:
        enqueue(session, JobKind.INDEX_ARTICLE)
    mail_to(office, "a@example.com")
    stop = threading.Event()
    worker = threading.Thread(target=Worker(office).run, args=(stop,))
    worker.start()
    for _ in range(200):
        if post.sent:
            break
        stop.wait(0.05)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()
    assert post.sent == ["a@example.com"]
    assert "KeyError" in all_jobs(office)[0].last_error


def test_it_forgets_old_work_but_never_failed_work(office: Ports) -> None:
    """O1 O3: done jobs go after a day, with the addresses in them; failures stay."""
    mail_to(office, "a@example.com", "b@example.com", "c@example.com")
    with unit_of_work(office.database) as session:
        old, fresh, failed = session.scalars(sa.select(Job).order_by(Job.id))
        old.status = fresh.status = JobStatus.DONE
        old.finished_at = utcnow() - timedelta(days=2)
        fresh.finished_at = utcnow()
        failed.status, failed.finished_at = JobStatus.FAILED, utcnow() - timedelta(days=90)
        kept = [fresh.id, failed.id]
    tidy(office)
    assert [job.id for job in all_jobs(office)] == kept


def test_it_rebuilds_by_job(ports: Ports, tmp_path: Path) -> None:
    """O2: a reindex is a job like any other, and harmless when run twice."""
    drain(ports)
    with unit_of_work(ports.database) as session:
        make_article(session, "忘记密码", "点忘记密码")
        session.execute(sa.delete(Job))
        for _ in range(2):
            enqueue(session, JobKind.REINDEX)
    drain(ports)
    ports.engine.refresh()
    assert find(ports, visitor("v"), SearchForm("忘记密码")).total == 1
    assert indexing.audit(ports).ok


def test_it_ignores_a_job_for_what_is_gone(ports: Ports) -> None:
    """O1: an article that was erased meanwhile is no error."""
    drain(ports)
    with unit_of_work(ports.database) as session:
        make_article(session, "忘记密码")
        session.execute(sa.delete(Article))
        enqueue(session, JobKind.CLOSE_TICKET, ticket_id=404)
        enqueue(session, JobKind.INDEX_QUESTION, question_id=404)
    drain(ports)
    statuses: Sequence[JobStatus] = [job.status for job in all_jobs(ports)]
    assert set(statuses) == {JobStatus.DONE}
