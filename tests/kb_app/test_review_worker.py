"""What an outage, a kill or a hanging server leaves behind (O1, O2, Q2, C9)."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from indexer.backend import SearchBackend
from indexer.search import SearchEngine
from kb_app import jobs, questions
from kb_app.file_store import FileStore
from kb_app.health import PATIENCE_SECONDS, ready
from kb_app.job_handlers import HANDLERS
from kb_app.jobs import MOST_ATTEMPTS, Worker
from kb_app.ports import Ports
from kb_app.question_pages import question_page
from kb_app.questions import submit
from models import (
    Job,
    JobKind,
    JobStatus,
    QuestionStatus,
    enqueue,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index
from tests.fakes import MemoryBackend
from tests.kb_app.test_jobs import Postbox, all_jobs, mail_to, make_due
from tests.kb_app.test_questions import asking


def on(ports: Ports, backend: SearchBackend) -> Ports:
    """The same product with another search backend."""
    parts = replace(ports.engine.parts, backend=backend)
    return replace(ports, engine=SearchEngine(parts))


@pytest.fixture
def dark(ports: Ports) -> Ports:
    """Search is out of service, the mail server is not."""
    backend = MemoryBackend()
    backend.broken = True
    return replace(on(ports, backend), mail=Postbox())


def test_it_sends_mails_while_search_is_down(dark: Ports) -> None:
    """O1: a worker that starts during an outage of search does everything else."""
    mail_to(dark, "a@example.com")
    stop = threading.Event()
    worker = threading.Thread(target=Worker(dark).run, args=(stop,))
    worker.start()
    for _ in range(100):
        if dark.mail.sent:  # type: ignore[attr-defined]  # a Postbox
            break
        stop.wait(0.05)
    stop.set()
    worker.join(10)
    assert dark.mail.sent == ["a@example.com"]  # type: ignore[attr-defined]  # a Postbox


def test_it_never_gives_up_what_only_waits_for_search(dark: Ports) -> None:
    """O1 O2: after a long outage every article is indexed, none has used up its attempts."""
    with unit_of_work(dark.database) as session:
        for place in range(3):
            make_article(session, f"密码问题 {place}")
    for _ in range(MOST_ATTEMPTS + 5):
        Worker(dark).step()
        make_due(dark)
    waiting = all_jobs(dark)
    assert {job.status for job in waiting} == {JobStatus.WAITING}
    assert max(job.attempts for job in waiting) == 0


def test_it_keeps_a_mail_for_days_of_outage(ports: Ports) -> None:
    """M3: a mail server may be away for a weekend."""
    waits = [min(2**tried, 3600) for tried in range(1, MOST_ATTEMPTS)]
    assert timedelta(seconds=sum(waits)) > timedelta(days=2, hours=12)


def test_it_lets_one_deadly_job_kill_only_itself(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: a job that kills its worker every time is left to itself, then given up."""
    with unit_of_work(ports.database) as session:
        ids = [make_article(session, f"密码问题 {place}").id for place in range(3)]
        session.execute(sa.update(Job).values(attempts=jobs.SUSPICIOUS))

    class Killed(BaseException):
        pass

    def index(_ports: Ports, batch: list[Job]) -> None:
        if any(job.payload["article_id"] == ids[0] for job in batch):
            raise Killed

    monkeypatch.setitem(HANDLERS, JobKind.INDEX_ARTICLE, index)
    worker = Worker(ports)
    with pytest.raises(Killed):
        worker.step()
    assert worker.step()
    assert worker.step()
    statuses = [job.status for job in all_jobs(ports)]
    assert statuses == [JobStatus.WAITING, JobStatus.DONE, JobStatus.DONE]
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Job).values(attempts=MOST_ATTEMPTS))
    make_due(ports)
    assert worker.step()
    assert all_jobs(ports)[0].status is JobStatus.FAILED


def test_it_answers_a_question_whose_process_was_killed(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Q2 C9: stored, then killed before the look: the worker looks, and only once."""
    publish_articles(ports, ("忘记密码怎么重设", "在登录页点忘记密码。"))
    monkeypatch.setattr(questions, "match", lambda *_: None)
    public_id = submit(ports, people.xiaoai, asking("忘记密码怎么重设"))
    monkeypatch.undo()
    assert question_page(ports, people.xiaoai, public_id).status is QuestionStatus.RECEIVED
    make_due(ports)
    settle_index(ports)
    looked = question_page(ports, people.xiaoai, public_id).status
    assert looked is not QuestionStatus.RECEIVED
    with unit_of_work(ports.database) as session:
        enqueue(session, JobKind.MATCH_QUESTION, question_id=1)
        enqueue(session, JobKind.MATCH_QUESTION, question_id=404)
    settle_index(ports)
    assert question_page(ports, people.xiaoai, public_id).status is looked


def test_it_sweeps_uploads_that_were_cut_off(ports: Ports) -> None:
    """K7: half a file of a killed process goes after a day; a running upload and files stay."""
    folder = ports.config.files_dir
    old, fresh, stored = folder / "upload-old", folder / "upload-new", folder / "ab" / "abc"
    stored.parent.mkdir(parents=True)
    for path in (old, fresh, stored):
        path.write_bytes(b"x")
    for path in (old, stored):
        os.utime(path, (0, 0))
    jobs.tidy(ports)
    assert [path.exists() for path in (old, fresh, stored)] == [False, True, True]
    FileStore(Path("none"), Path("none")).sweep()


class Hanging(MemoryBackend):
    """A server that takes the question and never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.go_on = threading.Event()

    def healthy(self) -> bool:
        """Hang."""
        self.asked += 1
        return self.go_on.wait(20)


def test_it_is_ready_at_once_while_search_hangs(ports: Ports) -> None:
    """O2: a probe waits half a second, not for all the retries; one question at a time."""
    backend = Hanging()
    hung = on(ports, backend)
    began = time.monotonic()
    for _ in range(2):
        found = ready(hung)
        assert (found.ok, found.search) == (True, False)
    assert time.monotonic() - began < 2 * PATIENCE_SECONDS + 1
    assert backend.asked == 1
    backend.go_on.set()
    time.sleep(0.05)
    assert ready(hung).search


def test_it_looks_for_work_without_taking_the_write_lock(ports: Ports) -> None:
    """O1: an idle worker polls seven times a second; that must not hold up anybody's writing."""
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(Job))
        assert not Worker(ports).step()
