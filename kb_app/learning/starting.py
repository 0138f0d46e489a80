"""When learning begins: by night, or because somebody asked; never twice at a time."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    Job,
    JobKind,
    JobStatus,
    LearningRun,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

NIGHT = range(2, 6)
AT_LEAST = timedelta(hours=20)
KEPT_RUNS = 30


def announce(ports: Ports, viewer: Viewer) -> None:
    """Have the site learn now; asking while that is under way changes nothing."""
    require(viewer, Permission.PUBLISH)
    with unit_of_work(ports.database) as session:
        if start(ports, session, asked_for=True):
            record(session, viewer, "learning.start", "learning")


def start(ports: Ports, session: Session, *, asked_for: bool) -> bool:
    """Write down run and job, unless one is under way; True when it was."""
    waits = sa.select(Job.id).where(Job.kind == JobKind.LEARN, Job.status == JobStatus.WAITING)
    if session.scalar(waits.limit(1)) is not None:
        return False
    # An unfinished run without a job was given up with its job.
    unfinished = sa.update(LearningRun).where(LearningRun.finished_at.is_(None))
    session.execute(unfinished.values(finished_at=ports.clock()))
    session.add(LearningRun(created_at=ports.clock()))
    enqueue(session, JobKind.LEARN, asked_for=asked_for)
    return True


def learn_by_night(ports: Ports) -> bool:
    """Begin once a night."""
    now = ports.clock()
    if now.astimezone(ZoneInfo(ports.config.timezone)).hour not in NIGHT:
        return False
    with reading(ports.database) as session:
        latest = session.scalar(sa.select(LearningRun).order_by(LearningRun.id.desc()).limit(1))
    if latest is not None and now - latest.created_at < AT_LEAST:
        return False
    with unit_of_work(ports.database) as session:
        if latest is not None:
            old = LearningRun.id <= latest.id - KEPT_RUNS
            session.execute(sa.delete(LearningRun).where(old))
        return start(ports, session, asked_for=False)
