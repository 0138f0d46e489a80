"""The commands that bring knowledge in and give it out: import, export."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from kb_app.config import load_config as config
from kb_app.exchange import runs
from kb_app.exchange.exporting import export
from kb_app.exchange.formats import ExportFormat, ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.readers.sheet_columns import FIELDS
from kb_app.exchange.run_pages import run_of
from kb_app.exchange.running import IMPORTER, read_in, take_in
from kb_app.exchange.spool import spool
from kb_app.importing import import_jsonl
from kb_app.jobs import drain
from kb_app.ports import Ports
from models import ExchangeRun, ExchangeState
from web.cli_knowledge import ENCODE_SECONDS, FAULTS_SHOWN, bar, opened

JSONL = "jsonl"
FORMATS = (JSONL, *(one.value for one in ImportFormat))
PLACE = click.Path(exists=True, path_type=Path)


@click.command("import")
@click.option("--format", "file_format", type=click.Choice(FORMATS), required=True)
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--on-conflict", type=click.Choice([c.value for c in OnConflict]), default="keep",
              show_default=True, help="What to do with articles people edited here.")  # fmt: skip
@click.option("--column", "columns", multiple=True, metavar="FIELD=N",
              help=f"Sheets: which column (from 1) holds {', '.join(FIELDS)}.")  # fmt: skip
@click.argument("path", type=PLACE)
def import_articles(
    file_format: str, dry_run: bool, on_conflict: str, columns: tuple[str, ...], path: Path
) -> None:
    """Import a file or a folder; running it again changes only what differs."""
    with opened(config()) as ports:
        if file_format == JSONL:
            _import_lines(ports, path, dry_run)
            return
        run = _read(ports, ImportFormat(file_format), path, _mapping(columns))
        if not dry_run:
            run = _write(ports, run, OnConflict(on_conflict))
        _report(run, dry_run)


def _import_lines(ports: Ports, path: Path, dry_run: bool) -> None:
    if dry_run:
        raise click.UsageError("--dry-run does not go with jsonl")
    with bar("import", "index") as report:
        done = import_jsonl(ports, path, lambda count: report("import", count))
        left = drain(ports, lambda left: report("index", left), ENCODE_SECONDS)
    click.echo(f"created {done.created}, changed {done.changed}, same {done.same}")
    if done.conflicts:
        click.echo(f"{done.conflicts} articles were edited here and left as they are", err=True)
    _say_left(left)
    for number, reason in done.faults[:FAULTS_SHOWN]:
        click.echo(f"line {number}: {reason}", err=True)
    if done.faults:
        raise click.ClickException(f"{len(done.faults)} lines could not be used")


def _mapping(columns: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for told in columns:
        name, _, place = told.partition("=")
        if name not in FIELDS or not place.isdigit() or not int(place):
            raise click.BadParameter(f"{told}: write it like title=1", param_hint="--column")
        found[name] = int(place) - 1
    return found


def _read(ports: Ports, kind: ImportFormat, path: Path, mapping: dict[str, int]) -> ExchangeRun:
    with _stream(path) as stream:
        run_id = runs.begin_import(
            ports, IMPORTER, runs.Sent(kind, _name(path), stream), by_hand=True
        )
    state = read_in(ports, run_id)
    if state is ExchangeState.MAPPING:
        guess = run_of(ports, run_id).options["columns"]["guess"]
        runs.choose_columns(ports, IMPORTER, run_id, mapping or guess, by_hand=True)
        read_in(ports, run_id)
    run = run_of(ports, run_id)
    if run.state is ExchangeState.FAILED:
        spool(ports, run.folder).remove()
        raise click.ClickException(f"the file could not be read ({run.reason})")
    return run


def _name(path: Path) -> str:
    return f"{path.resolve().name}.zip" if path.is_dir() else path.name


@contextmanager
def _stream(path: Path) -> Iterator[BinaryIO]:
    """A file as it is, a folder as a zip that stores and does not pack."""
    if not path.is_dir():
        with path.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED, strict_timestamps=False) as made:
            for one in sorted(path.rglob("*")):
                if one.is_file() and not one.is_symlink():
                    made.write(one, one.relative_to(path).as_posix())
        packed.seek(0)
        yield packed


def _write(ports: Ports, run: ExchangeRun, on_conflict: OnConflict) -> ExchangeRun:
    runs.confirm(ports, IMPORTER, run.id, on_conflict, by_hand=True)
    with bar("import", "index") as report:
        take_in(ports, run.id, progress=lambda count: report("import", count))
        left = drain(ports, lambda left: report("index", left), ENCODE_SECONDS)
    _say_left(left)
    return run_of(ports, run.id)


def _report(run: ExchangeRun, dry_run: bool) -> None:
    verb = "would be " if dry_run else ""
    click.echo(
        f"{verb}created {run.created}, changed {run.changed}, same {run.same}, "
        f"conflicts {run.conflicts}"
    )
    for note in run.notes[:FAULTS_SHOWN]:
        click.echo(f"{note['where']}: {note['title']} {note['code']}", err=True)
    if run.refused:
        raise click.ClickException(f"{run.refused} parts could not be used")


def _say_left(left: int) -> None:
    if left:
        click.echo(f"All is searchable; the meaning of {left} articles follows (wenda run).")


@click.command("export")
@click.option("--format", "file_format", type=click.Choice([f.value for f in ExportFormat]),
              default="wenda", show_default=True)  # fmt: skip
@click.option("--versions", is_flag=True, help="Former versions of every article, too.")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def export_articles(file_format: str, versions: bool, target: Path) -> None:
    """Write everything into one file."""
    with opened(config()) as ports:
        kind = ExportFormat(file_format)
        run_id = runs.begin_export(ports, IMPORTER, kind, versions, by_hand=True)
        export(ports, run_id)
        run = run_of(ports, run_id)
        place = spool(ports, run.folder)
        shutil.move(place.product, target)
        place.remove()
    click.echo(f"{run.total} articles are in {target}.")


def add_commands(group: click.Group) -> None:
    """Put the commands into the `wenda` group."""
    group.add_command(import_articles)
    group.add_command(export_articles)
