"""What the worker does now and then: forget old searches, hide old keys, sort gaps by night."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.insight.mending import start
from kb_app.ports import Ports
from kb_app.searchers import CLEAR_PREFIXES, key_of
from models import (
    STAFF_ROLES,
    GapRun,
    Job,
    JobKind,
    JobStatus,
    Role,
    SearchClick,
    SearchLog,
    User,
    reading,
    unit_of_work,
)

BATCH = 5_000
NIGHT = range(2, 6)
AT_LEAST = timedelta(hours=20)
GIVEN_UP = timedelta(hours=2)
KEPT_RUNS = 30


def upkeep(ports: Ports) -> None:
    """All of it; harmless as often as one likes."""
    forget_old_searches(ports)
    hash_clear_keys(ports)
    sort_by_night(ports)


def forget_old_searches(ports: Ports) -> int:
    """Delete searches (and their clicks) older than the site keeps them; returns how many."""
    oldest = ports.clock() - timedelta(days=ports.config.search_log_days)
    gone = 0
    while True:
        with unit_of_work(ports.database) as session:
            ids = session.scalars(
                sa.select(SearchLog.id).where(SearchLog.created_at < oldest).limit(BATCH)
            ).all()
            session.execute(sa.delete(SearchClick).where(SearchClick.search_id.in_(ids)))
            session.execute(sa.delete(SearchLog).where(SearchLog.id.in_(ids)))
        gone += len(ids)
        if len(ids) < BATCH:
            return gone


def hash_clear_keys(ports: Ports) -> int:
    """Searches logged before keys were hashed lose who made them; returns how many."""
    is_clear = sa.or_(*(SearchLog.searcher_key.startswith(each) for each in CLEAR_PREFIXES))
    with reading(ports.database) as session:
        if session.scalar(sa.select(SearchLog.id).where(is_clear).limit(1)) is None:
            return 0
    with unit_of_work(ports.database) as session:
        staff = _staff_voices(session)
        rows = session.scalars(sa.select(SearchLog).where(is_clear).limit(BATCH)).all()
        for log in rows:
            log.searcher_key = key_of(
                ports.config, log.searcher_key, log.created_at, staff=log.searcher_key in staff
            )
    return len(rows)


def _staff_voices(session: Session) -> set[str]:
    roles: list[Role] = sorted(STAFF_ROLES)
    return {f"u:{user_id}" for user_id in session.scalars(_ids_of(roles))}


def _ids_of(roles: list[Role]) -> sa.Select[int]:
    return sa.select(User.id).where(User.role.in_(roles))


def sort_by_night(ports: Ports) -> bool:
    """Begin a sorting of gaps once a night; a run whose job was given up is closed first."""
    now = ports.clock()
    hour = now.astimezone(ZoneInfo(ports.config.timezone)).hour
    with reading(ports.database) as session:
        latest = session.scalar(sa.select(GapRun).order_by(GapRun.id.desc()).limit(1))
        lost = (
            latest is not None and latest.finished_at is None and _is_lost(ports, session, latest)
        )
    if not lost and (hour not in NIGHT or (latest and now - latest.created_at < AT_LEAST)):
        return False
    with unit_of_work(ports.database) as session:
        if lost and latest is not None:
            session.execute(sa.update(GapRun).where(GapRun.id == latest.id).values(finished_at=now))
        if latest is not None:
            session.execute(sa.delete(GapRun).where(GapRun.id <= latest.id - KEPT_RUNS))
        return start(ports, session) if hour in NIGHT else False


def _is_lost(ports: Ports, session: Session, run: GapRun) -> bool:
    """Begun long ago, never ended, and no job will end it."""
    if run.finished_at is not None or ports.clock() - run.created_at <= GIVEN_UP:
        return False
    waits = sa.select(Job.id).where(Job.kind == JobKind.FIND_GAPS, Job.status == JobStatus.WAITING)
    return session.scalar(waits.limit(1)) is None
