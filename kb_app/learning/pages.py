"""What managers see of learning: every change with its evidence, and the last replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer import replacing
from indexer.encoder_switch import EncoderSwitch
from kb_app.cards import PAGE_SIZE, page_count
from kb_app.learning.model import encoder_of, is_of
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from models import (
    Article,
    Job,
    JobKind,
    JobStatus,
    LearnedChange,
    LearnedKind,
    LearnedState,
    LearningRun,
    Viewer,
    reading,
)

SHELVES = (
    LearnedState.PROPOSED,
    LearnedState.ACTIVE,
    LearnedState.REFUSED,
    LearnedState.TAKEN_BACK,
    LearnedState.REPLACED,
)


@dataclass(frozen=True)
class ChangeRow:
    """One learned change; `before` and `after` hold what a person can read of it."""

    change_id: int
    kind: str
    state: str
    title: str
    article_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    evidence: dict[str, Any]
    created_at: datetime
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True)
class RunRow:
    """The last look at the site's outcomes."""

    running: bool
    finished_at: datetime | None
    report: dict[str, Any]


@dataclass(frozen=True)
class EncoderRow:
    """The encoder at work and the one wanted, as their kinds and names; how far the change is."""

    serving: str
    serving_name: str
    wanted: str
    done: int
    total: int
    fault: str = ""


@dataclass(frozen=True)
class ChangesPage:
    """One shelf of changes."""

    selected: str
    counts: dict[str, int]
    rows: tuple[ChangeRow, ...]
    page: int
    pages: int
    run: RunRow | None
    may_decide: bool
    encoder: EncoderRow | None = None


@dataclass(frozen=True)
class ReplayPage:
    """The replay of the last run, without ratings and use beside with them."""

    run: RunRow | None
    result: dict[str, Any] | None
    may_decide: bool


def changes_page(ports: Ports, viewer: Viewer, selected: str, page: int) -> ChangesPage:
    """Changes of one state, newest first; an unknown state shows what waits, else what is on."""
    require(viewer, Permission.INSIGHT)
    with reading(ports.database) as session:
        by_state = sa.select(LearnedChange.state, sa.func.count()).group_by(LearnedChange.state)
        counts = {state.value: number for state, number in session.execute(by_state)}
        usual = LearnedState.PROPOSED if counts.get("proposed") else LearnedState.ACTIVE
        shelf = next((each for each in SHELVES if each.value == selected), usual)
        pages = max(1, page_count(counts.get(shelf.value, 0), PAGE_SIZE))
        shown = min(max(1, page), pages)
        return ChangesPage(
            selected=shelf.value,
            counts={each.value: counts.get(each.value, 0) for each in SHELVES},
            rows=_rows(session, shelf, shown, encoder_of(ports)),
            page=shown,
            pages=pages,
            run=_run(session),
            may_decide=may(viewer, Permission.PUBLISH),
            encoder=encoder_row(ports),
        )


def encoder_row(ports: Ports) -> EncoderRow:
    """Which encoder people search by, and which one is on its way."""
    state = replacing.progress(ports.engine.parts)
    serving = state.serving or ports.config.encoder
    kind, _, name = serving.partition(":")
    encoder = ports.engine.parts.encoder
    fault = encoder.fault(state.wanted) if isinstance(encoder, EncoderSwitch) else ""
    wanted = "" if state.wanted in {"", serving} else state.wanted.partition(":")[0]
    short = name.rstrip("/").rpartition("/")[2]
    return EncoderRow(kind, short, wanted, state.done, state.total, fault)


def replay_page(ports: Ports, viewer: Viewer) -> ReplayPage:
    """What the last run found; no result while there was none or nothing was logged."""
    require(viewer, Permission.INSIGHT)
    with reading(ports.database) as session:
        run = _run(session)
    found = run.report.get("replay") if run is not None else None
    return ReplayPage(run, found or None, may(viewer, Permission.PUBLISH))


def _rows(session: Session, shelf: LearnedState, page: int, encoder: str) -> tuple[ChangeRow, ...]:
    query = (
        sa.select(LearnedChange, Article.title)
        .outerjoin(Article, Article.id == LearnedChange.article_id)
        .where(LearnedChange.state == shelf)
        .order_by(LearnedChange.id.desc())
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return tuple(_row(change, title or "", encoder) for change, title in session.execute(query))


def _row(change: LearnedChange, title: str, encoder: str) -> ChangeRow:
    readable = change.kind is not LearnedKind.CALIBRATION  # its coefficients tell nobody
    other = not readable and not is_of(change.after, encoder)
    return ChangeRow(
        change_id=change.id,
        kind=change.kind.value,
        state=change.state.value,
        title=title or change.subject,
        article_id=change.article_id,
        before=change.before if readable else {},
        after=change.after if readable else {},
        evidence={**change.evidence, "other_encoder": other},
        created_at=change.created_at,
        decided_at=change.decided_at,
        decided_by=change.decided_by,
    )


def _run(session: Session) -> RunRow | None:
    latest = session.scalar(sa.select(LearningRun).order_by(LearningRun.id.desc()).limit(1))
    if latest is None:
        return None
    waits = sa.select(Job.id).where(Job.kind == JobKind.LEARN, Job.status == JobStatus.WAITING)
    running = latest.finished_at is None and session.scalar(waits.limit(1)) is not None
    told = latest
    if latest.finished_at is None:
        ended = sa.select(LearningRun).where(LearningRun.finished_at.is_not(None))
        told = session.scalar(ended.order_by(LearningRun.id.desc()).limit(1)) or latest
    return RunRow(running, told.finished_at, told.report)
