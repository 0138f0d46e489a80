"""How teams and agents do: handled, first reply, resolution, reopened, satisfaction, promises."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports.asking import Asked, Cells, ask
from kb_app.reports.catalogue import Dimension, Measure
from kb_app.reports.naming import Row, rows_of
from kb_app.reports.scope import Scope, ScopeInput, scope_of
from models import Viewer, reading

WAYS = (
    Dimension.AGENT,
    Dimension.TEAM,
    Dimension.NODE,
    Dimension.CHANNEL,
    Dimension.PRIORITY,
    Dimension.DAY,
    Dimension.WEEK,
)
MEASURES = (
    Measure.TICKETS,
    Measure.SOLVED,
    Measure.FIRST_REPLY,
    Measure.RESOLUTION,
    Measure.REOPENED,
    Measure.SATISFIED,
    Measure.RESPONSE_KEPT,
    Measure.RESOLUTION_KEPT,
)


@dataclass(frozen=True)
class PerformancePage:
    """The whole and its parts."""

    scope: Scope
    by: Dimension
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    whole: Cells
    ways: tuple[Dimension, ...] = WAYS


def performance(ports: Ports, viewer: Viewer, scope: ScopeInput, by: str) -> PerformancePage:
    """Tickets opened in the period, by who has them now (or another of WAYS)."""
    require(viewer, Permission.MANAGE_DESK)
    chosen = next((way for way in WAYS if way.value == by), Dimension.AGENT)
    with reading(ports.database) as session:
        known = scope_of(ports, session, scope)
        rows, whole = table(ports, session, Asked(MEASURES, chosen, known.period, known.narrowed))
    return PerformancePage(known, chosen, MEASURES, rows, whole)


def table(ports: Ports, session: Session, asked: Asked) -> tuple[tuple[Row, ...], Cells]:
    """The rows of a question, and all of them together."""
    answer = ask(session, asked, ports.clock())
    return rows_of(session, asked, answer.rows), answer.whole
