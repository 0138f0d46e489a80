"""Imports and exports as people start, watch and end them; the worker carries them out."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import FileTooLarge, InvalidInput, NotFound
from kb_app.exchange.exporting import export
from kb_app.exchange.formats import EXPORT_NAMES, SHEETS, ExportFormat, ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.readers.sheet_columns import FIELDS, NEEDED
from kb_app.exchange.running import begin_writing, read_in, take_in
from kb_app.exchange.spool import spool
from kb_app.files import safe_name
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    ExchangeKind,
    ExchangeRun,
    ExchangeState,
    JobKind,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

SLICE_SECONDS = 240.0
KEEP = timedelta(days=7)
MEGABYTE = 1024 * 1024
LARGEST_BY_HAND_MB = 10_000
CHUNK = 1024 * 1024
WAITING = (ExchangeState.MAPPING, ExchangeState.CHECKED)
ENDED = (ExchangeState.DONE, ExchangeState.FAILED, ExchangeState.CANCELLED)


@dataclass(frozen=True)
class Sent:
    """A file to import as it arrives."""

    file_format: ImportFormat
    filename: str
    stream: BinaryIO


def begin_import(ports: Ports, viewer: Viewer, sent: Sent, *, by_hand: bool = False) -> int:
    """Keep the file and have it read; returns the run. `by_hand`: the caller does the work."""
    require(viewer, Permission.PUBLISH)
    name = safe_name(sent.filename)
    folder = secrets.token_hex(16)
    place = spool(ports, folder)
    place.make()
    try:
        most = LARGEST_BY_HAND_MB if by_hand else ports.config.max_upload_mb
        size = _keep(sent.stream, place.source, most)
    except (FileTooLarge, InvalidInput, OSError):
        place.remove()
        raise
    run = ExchangeRun(
        kind=ExchangeKind.IMPORT,
        file_format=sent.file_format.value,
        filename=name[:200],
        folder=folder,
        state=ExchangeState.READING,
        size=size,
    )
    return _start(ports, viewer, run, by_hand=by_hand)


def begin_export(
    ports: Ports,
    viewer: Viewer,
    file_format: ExportFormat,
    versions: bool = False,
    *,
    by_hand: bool = False,
) -> int:
    """Have everything written into one file; returns the run."""
    require(viewer, Permission.PUBLISH)
    run = ExchangeRun(
        kind=ExchangeKind.EXPORT,
        file_format=file_format.value,
        filename=EXPORT_NAMES[file_format],
        folder=secrets.token_hex(16),
        state=ExchangeState.RUNNING,
        options={"versions": versions},
    )
    spool(ports, run.folder).make()
    return _start(ports, viewer, run, by_hand=by_hand)


def _start(ports: Ports, viewer: Viewer, run: ExchangeRun, *, by_hand: bool) -> int:
    sweep(ports)
    with unit_of_work(ports.database) as session:
        run.owner_id = viewer.user_id
        session.add(run)
        session.flush()
        deed = f"{run.kind.value}.begin"
        record(session, viewer, deed, f"exchange:{run.id}", format=run.file_format)
        if not by_hand:
            enqueue(session, JobKind.EXCHANGE, run_id=run.id)
        return run.id


def _keep(stream: BinaryIO, target: Path, most_mb: int) -> int:
    size = 0
    with target.open("wb") as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > most_mb * MEGABYTE:
                raise FileTooLarge(str(most_mb))
            file.write(chunk)
    if not size:
        raise InvalidInput("file", "empty")
    return size


def choose_columns(
    ports: Ports, viewer: Viewer, run_id: int, mapping: Mapping[str, int], *, by_hand: bool = False
) -> None:
    """What the columns of a sheet mean; it is read again by that."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, run_id) as (session, run):
        if run.file_format not in SHEETS or run.state not in WAITING:
            raise InvalidInput("run", "moved_on")
        known = {name: place for name, place in mapping.items() if name in FIELDS and place >= 0}
        for name in NEEDED:
            if name not in known:
                raise InvalidInput(f"column_{name}", "empty")
        if len(set(known.values())) < len(known):
            raise InvalidInput("columns", "doubled")
        run.options = {**run.options, "mapping": known}
        run.state = ExchangeState.READING
        if not by_hand:
            enqueue(session, JobKind.EXCHANGE, run_id=run.id)


