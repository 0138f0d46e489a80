"""Bringing articles in from JSON lines: resumable, and a second run changes nothing.

One object a line: `{"id", "title", "body", "category": [names, outermost first]}`, plain
or gzip. A line that cannot be used is reported by number; the others are imported. Other
formats come in through kb_app.exchange, which this shares the writing with.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from kb_app.errors import InvalidInput
from kb_app.events import Event, happened
from kb_app.exchange.applying import Tally, apply
from kb_app.exchange.records import Record as Row
from kb_app.exchange.records import parse_row
from kb_app.ports import Ports

__all__ = ["Row", "parse_row"]

BATCH = 400
Progress = Callable[[int], None]


@dataclass
class ImportReport(Tally):
    """What an import did; `faults` are (line number, reason)."""

    faults: list[tuple[int, str]] = field(default_factory=list)


def import_jsonl(ports: Ports, path: Path, progress: Progress | None = None) -> ImportReport:
    """Import a file; each batch of lines is one transaction with its index jobs."""
    report = ImportReport()
    rows = read_rows(path, report)
    while batch := list(islice(rows, BATCH)):
        import_rows(ports, batch, report)
        if progress is not None:
            progress(len(batch))
    happened(Event.IMPORT_FINISHED, created=report.created, changed=report.changed)
    return report


def open_text(path: Path) -> Iterator[str]:
    """The lines of a plain or gzip file; undecodable bytes are replaced, never fatal.

    OSError for a gzip file that is cut off or damaged, after the lines before the damage.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", errors="replace") as file:
        lines = iter(file)
        while True:
            try:
                line = next(lines)
            except StopIteration:
                return
            except (EOFError, zlib.error) as error:
                raise OSError(f"{path.name}: damaged gzip file ({error})") from error
            yield line


def read_rows(path: Path, report: ImportReport) -> Iterator[Row]:
    """The usable rows of a file; faults go into the report."""
    for number, line in enumerate(open_text(path), start=1):
        if not line.strip():
            continue
        try:
            yield parse_row(json.loads(line))
        except (ValueError, InvalidInput, RecursionError) as error:
            report.faults.append((number, str(error)[:200]))


def import_rows(ports: Ports, rows: Sequence[Row], report: ImportReport) -> None:
    """Create or update the articles of one batch, with their index jobs, in one transaction."""
    apply(ports, rows, report)
