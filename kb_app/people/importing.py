"""Customers from a sheet: columns named, effect counted, then written; again is harmless.

Accounts made this way have no password until their owner asks for a link to set one.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.errors import FileTooLarge, InvalidInput, NotFound
from kb_app.exchange.reading import Task, read
from kb_app.exchange.spool import spool
from kb_app.files import safe_name
from kb_app.people.judging import FIELDS, Known, Outcome, Refusal, Wish, guess, judge, wish_of
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import (
    CustomerGroup,
    CustomerLevel,
    EmailClaim,
    PeopleImport,
    PeopleImportState,
    Role,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
)

MOST_ROWS = 5_000
MOST_NOTES = 500
LARGEST = 20 * 1024 * 1024
CHUNK = 1024 * 1024
BATCH = 250
SAMPLE = 5
SHOWN_RUNS = 10
KEEP = timedelta(days=7)
NO_PASSWORD = "!"  # noqa: S105  matches nothing: no hash begins so


@dataclass(frozen=True)
class RunPage:
    """One import: which column is what, or what it would do, or what it did."""

    run_id: int
    filename: str
    state: PeopleImportState
    reason: str
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    mapping: Mapping[str, int]
    counts: Mapping[str, int]
    notes: tuple[Refusal, ...]
    total: int
    created_at: datetime


def begin(ports: Ports, viewer: Viewer, filename: str, stream: BinaryIO) -> int:
    """Read a sheet in a confined child; returns the run."""
    require(viewer, Permission.MANAGE_DESK)
    name = safe_name(filename)
    place = spool(ports, secrets.token_hex(16))
    place.make()
    try:
        _keep(stream, place.source.open("wb"))
        found = read(place, Task("rows", name, {"most": MOST_ROWS + 1}))
        rows = [] if found.reason else _rows(place.records.read_text(encoding="utf-8"))
    finally:
        place.remove()
    binary = any("\x00" in cell or "\ufffd" in cell for row in rows[:SAMPLE] for cell in row)
    reason = found.reason or ("format" if binary else "")
    reason = reason or ("nothing" if len(rows) < 2 else "")  # noqa: PLR2004  header + one
    reason = "too_many" if len(rows) > MOST_ROWS + 1 else reason
    run = PeopleImport(
        owner_id=viewer.user_id,
        filename=name[:200],
        state=PeopleImportState.FAILED if reason else PeopleImportState.MAPPING,
        reason=reason,
        rows=[] if reason else rows,
        mapping=guess(rows[0]) if rows and not reason else {},
        created_at=ports.clock(),
    )
    with unit_of_work(ports.database) as session:
        session.add(run)
        session.flush()
        return run.id


def forget(ports: Ports) -> None:
    """Sheets and what was said of their rows: customers' addresses, for a week."""
    with unit_of_work(ports.database) as session:
        old = PeopleImport.created_at < ports.clock() - KEEP
        session.execute(sa.delete(PeopleImport).where(old))


def _keep(stream: BinaryIO, target: BinaryIO) -> None:
    size = 0
    with target:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise FileTooLarge("people")
            target.write(chunk)
    if not size:
        raise InvalidInput("file", "empty")


def _rows(text: str) -> list[list[str]]:
    return [[str(cell) for cell in json.loads(line)["row"]] for line in text.splitlines()]


def runs(ports: Ports, viewer: Viewer) -> tuple[RunPage, ...]:
    """The last ones."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(PeopleImport).order_by(PeopleImport.id.desc()).limit(SHOWN_RUNS)
        )
        return tuple(_page(row) for row in rows)


def run(ports: Ports, viewer: Viewer, run_id: int) -> RunPage:
    """One of them."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        return _page(_run(session, run_id))


def _run(session: Session, run_id: int, *, lock: bool = False) -> PeopleImport:
    row = session.get(PeopleImport, run_id, with_for_update=lock)
    if row is None:
        raise NotFound(run_id)
    return row


def _page(row: PeopleImport) -> RunPage:
    return RunPage(
        row.id,
        row.filename,
        row.state,
        row.reason,
        tuple(row.rows[0]) if row.rows else (),
        tuple(tuple(cells) for cells in row.rows[1 : SAMPLE + 1]),
        dict(row.mapping),
        dict(row.counts),
        tuple(Refusal(**note) for note in row.notes),
        max(0, len(row.rows) - 1),
        row.created_at,
    )


def choose(ports: Ports, viewer: Viewer, run_id: int, mapping: Mapping[str, int]) -> None:
    """Name the columns and count what the rows would do; nothing is written."""
    require(viewer, Permission.MANAGE_DESK)
    known = {field: place for field, place in mapping.items() if field in FIELDS and place >= 0}
    if "email" not in known:
        raise InvalidInput("column_email", "empty")
    if len(set(known.values())) < len(known):
        raise InvalidInput("columns", "doubled")
    with unit_of_work(ports.database) as session:
        row = _run(session, run_id, lock=True)
        if row.state not in {PeopleImportState.MAPPING, PeopleImportState.CHECKED}:
            raise InvalidInput("run", "moved_on")
        wishes, refused = _wishes(row.rows, known)
        counts = dict.fromkeys(Outcome, 0)
        for some in _some(wishes):
            for verdict in _judged(session, some):
                counts[_outcome(verdict)] += 1
                refused += [verdict] if isinstance(verdict, Refusal) else []
        _tell(row, counts, refused)
        row.mapping, row.state = known, PeopleImportState.CHECKED


