"""Carrying a run out: the file is read, its effect is counted, and on a person's word written.

Every step can be cut off and begun again; `done` says how many articles went through.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from kb_app.errors import InvalidInput
from kb_app.events import Event, happened
from kb_app.exchange.applying import MOST_NOTES, Note, Tally, apply, rehearse
from kb_app.exchange.beside import Carrier, put_files
from kb_app.exchange.formats import SHEETS, ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.own_parts import plant_trees, put_numbers, put_words
from kb_app.exchange.own_settings import put_settings
from kb_app.exchange.own_translations import put_translations
from kb_app.exchange.reading import Task, read
from kb_app.exchange.records import Record, parse_row, short_id
from kb_app.exchange.spool import Spool, spool
from kb_app.ports import Ports
from models import (
    ExchangeRun,
    ExchangeState,
    Role,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
)

BATCH = 200
IMPORTER = Viewer(Role.OWNER, None, "s:import", frozenset({"public", "customer", "staff"}), "导入")
Progress = Callable[[int], None]


def read_in(ports: Ports, run_id: int) -> ExchangeState:
    """Read the file that was sent, then count what bringing it in would do."""
    run = _run(ports, run_id)
    if run.state is not ExchangeState.READING:
        return run.state
    place = spool(ports, run.folder)
    mapping = run.options.get("mapping")
    task = Task(run.file_format, run.filename, {"mapping": mapping} if mapping else {})
    found = read(place, task, lambda count: _beat(ports, run_id, count))
    notes = [Note(where, "", code) for where, code in found.faults]
    if found.reason:
        return _end(ports, run_id, ExchangeState.FAILED, reason=found.reason)
    if run.file_format in SHEETS and not mapping and "columns" in found.parts:
        return _ask_columns(ports, run_id, found.parts["columns"])
    tally = Tally(notes=notes)
    total, refused = 0, found.refused
    for batch, bad in _batches(place, BATCH):
        refused += len(bad)
        tally.notes += bad
        total += len(batch)
        with reading(ports.database) as session:
            rehearse(session, batch, tally)
    return _count(ports, run_id, tally, total, refused)


def take_in(
    ports: Ports, run_id: int, seconds: float = float("inf"), progress: Progress | None = None
) -> bool:
    """Write the records; False when the time is over and there is more to do."""
    until = time.monotonic() + seconds
    run = _run(ports, run_id)
    viewer = _owner(ports, run)
    place = spool(ports, run.folder)
    on_conflict = OnConflict(run.options.get("on_conflict", OnConflict.KEEP))
    carrier = Carrier(ports, viewer, place, on_conflict)
    parts = _parts(place)
    if run.file_format == ImportFormat.WENDA and not run.done:
        plant_trees(ports, parts.get("trees"))
    for batch, _ in islice(_batches(place, BATCH), run.done // BATCH, None):
        if _run(ports, run_id).state is not ExchangeState.RUNNING:
            return True
        tally = Tally()
        put_files(carrier, batch, tally)
        apply(ports, batch, tally, on_conflict)
        _advance(ports, run_id, tally)
        if progress is not None:
            progress(len(batch))
        if time.monotonic() > until:
            return False
    if run.file_format == ImportFormat.WENDA:
        put_translations(ports, parts.get("translations"))
        put_numbers(ports, parts.get("numbers"))
        put_words(ports, viewer, parts.get("words"))
        put_settings(ports, viewer, parts.get("settings"))
    _end(ports, run_id, ExchangeState.DONE)
    place.remove()
    return True


def _batches(place: Spool, size: int) -> Iterator[tuple[list[Record], list[Note]]]:
    """The records in batches of as many lines, and the notes on those that cannot be used."""
    with place.records.open(encoding="utf-8") as lines:
        while some := list(islice(lines, size)):
            batch, bad = [], []
            for line in some:
                try:
                    batch.append(_record(json.loads(line)))
                except (ValueError, InvalidInput, RecursionError) as error:
                    bad.append(_bad(line, error))
            yield batch, bad


def _record(data: Any) -> Record:
    """A record of the reading child; a long name of a file still makes an id."""
    if isinstance(data, dict) and isinstance(data.get("id"), str):
        data = {**data, "id": short_id(data["id"])}
    return parse_row(data)


def _bad(line: str, error: Exception) -> Note:
    code = f"{error.field}_{error.code}" if isinstance(error, InvalidInput) else "not_json"
    try:
        data = json.loads(line)
        return Note(str(data.get("where", ""))[:200], str(data.get("title", ""))[:100], code)
    except (ValueError, RecursionError, AttributeError):
        return Note("", "", code)


def _parts(place: Spool) -> dict[str, Any]:
    found = json.loads(place.parts.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _run(ports: Ports, run_id: int) -> ExchangeRun:
    with reading(ports.database) as session:
        return session.get_one(ExchangeRun, run_id)


def _owner(ports: Ports, run: ExchangeRun) -> Viewer:
    """In whose name files are stored and words are added."""
    with reading(ports.database) as session:
        user = session.get(User, run.owner_id) if run.owner_id else None
        return user.as_viewer() if user is not None else IMPORTER


def _beat(ports: Ports, run_id: int, count: int) -> None:
    with unit_of_work(ports.database) as session:
        run = session.get_one(ExchangeRun, run_id)
        run.total, run.updated_at = count, ports.clock()


def _ask_columns(ports: Ports, run_id: int, columns: Any) -> ExchangeState:
    with unit_of_work(ports.database) as session:
        run = session.get_one(ExchangeRun, run_id)
        run.options = {**run.options, "columns": columns}
        run.state, run.updated_at = ExchangeState.MAPPING, ports.clock()
        return run.state


def _count(ports: Ports, run_id: int, tally: Tally, total: int, refused: int) -> ExchangeState:
    with unit_of_work(ports.database) as session:
        run = session.get_one(ExchangeRun, run_id)
        run.total, run.refused, run.done = total + refused, refused, 0
        _add(run, tally, anew=True)
        if run.state is ExchangeState.READING:
            run.state = ExchangeState.CHECKED
        run.updated_at = ports.clock()
        return run.state


def _add(run: ExchangeRun, tally: Tally, *, anew: bool = False) -> None:
    for name in ("created", "changed", "same", "conflicts"):
        setattr(run, name, getattr(tally, name) + (0 if anew else getattr(run, name)))
    kept = [] if anew else run.notes
    run.notes = (kept + [asdict(note) for note in tally.notes])[:MOST_NOTES]


def begin_writing(session: Session, run: ExchangeRun) -> None:
    """From forecast to deed: the counts begin again, the faults of reading stay."""
    session.flush()
    run.state, run.done = ExchangeState.RUNNING, 0
    run.created = run.changed = run.same = run.conflicts = 0
    run.notes = [note for note in run.notes if note["code"] not in {"conflict", "in_bin"}]


def _advance(ports: Ports, run_id: int, tally: Tally) -> None:
    with unit_of_work(ports.database) as session:
        run = session.get_one(ExchangeRun, run_id)
        run.done += BATCH
        _add(run, tally)
        run.updated_at = ports.clock()


def _end(ports: Ports, run_id: int, state: ExchangeState, reason: str = "") -> ExchangeState:
    with unit_of_work(ports.database) as session:
        run = session.get_one(ExchangeRun, run_id)
        run.state, run.reason = state, reason
        run.done = max(0, run.total - run.refused) if state is ExchangeState.DONE else run.done
        run.updated_at = run.finished_at = ports.clock()
        viewer = _named(session, run)
        record(session, viewer, f"import.{state.value}", f"exchange:{run.id}",
               format=run.file_format, created=run.created, changed=run.changed)  # fmt: skip
    happened(Event.IMPORT_FINISHED, created=run.created, changed=run.changed)
    return state


def _named(session: Session, run: ExchangeRun) -> Viewer:
    user = session.get(User, run.owner_id) if run.owner_id else None
    return user.as_viewer() if user is not None else IMPORTER
