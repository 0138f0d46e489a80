"""Work that must not be lost, written in the transaction that causes it.

Delivery is at least once: a handler must be harmless when run twice. A job is leased,
not taken, so a killed worker's jobs come back when the lease ends.
"""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class JobKind(StrEnum):
    """Every kind of background work; kb_app.jobs has a handler for each."""

    INDEX_ARTICLE = "index_article"
    INDEX_QUESTION = "index_question"
    REINDEX = "reindex"
    MATCH_QUESTION = "match_question"
    SEND_MAIL = "send_mail"
    CLOSE_TICKET = "close_ticket"
    EXTRACT_FILE = "extract_file"
    CUT_ANEW = "cut_anew"
    AUDIT_INDEX = "audit_index"
    FIND_GAPS = "find_gaps"
    CHECK_GAP = "check_gap"
    LEARN = "learn"
    ARTICLE_DUE = "article_due"
    EXCHANGE = "exchange"
    READ_MAIL = "read_mail"
    SEND_WEBHOOK = "send_webhook"
    RUN_RULES = "run_rules"
    HAND_OVER = "hand_over"


class JobStatus(StrEnum):
    """Waiting (also while leased), done, or given up after too many attempts."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """One piece of work and how often it was tried."""

    __tablename__ = "job"
    __table_args__ = (sa.Index("ix_job_due", "status", "run_after", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JobKind] = mapped_column(enum_text(JobKind))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    status: Mapped[JobStatus] = mapped_column(enum_text(JobStatus), default=JobStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    run_after: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    leased_by: Mapped[str | None] = mapped_column(sa.String(80))
    last_error: Mapped[str] = mapped_column(sa.String(1000), default="")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def enqueue(
    session: Session, kind: JobKind, *, run_after: datetime | None = None, **payload: Any
) -> Job:
    """Write a job into the caller's transaction; it exists only if the cause does."""
    job = Job(kind=kind, payload=payload, run_after=run_after or utcnow())
    session.add(job)
    return job


ALL_KINDS = frozenset(JobKind)


def something_due(session: Session, kinds: frozenset[JobKind] = ALL_KINDS) -> bool:
    """Whether a worker would find work now; asks without taking SQLite's write lock."""
    return session.scalar(_anything_due(kinds), {"now": utcnow()}) is not None


@functools.cache
def _anything_due(kinds: frozenset[JobKind]) -> sa.Select[int]:
    """Every worker asks some times a second: the statement is built once."""
    now = sa.bindparam("now", type_=UTCDateTime)
    return sa.select(Job.id).where(_due(now, kinds)).limit(1)


def _due(
    now: datetime | sa.BindParameter[datetime], kinds: frozenset[JobKind]
) -> sa.ColumnElement[bool]:
    due = sa.and_(Job.status == JobStatus.WAITING, Job.run_after <= now)
    return due if kinds == ALL_KINDS else sa.and_(due, Job.kind.in_(sorted(kinds)))


def lease(
    session: Session,
    worker: str,
    limit: int,
    seconds: float,
    kinds: frozenset[JobKind] = ALL_KINDS,
) -> list[Job]:
    """Lease up to `limit` due jobs of one kind (the oldest job's) for `seconds`.

    Call inside a unit of work: SQLite's write lock or PostgreSQL's SKIP LOCKED keeps two
    workers apart. A lease moves `run_after` on, so it ends by itself if the worker dies.
    """
    now = utcnow()
    due = _due(now, kinds)
    first = session.scalar(sa.select(Job.kind).where(due).order_by(Job.run_after, Job.id).limit(1))
    if first is None:
        return []
    chosen = (
        sa.select(Job)
        .where(due, Job.kind == first)
        .order_by(Job.run_after, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    jobs = list(session.scalars(chosen))
    for job in jobs:
        job.run_after = now + timedelta(seconds=seconds)
        job.leased_by = worker
        job.attempts += 1
    return jobs
