"""Runs as pages show them: the list, one run with its report, how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import NotFound
from kb_app.exchange.formats import ImportFormat
from kb_app.exchange.readers.sheet_columns import FIELDS, NEEDED
from kb_app.exchange.spool import spool
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Article, ExchangeKind, ExchangeRun, ExchangeState, User, Viewer, reading

SHOWN = 20
MOST_SAMPLE = 5
MOST_COLUMNS = 60
BUSY = frozenset({ExchangeState.READING, ExchangeState.RUNNING})


@dataclass(frozen=True)
class RunCard:
    """One import or export in the list."""

    run_id: int
    file_format: str
    filename: str
    state: str
    size: int
    total: int
    done: int
    created: int
    changed: int
    same: int
    conflicts: int
    refused: int
    reason: str
    owner_name: str
    created_at: datetime
    finished_at: datetime | None
    ready: bool = False

    @property
    def busy(self) -> bool:
        """Whether the page should look again soon."""
        return self.state in BUSY


@dataclass(frozen=True)
class NoteRow:
    """A line of the report."""

    where: str
    title: str
    code: str


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its number, its name, and what stands in it."""

    place: int
    name: str
    sample: tuple[str, ...]


@dataclass(frozen=True)
class ImportRun:
    """One import with its report, and for a sheet its columns and what they may mean."""

    card: RunCard
    notes: tuple[NoteRow, ...]
    columns: tuple[Column, ...]
    mapping: dict[str, int]
    fields: tuple[str, ...] = FIELDS
    needed: tuple[str, ...] = NEEDED
    on_conflict: str = "keep"


@dataclass(frozen=True)
class ExchangePage:
    """What was brought in or given out lately, newest first."""

    runs: tuple[RunCard, ...]
    formats: tuple[str, ...] = tuple(one.value for one in ImportFormat)
    largest_mb: int = 0
    article_count: int = 0


def imports(ports: Ports, viewer: Viewer) -> ExchangePage:
    """The imports."""
    return _page(ports, viewer, ExchangeKind.IMPORT)


def exports(ports: Ports, viewer: Viewer) -> ExchangePage:
    """The exports."""
    return _page(ports, viewer, ExchangeKind.EXPORT)


def _page(ports: Ports, viewer: Viewer, kind: ExchangeKind) -> ExchangePage:
    require(viewer, Permission.PUBLISH)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(ExchangeRun)
            .where(ExchangeRun.kind == kind)
            .order_by(ExchangeRun.id.desc())
            .limit(SHOWN)
        ).all()
        count = sa.select(sa.func.count()).where(Article.deleted_at.is_(None))
        return ExchangePage(
            tuple(_card(ports, session, row) for row in rows),
            largest_mb=ports.config.max_upload_mb,
            article_count=session.scalar(count) or 0,
        )


def import_run(ports: Ports, viewer: Viewer, run_id: int) -> ImportRun:
    """One import."""
    require(viewer, Permission.PUBLISH)
    with reading(ports.database) as session:
        run = session.get(ExchangeRun, run_id)
        if run is None or run.kind is not ExchangeKind.IMPORT:
            raise NotFound(str(run_id))
        columns = run.options.get("columns") or {}
        return ImportRun(
            _card(ports, session, run),
            tuple(NoteRow(n["where"], n["title"], n["code"]) for n in run.notes),
            _columns(columns),
            run.options.get("mapping") or columns.get("guess") or {},
            on_conflict=run.options.get("on_conflict", "keep"),
        )


def _columns(told: dict[str, Any]) -> tuple[Column, ...]:
    rows = told.get("sample") or []
    return tuple(
        Column(place, name, tuple(r[place][:80] for r in rows if place < len(r))[:MOST_SAMPLE])
        for place, name in enumerate((told.get("header") or [])[:MOST_COLUMNS])
    )


def _card(ports: Ports, session: Session, run: ExchangeRun) -> RunCard:
    owner = session.get(User, run.owner_id) if run.owner_id else None
    is_export = run.kind is ExchangeKind.EXPORT and run.state is ExchangeState.DONE
    return RunCard(
        run_id=run.id,
        file_format=run.file_format,
        filename=run.filename,
        state=run.state.value,
        size=run.size,
        total=run.total,
        done=min(run.done, run.total) if run.total else run.done,
        created=run.created,
        changed=run.changed,
        same=run.same,
        conflicts=run.conflicts,
        refused=run.refused,
        reason=run.reason,
        owner_name=owner.name if owner else "",
        created_at=run.created_at,
        finished_at=run.finished_at,
        ready=is_export and spool(ports, run.folder).product.is_file(),
    )


def run_of(ports: Ports, run_id: int) -> ExchangeRun:
    """The row, for whoever carries it out by hand."""
    with reading(ports.database) as session:
        return session.get_one(ExchangeRun, run_id)