def _tell(row: PeopleImport, counts: Mapping[Outcome, int], refused: Sequence[Refusal]) -> None:
    noted = sorted(refused, key=lambda each: each.line)
    row.counts = {**{key.value: n for key, n in counts.items()}, "refused": len(noted)}
    row.notes = [asdict(note) for note in noted[:MOST_NOTES]]


def _wishes(
    rows: Sequence[Sequence[str]], mapping: Mapping[str, int]
) -> tuple[list[Wish], list[Refusal]]:
    """Every address once; the second row of one is refused and named."""
    wishes: dict[str, Wish] = {}
    refused = []
    for line, row in enumerate(rows[1:], start=2):
        found = wish_of(line, row, mapping)
        if isinstance(found, Wish) and found.email in wishes:
            found = Refusal(line, "twice", found.email)
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            wishes[found.email] = found
    return list(wishes.values()), refused


def _some(wishes: Sequence[Wish]) -> Iterator[Sequence[Wish]]:
    return (wishes[first : first + BATCH] for first in range(0, len(wishes), BATCH))


def _outcome(verdict: Outcome | Refusal) -> Outcome:
    return Outcome.REFUSED if isinstance(verdict, Refusal) else verdict


def _users(session: Session, wishes: Sequence[Wish]) -> dict[str, User]:
    found = session.scalars(
        sa.select(User)
        .where(User.email.in_([wish.email for wish in wishes]))
        .options(selectinload(User.groups), selectinload(User.level))
    )
    return {user.email: user for user in found}


def _judged(session: Session, wishes: Sequence[Wish]) -> Iterator[Outcome | Refusal]:
    users = _users(session, wishes)
    levels = frozenset(session.scalars(sa.select(CustomerLevel.name)))
    ids = [user.id for user in users.values()]
    claimed = set(session.scalars(sa.select(EmailClaim.user_id).where(EmailClaim.user_id.in_(ids))))
    known = {email: _known(user, user.id not in claimed) for email, user in users.items()}
    return (judge(wish, known.get(wish.email), levels) for wish in wishes)


def _known(user: User, is_proven: bool) -> Known:
    groups = frozenset(group.name for group in user.groups)
    level = user.level.name if user.level else ""
    return Known(user.name, user.role, user.is_active, level, groups, is_proven)


def confirm(ports: Ports, viewer: Viewer, run_id: int) -> RunPage:
    """Write it, some rows at a time; cut off and begun again it ends the same."""
    require(viewer, Permission.MANAGE_DESK)
    page = run(ports, viewer, run_id)
    if page.state is not PeopleImportState.CHECKED:
        raise InvalidInput("run", "moved_on")
    with reading(ports.database) as session:
        row = _run(session, run_id)
        wishes, refused = _wishes(row.rows, row.mapping)
    counts = dict.fromkeys(Outcome, 0)
    for some in _some(wishes):
        with unit_of_work(ports.database) as session:
            verdicts = list(_judged(session, some))
            _write(session, some, verdicts)
        for verdict in verdicts:
            counts[_outcome(verdict)] += 1
            refused += [verdict] if isinstance(verdict, Refusal) else []
    with unit_of_work(ports.database) as session:
        row = _run(session, run_id, lock=True)
        _tell(row, counts, refused)
        row.state, row.rows = PeopleImportState.DONE, []
        record(session, viewer, "people.imported", f"people_import:{run_id}", **row.counts)
        return _page(row)


def _write(session: Session, wishes: Sequence[Wish], verdicts: Sequence[Outcome | Refusal]) -> None:
    users = _users(session, wishes)
    levels = {level.name: level.id for level in session.scalars(sa.select(CustomerLevel))}
    groups = {group.name: group for group in session.scalars(sa.select(CustomerGroup))}
    for wish, verdict in zip(wishes, verdicts, strict=True):
        if verdict not in {Outcome.CREATED, Outcome.CHANGED}:
            continue
        user = users.get(wish.email)
        if user is None:
            name = wish.name or wish.email.partition("@")[0][:80]
            user = User(email=wish.email, name=name, password_hash=NO_PASSWORD, role=Role.CUSTOMER)
            session.add(user)
        user.name = wish.name or user.name
        user.level_id = levels[wish.level] if wish.level else user.level_id
        for name in wish.groups:
            group = groups.setdefault(name, CustomerGroup(name=name))
            if group not in user.groups:
                user.groups.append(group)