def confirm(
    ports: Ports, viewer: Viewer, run_id: int, on_conflict: OnConflict, *, by_hand: bool = False
) -> None:
    """Write what was read; asked twice it happens once."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, run_id) as (session, run):
        if run.state in {ExchangeState.RUNNING, ExchangeState.DONE}:
            return
        if run.state is not ExchangeState.CHECKED:
            raise InvalidInput("run", "moved_on")
        run.options = {**run.options, "on_conflict": on_conflict.value}
        begin_writing(session, run)
        record(session, viewer, "import.confirm", f"exchange:{run.id}", conflicts=on_conflict.value)
        if not by_hand:
            enqueue(session, JobKind.EXCHANGE, run_id=run.id)


def cancel(ports: Ports, viewer: Viewer, run_id: int) -> None:
    """Stop; what was written stays written, what was sent is removed."""
    require(viewer, Permission.PUBLISH)
    with _changing(ports, run_id) as (session, run):
        if run.state in ENDED:
            return
        run.state, run.finished_at = ExchangeState.CANCELLED, ports.clock()
        record(session, viewer, f"{run.kind.value}.cancel", f"exchange:{run.id}")
        folder = run.folder
    spool(ports, folder).remove()


@contextmanager
def _changing(ports: Ports, run_id: int) -> Iterator[tuple[Session, ExchangeRun]]:
    with unit_of_work(ports.database) as session:
        run = session.get(ExchangeRun, run_id, with_for_update=True)
        if run is None:
            raise NotFound(str(run_id))
        run.updated_at = ports.clock()
        yield session, run


@dataclass(frozen=True)
class Product:
    """A finished export."""

    path: Path
    filename: str
    file_format: ExportFormat


def product(ports: Ports, viewer: Viewer, run_id: int) -> Product:
    """The file of an export; NotFound when it is not ready or was removed."""
    require(viewer, Permission.PUBLISH)
    with reading(ports.database) as session:
        run = session.get(ExchangeRun, run_id)
    if run is None or run.kind is not ExchangeKind.EXPORT or run.state is not ExchangeState.DONE:
        raise NotFound(str(run_id))
    path = spool(ports, run.folder).product
    if not path.is_file():
        raise NotFound(str(run_id))
    with unit_of_work(ports.database) as session:
        record(session, viewer, "export.download", f"exchange:{run.id}")
    return Product(path, run.filename, ExportFormat(run.file_format))


def work(ports: Ports, run_id: int) -> None:
    """The worker's part, a slice at a time; harmless when run twice or too late."""
    with reading(ports.database) as session:
        run = session.get(ExchangeRun, run_id)
    if run is None or run.state in ENDED or run.state in WAITING:
        return
    if not spool(ports, run.folder).folder.is_dir():
        _lost(ports, run_id)
    elif run.kind is ExchangeKind.EXPORT:
        export(ports, run_id)
    elif run.state is ExchangeState.READING:
        read_in(ports, run_id)
    elif not take_in(ports, run_id, SLICE_SECONDS):
        with unit_of_work(ports.database) as session:
            enqueue(session, JobKind.EXCHANGE, run_id=run_id)


def _lost(ports: Ports, run_id: int) -> None:
    with _changing(ports, run_id) as (_session, run):
        run.state, run.reason = ExchangeState.FAILED, "missing"
        run.finished_at = ports.clock()


def sweep(ports: Ports) -> None:
    """Forget files of runs that ended or were left waiting a week ago."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        old = session.scalars(sa.select(ExchangeRun).where(ExchangeRun.updated_at < now - KEEP))
        kept: dict[str, Any] = {run.folder: run for run in old}
        for run in kept.values():
            if run.state in WAITING:
                run.state, run.finished_at = ExchangeState.CANCELLED, now
    for folder in kept:
        shutil.rmtree(spool(ports, folder).folder, ignore_errors=True)
