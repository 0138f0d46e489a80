"""Many words at once: a pasted or uploaded list checked line by line, taken in, given out.

Sending the same list twice changes nothing. Lines with a fault are named and left out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from indexer.synonyms import ONE_WAY, parse_group
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean
from kb_app.words import Line, add_lines, checked, entries_of
from models import Viewer, WordEntry, WordKind, reading, record, unit_of_work

MOST_LINES = 5_000
MOST_BYTES = 1_000_000
MOST_SHOWN = 200
LONGEST_SHOWN = 80
FIELD = "list"
HEAD = "类型"
LABELS = {"专用词": WordKind.WORD, "同义词": WordKind.SAME, "单向同义词": WordKind.ONE_WAY}
NAMES = {kind: label for label, kind in LABELS.items()}
ENCODINGS = ("utf-8-sig", "gb18030")
RISKY = "=+-@＝＋－＠"


@dataclass(frozen=True)
class Fault:
    """A line that cannot be used, and why (a code)."""

    number: int
    text: str
    code: str


@dataclass(frozen=True)
class ListReport:
    """What taking a list in would do; `text` is the list as it was read."""

    text: str
    fresh: tuple[Line, ...]
    known: int
    faults: tuple[Fault, ...]


def decoded(content: bytes) -> str:
    """A file's text: UTF-8, UTF-16 with its mark, or GBK; InvalidInput when none of them."""
    if not content:
        raise InvalidInput(FIELD, "empty")
    if len(content) > MOST_BYTES:
        raise InvalidInput(FIELD, "too_long")
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput(FIELD, "encoding")


def check_list(ports: Ports, viewer: Viewer, text: str) -> ListReport:
    """A dry run: which lines are new, which are there already, which cannot be used."""
    require(viewer, Permission.WRITE)
    lines, faults = _read(text)
    with reading(ports.database) as session:
        stored = entries_of(session, lines)
    living = {key for key, entry in stored.items() if entry.deleted_at is None}
    fresh = tuple(line for line in lines if line.digest not in living)
    return ListReport(clean(text), fresh, len(lines) - len(fresh), faults)


def take_in(ports: Ports, viewer: Viewer, text: str) -> int:
    """Write the usable lines that are new, all in one transaction; how many there were."""
    require(viewer, Permission.WRITE)
    lines, _ = _read(text)
    try:
        return _written(ports, viewer, lines)
    except IntegrityError:  # somebody sent the same words just now: what is left is still taken in
        return _written(ports, viewer, lines)


def _written(ports: Ports, viewer: Viewer, lines: tuple[Line, ...]) -> int:
    with unit_of_work(ports.database) as session:
        made = add_lines(session, viewer, lines)
        if made:
            record(session, viewer, "words.list", "words", added=len(made))
        return len(made)


def give_out(ports: Ports, viewer: Viewer) -> str:
    """All lines as CSV, made so that taking it in again changes nothing."""
    require(viewer, Permission.WRITE)
    query = (
        sa.select(WordEntry.kind, WordEntry.words)
        .where(WordEntry.deleted_at.is_(None))
        .order_by(WordEntry.kind, WordEntry.key)
    )
    with reading(ports.database) as session:
        rows = session.execute(query).all()
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([HEAD, "词语"])
    writer.writerows([NAMES[kind], *map(_harmless, words)] for kind, words in rows)
    return file.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in RISKY else cell


def _plain(cell: str) -> str:
    """The inverse of `_harmless`."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in RISKY else cell


def _read(text: str) -> tuple[tuple[Line, ...], tuple[Fault, ...]]:
    """The usable lines, each once, and the faults."""
    if not text.strip():
        raise InvalidInput(FIELD, "empty")
    rows = clean(text).splitlines()
    if len(rows) > MOST_LINES or len(text) > MOST_BYTES:
        raise InvalidInput(FIELD, "too_long")
    lines: dict[str, Line] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows, start=1):
        try:
            for line in _lines(row):
                lines.setdefault(line.digest, line)
        except InvalidInput as error:
            faults.append(Fault(number, row.strip()[:LONGEST_SHOWN], error.code))
    return tuple(lines.values()), tuple(faults)


def _lines(row: str) -> Iterator[Line]:
    """The line a row stands for; none for blank rows, comments and the head."""
    row = row.strip()
    if not row or row.startswith("#"):
        return
    cells = [_plain(cell) for cell in _cells(row)]
    cells = [cell for cell in cells if cell]
    if not cells or cells[0] == HEAD:
        return
    if cells[0] in LABELS:
        yield checked(LABELS[cells[0]], tuple(cells[1:]))
        return
    if len(cells) > 1:
        raise InvalidInput(FIELD, "unclear")
    yield _free(cells[0])


def _free(cell: str) -> Line:
    """A row without its kind: 甲 = 乙, 甲 => 乙, or a word."""
    written = cell.replace("＝", "=").replace("→", ONE_WAY)
    if "=" not in written:
        return checked(WordKind.WORD, (cell,))
    group = parse_group(written)
    if group is None:
        raise InvalidInput(FIELD, "unclear")
    return checked(WordKind.ONE_WAY if group.one_way else WordKind.SAME, group.words)


def _cells(row: str) -> Sequence[str]:
    separator = "\t" if "\t" in row else ","
    try:
        return next(csv.reader([row.replace("，", ",")], delimiter=separator), [])
    except csv.Error as error:
        raise InvalidInput(FIELD, "unclear") from error
