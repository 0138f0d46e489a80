"""One's own report carried out, now or for a stretch of days that a mail is about."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from kb_app.insight.period import Period, Wanted, period_of
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports.asking import Asked, Cells
from kb_app.reports.naming import Row
from kb_app.reports.own import Definition, checked, loaded, narrowed, seen
from kb_app.reports.performance import table
from models import STAFF_ROLES, ReportReader, User, Viewer, reading


@dataclass(frozen=True)
class Result:
    """What the tickets answered."""

    definition: Definition
    period: Period
    rows: tuple[Row, ...]
    whole: Cells


@dataclass(frozen=True)
class ReaderRow:
    """Somebody who gets it by mail."""

    user_id: int
    name: str
    rhythm: str


@dataclass(frozen=True)
class ReportPage:
    """A report with its answer and its readers."""

    report_id: int
    name: str
    owner_name: str
    shared: bool
    mine: bool
    result: Result
    readers: tuple[ReaderRow, ...]
    people: tuple[Choice, ...]
    my_rhythm: str


def run(
    ports: Ports, session: Session, definition: Definition, period: Period | None = None
) -> Result:
    """Ask the tickets; over the definition's days up to today when no period is named."""
    zone = ZoneInfo(ports.config.timezone)
    days = period or period_of(Wanted(definition.days), ports.clock(), zone)
    asked = Asked(definition.measures, definition.dimension, days, narrowed(session, definition))
    return Result(definition, days, *table(ports, session, asked))


def tried(ports: Ports, viewer: Viewer, definition: Definition) -> Result:
    """What a report would say, before it is kept."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        return run(ports, session, checked(definition))


def report_page(ports: Ports, viewer: Viewer, report_id: int) -> ReportPage:
    """A report of mine or a shared one."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        row = seen(session, viewer, report_id)
        readers = _readers(session, report_id)
        taken = {reader.user_id for reader in readers}
        staff = session.scalars(
            sa.select(User)
            .where(User.role.in_(sorted(STAFF_ROLES)), User.is_active)
            .order_by(User.name, User.id)
        )
        return ReportPage(
            row.id,
            row.name,
            row.owner.name if row.owner else "",
            row.shared,
            row.owner_id in {None, viewer.user_id},
            run(ports, session, loaded(row.rules)),
            readers,
            tuple(Choice(user.id, user.name) for user in staff if user.id not in taken),
            next((r.rhythm for r in readers if r.user_id == viewer.user_id), ""),
        )


def _readers(session: Session, report_id: int) -> tuple[ReaderRow, ...]:
    rows = session.execute(
        sa.select(ReportReader.user_id, User.name, ReportReader.rhythm)
        .join(User, User.id == ReportReader.user_id)
        .where(ReportReader.report_id == report_id)
        .order_by(User.name, User.id)
    )
    return tuple(ReaderRow(user_id, name, rhythm.value) for user_id, name, rhythm in rows)
