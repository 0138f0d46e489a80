"""The index looks after itself: unusable → rebuilt, differing from the database → repaired.

A quick look every LOOK_EVERY; everything (each file, each fingerprint) every AUDIT_EVERY, as
a job that any worker may do. Both are told in the log; searches go on all the while.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from indexer import audit as auditing
from indexer import rebuild as rebuilding
from indexer import sync
from kb_app import indexing
from kb_app.events import Event, happened
from kb_app.ports import Ports
from models import Job, JobKind, JobStatus, enqueue, unit_of_work

LOOK_EVERY = timedelta(seconds=20)
AUDIT_EVERY = timedelta(hours=6)
FIRST_AUDIT = timedelta(minutes=10)


def watch(ports: Ports) -> None:
    """Rebuild an index that cannot be used; a quick look, so it may be taken often."""
    if rebuilding.needs_rebuild(ports.engine.parts):
        indexing.ensure_index(ports)


def heal(ports: Ports) -> None:
    """Compare everything and repair what differs; SearchUnavailable leaves it for later."""
    parts = ports.engine.parts
    indexing.ensure_index(ports)
    found = auditing.audit(parts)
    if found.ok:
        happened(Event.INDEX_AUDITED, documents=found.expected)
        return
    sync.sync_documents(parts, found.doc_ids, force=True)
    left = auditing.audit(parts).doc_ids
    happened(
        Event.INDEX_HEALED,
        missing=len({*found.backend.missing, *found.entries.missing}),
        stale=len({*found.backend.stale, *found.entries.stale}),
        extra=len({*found.backend.extra, *found.entries.extra}),
        left=len(left),
    )


def schedule(ports: Ports) -> None:
    """See to it that an audit is waiting unless one was done lately."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        last = session.scalars(
            sa.select(Job)
            .where(Job.kind == JobKind.AUDIT_INDEX)
            .order_by(Job.run_after.desc(), Job.id.desc())
            .limit(1)
        ).first()
        if last is not None and last.status is JobStatus.WAITING:
            return
        done = last.finished_at if last is not None else None
        due = max(now, done + AUDIT_EVERY) if done else now + FIRST_AUDIT
        enqueue(session, JobKind.AUDIT_INDEX, run_after=due)
