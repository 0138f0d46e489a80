"""The worker: leases jobs, runs their handlers, backs off on failure.

Delivery is at least once; every handler is harmless when run twice. A batch that fails
is tried again one by one, so a single bad job cannot hold up the others. An outage of
search is nobody's fault: its jobs wait for its end, everything else goes on.
"""

from __future__ import annotations

import math
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from indexer.backend import SearchUnavailable
from kb_app import (
    article_due,
    desk_upkeep,
    extracting,
    index_health,
    indexing,
    recutting,
    retention,
)
from kb_app.content_upkeep import keep_content
from kb_app.events import Event, happened
from kb_app.insight.upkeep import upkeep
from kb_app.job_handlers import HANDLERS, LONG_LEASES, MAIL, ONE_AT_A_TIME, QUICK, SLOW
from kb_app.learning.upkeep import keep_learning
from kb_app.made_pages import make_ahead
from kb_app.mail.watching import Watch
from kb_app.ports import Ports
from models import (
    ALL_KINDS,
    Job,
    JobKind,
    JobStatus,
    lease,
    reading,
    something_due,
    unit_of_work,
    utcnow,
)

POLL_SECONDS = 0.15
ENCODE_LOOK = 2.0
LEASE_SECONDS = 30.0
SLOW_GOODBYE_SECONDS = 5.0
BATCH = 200
# Waits of 2, 4, 8 … seconds, then of an hour: about three days, as mail servers are used to.
MOST_ATTEMPTS = 80
SUSPICIOUS = 3
LONGEST_WAIT = timedelta(hours=1)
OUTAGE_WAIT = timedelta(seconds=15)
KEEP_DONE = timedelta(days=1)
TIDY_EVERY = timedelta(minutes=10)
STUMBLE_SECONDS = 2.0
WAITS = 12
KILLED = "killed its worker again and again"


