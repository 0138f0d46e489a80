"""What is done for each kind of job, and which kinds go together, take long, or go alone.

Every handler is harmless when run twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from kb_app import article_due, extracting, index_health, indexing, recutting
from kb_app.bridging import delivering
from kb_app.exchange import runs as exchange_runs
from kb_app.insight import checking, finding
from kb_app.mail import processing, sending
from kb_app.matching import match_left_behind
from kb_app.ports import Ports
from kb_app.rules import hourly, running
from kb_app.tickets import close_if_quiet
from kb_app.webhooks import sending as webhook_sending
from models import Job, JobKind

# Longer than the work can take; when the worker dies, it is begun again after this.
LONG_LEASES = {
    # A server may take its time over every step; sent twice is worse than sent later.
    JobKind.SEND_MAIL: timedelta(minutes=5),
    JobKind.READ_MAIL: timedelta(minutes=3),
    JobKind.SEND_WEBHOOK: timedelta(minutes=5),
    JobKind.HAND_OVER: timedelta(minutes=11),
    JobKind.RUN_RULES: timedelta(minutes=5),
    JobKind.REINDEX: timedelta(minutes=30),
    JobKind.EXTRACT_FILE: timedelta(minutes=6),
    JobKind.AUDIT_INDEX: timedelta(minutes=30),
    JobKind.FIND_GAPS: timedelta(minutes=20),
    JobKind.CHECK_GAP: timedelta(minutes=2),
    JobKind.EXCHANGE: timedelta(minutes=20),
    JobKind.LEARN: timedelta(minutes=20),
}
# Work that may take long has a thread of its own, so that nothing quick waits for it.
SLOW = frozenset(
    {
        JobKind.EXTRACT_FILE,
        JobKind.AUDIT_INDEX,
        JobKind.FIND_GAPS,
        JobKind.CHECK_GAP,
        JobKind.EXCHANGE,
        JobKind.LEARN,
    }
)
# Mail waits for other machines; each kind has a thread, so that a server that hangs while
# mail is sent does not keep mail from being read.
# Webhooks wait likewise; rules may be many.
MAIL = frozenset(
    {
        JobKind.SEND_MAIL,
        JobKind.READ_MAIL,
        JobKind.SEND_WEBHOOK,
        JobKind.RUN_RULES,
        JobKind.HAND_OVER,
    }
)
QUICK = frozenset(JobKind) - SLOW - MAIL

Handler = Callable[[Ports, Sequence[Job]], None]


def _index_articles(ports: Ports, jobs: Sequence[Job]) -> None:
    article_ids = [int(job.payload["article_id"]) for job in jobs]
    indexing.index_articles(ports, article_ids)
    checking.ask_for_checks(ports, article_ids)


def _index_questions(ports: Ports, jobs: Sequence[Job]) -> None:
    indexing.index_questions(ports, [int(job.payload["question_id"]) for job in jobs])


def _reindex(ports: Ports, _jobs: Sequence[Job]) -> None:
    indexing.rebuild(ports)


def _match_questions(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        match_left_behind(ports, int(job.payload["question_id"]))


def _send_mail(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        sending.send(ports, job)


def _read_mail(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        processing.work(ports, job)


def _extract_files(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        extracting.extract(ports, str(job.payload["sha256"]))


def _close_tickets(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        close_if_quiet(ports, int(job.payload["ticket_id"]), ports.clock())


def _cut_anew(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        recutting.cut_anew(ports, str(job.payload["name"]), int(job.payload["after"]))


def _audit_index(ports: Ports, _jobs: Sequence[Job]) -> None:
    index_health.heal(ports)


def _find_gaps(ports: Ports, _jobs: Sequence[Job]) -> None:
    finding.find_gaps(ports)


def _check_gaps(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        checking.check(ports, int(job.payload["gap_id"]), int(job.payload["tries"]))


def _articles_due(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        article_due.act(ports, int(job.payload["article_id"]))


def _exchange(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        exchange_runs.work(ports, int(job.payload["run_id"]))


def _learn(ports: Ports, jobs: Sequence[Job]) -> None:
    # scikit-learn costs memory and a second; most processes never need it.
    from kb_app.learning.learn import learn_all

    learn_all(ports, asked_for=any(job.payload.get("asked_for") for job in jobs))


def _run_rules(ports: Ports, jobs: Sequence[Job]) -> None:
    for job in jobs:
        if "rule_id" in job.payload:
            hourly.swept(ports, int(job.payload["rule_id"]), int(job.payload["after"]))
        else:
            running.heard(ports, job)


HANDLERS: dict[JobKind, Handler] = {
    JobKind.RUN_RULES: _run_rules,
    JobKind.LEARN: _learn,
    JobKind.EXCHANGE: _exchange,
    JobKind.ARTICLE_DUE: _articles_due,
    JobKind.INDEX_ARTICLE: _index_articles,
    JobKind.INDEX_QUESTION: _index_questions,
    JobKind.REINDEX: _reindex,
    JobKind.MATCH_QUESTION: _match_questions,
    JobKind.SEND_MAIL: _send_mail,
    JobKind.READ_MAIL: _read_mail,
    JobKind.SEND_WEBHOOK: webhook_sending.send,
    JobKind.HAND_OVER: delivering.work,
    JobKind.CLOSE_TICKET: _close_tickets,
    JobKind.EXTRACT_FILE: _extract_files,
    JobKind.CUT_ANEW: _cut_anew,
    JobKind.FIND_GAPS: _find_gaps,
    JobKind.CHECK_GAP: _check_gaps,
    JobKind.AUDIT_INDEX: _audit_index,
}
ONE_AT_A_TIME = frozenset(HANDLERS) - {
    JobKind.INDEX_ARTICLE,
    JobKind.INDEX_QUESTION,
    JobKind.SEND_WEBHOOK,
}
