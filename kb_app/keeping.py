"""How long records of what happened are kept; the site's own days, else the usual ones.

Tickets, questions and their history are not among them: they stay until somebody deletes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from kb_app.errors import EditConflict, InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import KEEPING_ID, Keeping, Viewer, reading, record, unit_of_work

MOST_DAYS = 3650


class Kept(StrEnum):
    """Kinds of records."""

    BRIDGES = "bridges"
    CALLS = "calls"
    RULES = "rules"
    WEBHOOKS = "webhooks"
    NOTICES = "notices"


# Usual days, and the least: what is needed to know a repetition must be there that long.
USUAL: dict[Kept, tuple[int, int]] = {
    Kept.BRIDGES: (180, 30),
    Kept.CALLS: (365, 1),
    Kept.RULES: (180, 7),
    Kept.WEBHOOKS: (30, 7),
    Kept.NOTICES: (60, 7),
}


@dataclass(frozen=True)
class KeepingRow:
    """One kind: its days (0 for ever), the least and the usual, what the last night cleared."""

    kind: Kept
    days: int
    least: int
    usual: int
    cleared: int


@dataclass(frozen=True)
class KeepingPage:
    """What the form shows."""

    rows: tuple[KeepingRow, ...]
    swept_at: datetime | None
    search_days: int
    version: int


def days_of(session: Session) -> dict[Kept, int]:
    """The days in force."""
    row = session.get(Keeping, KEEPING_ID)
    chosen = row.days if row is not None else {}
    return {kind: int(chosen.get(kind, usual)) for kind, (usual, _least) in USUAL.items()}


def oldest(session: Session, kind: Kept, now: datetime) -> datetime | None:
    """What is older goes; None when this kind is kept for ever."""
    days = days_of(session)[kind]
    return now - timedelta(days=days) if days else None


def keeping_page(ports: Ports, viewer: Viewer) -> KeepingPage:
    """The days, and what was cleared last."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        row, days = session.get_one(Keeping, KEEPING_ID), days_of(session)
        rows = tuple(
            KeepingRow(kind, days[kind], least, usual, int(row.cleared.get(kind, 0)))
            for kind, (usual, least) in USUAL.items()
        )
        return KeepingPage(rows, row.swept_at, ports.config.search_log_days, row.version)


def save_keeping(
    ports: Ports, viewer: Viewer, form: Mapping[Kept, int | None], version: int
) -> None:
    """Keep for so many days from now on; InvalidInput names the kind, EditConflict."""
    require(viewer, Permission.CONFIGURE)
    days = {kind.value: _checked(kind, form.get(kind)) for kind in Kept}
    with unit_of_work(ports.database) as session:
        row = session.get_one(Keeping, KEEPING_ID, with_for_update=True)
        if row.version != version:
            raise EditConflict("keeping")
        row.days, row.updated_at = days, ports.clock()
        record(session, viewer, "keeping.saved", "keeping", **days)


def _checked(kind: Kept, days: int | None) -> int:
    if days is None or (days != 0 and not USUAL[kind][1] <= days <= MOST_DAYS):
        raise InvalidInput(f"{kind}_days", "range")
    return days