@dataclass
class Worker:
    """One worker; several may run on one database, in one process or many."""

    ports: Ports
    name: str = ""
    kinds: frozenset[JobKind] = ALL_KINDS

    def __post_init__(self) -> None:
        self._encode_from = 0.0
        self.name = self.name or f"{os.getpid()}-{secrets.token_hex(3)}"

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, in threads of their own: slow work and mail hold up nothing."""
        slow = Worker(self.ports, f"{self.name}-slow", SLOW)
        beside = threading.Thread(
            target=slow._loop,
            args=(
                stop,
                (
                    _Chore(extracting.catch_up, TIDY_EVERY, TIDY_EVERY),
                    _Chore(index_health.schedule, TIDY_EVERY, TIDY_EVERY),
                    _Chore(upkeep, TIDY_EVERY, TIDY_EVERY),
                    _Chore(keep_learning, TIDY_EVERY, TIDY_EVERY),
                    _Chore(retention.sweep, TIDY_EVERY, TIDY_EVERY),
                    _Chore(desk_upkeep.tend_slowly, TIDY_EVERY, TIDY_EVERY),
                ),
            ),
            name="slow-worker",
            daemon=True,
        )
        beside.start()
        for kind in sorted(MAIL):
            mail = Worker(self.ports, f"{self.name}-{kind}", frozenset({kind}))
            threading.Thread(target=mail._loop, args=(stop, ()), daemon=True).start()
        threading.Thread(target=Watch(self.ports).run, args=(stop,), daemon=True).start()
        self.kinds &= QUICK
        self._loop(
            stop,
            (
                _Chore(indexing.ensure_index, OUTAGE_WAIT),
                _Chore(index_health.watch, OUTAGE_WAIT, index_health.LOOK_EVERY),
                _Chore(tidy, TIDY_EVERY, TIDY_EVERY),
                _Chore(article_due.catch_up, OUTAGE_WAIT, TIDY_EVERY),
                _Chore(desk_upkeep.tend, OUTAGE_WAIT, desk_upkeep.LOOK_EVERY),
                _Chore(recutting.notice, OUTAGE_WAIT, recutting.LOOK_EVERY),
            ),
        )
        # A reading under way ends with the process; its lease lets another begin it again.
        beside.join(SLOW_GOODBYE_SECONDS)

    def _loop(self, stop: threading.Event, chores: Sequence[_Chore]) -> None:
        """Step until told to stop; nothing a job raises ends the loop."""
        happened(Event.WORKER_STARTED, worker=self.name)
        while not stop.is_set():
            try:
                for chore in chores:
                    chore.do(self.ports)
                busy = self.step() or self._encoded_some()
                pause = POLL_SECONDS
            except Exception as error:  # noqa: BLE001  the worker loop outlives anything
                happened(Event.WORKER_STUMBLED, worker=self.name, error=type(error).__name__)
                busy, pause = False, STUMBLE_SECONDS
            if not busy:
                stop.wait(pause)
        happened(Event.WORKER_STOPPED, worker=self.name)

    def _encoded_some(self) -> bool:
        """Encode a batch; when nothing was left, the next look is ENCODE_LOOK later."""
        if time.monotonic() < self._encode_from or JobKind.INDEX_ARTICLE not in self.kinds:
            return False
        if indexing.encode_some(self.ports) or make_ahead(self.ports):
            return True
        self._encode_from = time.monotonic() + ENCODE_LOOK
        return False

    def step(self) -> bool:
        """Lease and run one batch; False when nothing was due."""
        began = time.monotonic()
        jobs = self._leased()
        if not jobs:
            return False
        together = jobs[0].kind not in ONE_AT_A_TIME
        if together and self._try(jobs):
            return True
        for place, job in enumerate(jobs):
            if time.monotonic() - began > LEASE_SECONDS / 2:
                self._give_back(jobs[place:])
                break
            self._try([job])
        return True

    def _leased(self) -> list[Job]:
        """The next batch; one that was tried often goes alone: it may have killed its worker."""
        with reading(self.ports.database) as session:
            if not something_due(session, self.kinds):
                return []
        with unit_of_work(self.ports.database) as session:
            jobs = lease(session, self.name, BATCH, LEASE_SECONDS, self.kinds)
            for job in jobs:
                if job.kind in LONG_LEASES:
                    job.run_after = utcnow() + LONG_LEASES[job.kind]
        often = [job for job in jobs if job.attempts > SUSPICIOUS]
        if not often or len(jobs) == 1:
            return jobs
        self._give_back([job for job in jobs if job is not often[0]])
        return often[:1]

    def _try(self, jobs: Sequence[Job]) -> bool:
        """Run the handler; True when these jobs need no more attention now."""
        try:
            if jobs[0].attempts > MOST_ATTEMPTS:
                raise RuntimeError(KILLED)
            HANDLERS[jobs[0].kind](self.ports, jobs)
        except SearchUnavailable as error:
            self._wait_for_search(jobs, error)
            return True
        except Exception as error:  # noqa: BLE001  a handler must not end the worker
            if len(jobs) == 1:
                self._failed(jobs[0], error)
            return False
        self._done(jobs)
        return True

    def _give_back(self, jobs: Sequence[Job]) -> None:
        """Untouched jobs whose lease could end before their turn: another may have them."""
        with unit_of_work(self.ports.database) as session:
            session.execute(
                sa.update(Job)
                .where(Job.id.in_([job.id for job in jobs]), Job.leased_by == self.name)
                .values(run_after=utcnow(), attempts=Job.attempts - 1)
            )

    def _done(self, jobs: Sequence[Job]) -> None:
        with unit_of_work(self.ports.database) as session:
            session.execute(
                sa.update(Job)
                .where(Job.id.in_([job.id for job in jobs]))
                .values(status=JobStatus.DONE, finished_at=utcnow(), last_error="")
            )

    def _wait_for_search(self, jobs: Sequence[Job], error: SearchUnavailable) -> None:
        """All of them stay, and none of them comes nearer to being given up."""
        with unit_of_work(self.ports.database) as session:
            session.execute(
                sa.update(Job)
                .where(Job.id.in_([job.id for job in jobs]), Job.status == JobStatus.WAITING)
                .values(
                    run_after=utcnow() + OUTAGE_WAIT,
                    attempts=Job.attempts - 1,
                    last_error=f"{type(error).__name__}: {error}"[:1000],
                )
            )
        happened(Event.SEARCH_AWAITED, jobs=len(jobs), kind=jobs[0].kind)

    def _failed(self, job: Job, error: Exception) -> None:
        gave_up = job.attempts >= MOST_ATTEMPTS
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(job.attempts, WAITS)))
        with unit_of_work(self.ports.database) as session:
            session.execute(
                sa.update(Job)
                .where(Job.id == job.id, Job.status == JobStatus.WAITING)
                .values(
                    status=JobStatus.FAILED if gave_up else JobStatus.WAITING,
                    run_after=utcnow() + wait,
                    last_error=f"{type(error).__name__}: {error}"[:1000],
                )
            )
        event = Event.JOB_GAVE_UP if gave_up else Event.JOB_FAILED
        happened(event, job=job.id, kind=job.kind, error=type(error).__name__)


@dataclass
class _Chore:
    """What a worker does beside its jobs; `every` None is once. A failure is tried again."""

    deed: Callable[[Ports], object]
    after_failure: timedelta
    every: timedelta | None = None
    due: float = 0.0

    def do(self, ports: Ports) -> None:
        """Do it when it is due; search being out of service stops nothing else."""
        if time.monotonic() < self.due:
            return
        wait = self.after_failure.total_seconds()
        try:
            self.deed(ports)
            wait = self.every.total_seconds() if self.every else math.inf
        except SearchUnavailable:
            happened(Event.SEARCH_AWAITED, jobs=0, kind="chore")
        finally:
            self.due = time.monotonic() + wait


def tidy(ports: Ports) -> None:
    """Forget jobs that were done long ago; see to articles and files."""
    keep_content(ports)
    with unit_of_work(ports.database) as session:
        session.execute(
            sa.delete(Job).where(
                Job.status == JobStatus.DONE, Job.finished_at < utcnow() - KEEP_DONE
            )
        )


def waiting(ports: Ports, *kinds: JobKind) -> int:
    """How many jobs of these kinds (all when none is named) are due or will be."""
    query = sa.select(sa.func.count()).where(Job.status == JobStatus.WAITING)
    if kinds:
        query = query.where(Job.kind.in_(kinds))
    with reading(ports.database) as session:
        return session.scalar(query) or 0


def drain(
    ports: Ports, progress: Callable[[int], None] | None = None, encode_seconds: float = math.inf
) -> int:
    """Run due jobs until none is left, then encode for at most `encode_seconds`.

    For commands and tests. Reports how many index jobs remain; returns how many documents
    still wait for (some of) their vectors, which a worker will make.
    """
    indexing.ensure_index(ports)
    worker = Worker(ports)
    while worker.step():
        if progress is not None:
            progress(waiting(ports, JobKind.INDEX_ARTICLE, JobKind.INDEX_QUESTION))
    until = time.monotonic() + encode_seconds
    while time.monotonic() < until and indexing.encode_some(ports):
        pass
    return indexing.unencoded(ports)
