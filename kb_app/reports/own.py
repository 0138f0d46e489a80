"""Reports people put together: measures × a dimension × filters, all from the closed catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import trees
from kb_app.cards import Choice
from kb_app.errors import EditConflict, InvalidInput, NotAllowed, NotFound
from kb_app.insight.period import DAYS, USUAL
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.reports.catalogue import Dimension, Measure, Narrowed
from kb_app.reports.scope import below_node
from kb_app.setup.agents import agent_choices
from kb_app.setup.catalogue import node_choices
from kb_app.setup.teams import CHANNELS
from kb_app.typed_text import clean_line, required
from models import Report, Team, Viewer, reading, record, unit_of_work

MOST_MEASURES = 6
MOST_REPORTS = 100
LOWEST_PRIORITY = 5
Code = TypeVar("Code", Measure, Dimension)


@dataclass(frozen=True)
class Definition:
    """What a report asks; ids that are gone count as not chosen."""

    measures: tuple[Measure, ...]
    dimension: Dimension = Dimension.TEAM
    days: int = USUAL
    team_id: int | None = None
    agent_id: int | None = None
    node_id: int | None = None
    category_id: int | None = None
    channel: str = ""
    priority: int | None = None


@dataclass(frozen=True)
class ReportInput:
    """A report to keep."""

    name: str
    definition: Definition
    shared: bool
    version: int = 0


@dataclass(frozen=True)
class ReportCard:
    """A report in the list."""

    report_id: int
    name: str
    owner_name: str
    shared: bool
    mine: bool
    definition: Definition


@dataclass(frozen=True)
class BuilderChoices:
    """What filters can be set to."""

    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    nodes: tuple[Choice, ...]
    categories: tuple[Choice, ...]


@dataclass(frozen=True)
class BuilderPage:
    """The form: of a report, or an empty one."""

    report_id: int | None
    name: str
    shared: bool
    version: int
    definition: Definition
    choices: BuilderChoices


def stored(definition: Definition) -> dict[str, Any]:
    """As plain data; what is not chosen is left out."""
    facts = {name: getattr(definition, name) for name in Definition.__dataclass_fields__}
    facts["measures"] = [measure.value for measure in definition.measures]
    facts["dimension"] = definition.dimension.value
    return {name: value for name, value in facts.items() if value not in (None, "")}


def loaded(rules: Mapping[str, Any]) -> Definition:
    """The definition of stored data; codes the catalogue no longer has are left out."""
    fields = Definition.__dataclass_fields__
    known: dict[str, Any] = {key: rules[key] for key in fields if rules.get(key)}
    measures = tuple(Measure(code) for code in rules.get("measures", ()) if code in set(Measure))
    dimension = str(rules.get("dimension", ""))
    known["measures"] = measures or (Measure.TICKETS,)
    known["dimension"] = Dimension(dimension) if dimension in set(Dimension) else Dimension.TEAM
    return Definition(**known)


def checked(definition: Definition) -> Definition:
    """The definition, or InvalidInput for what cannot be asked."""
    if not definition.measures:
        raise InvalidInput("measures", "empty")
    if len(definition.measures) > MOST_MEASURES:
        raise InvalidInput("measures", "too_many")
    if definition.days not in DAYS:
        raise InvalidInput("days", "unknown")
    if definition.channel and definition.channel not in CHANNELS:
        raise InvalidInput("channel", "unknown")
    if definition.priority is not None and not 1 <= definition.priority <= LOWEST_PRIORITY:
        raise InvalidInput("priority", "unknown")
    return definition


def narrowed(session: Session, definition: Definition) -> Narrowed:
    """The filters as the catalogue takes them."""
    node, category = definition.node_id, definition.category_id
    tree = trees.categories(session)
    return Narrowed(
        definition.team_id,
        definition.agent_id,
        below_node(session, node) if node else None,
        frozenset(tree.below(category)) if category and category in tree else None,
        definition.channel,
        definition.priority,
    )


def reports(ports: Ports, viewer: Viewer) -> tuple[ReportCard, ...]:
    """Mine and the shared ones."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        rows = session.scalars(
            sa.select(Report)
            .where(sa.or_(Report.shared, Report.owner_id == viewer.user_id))
            .order_by(Report.owner_id != viewer.user_id, Report.name, Report.id)
            .limit(MOST_REPORTS)
        )
        return tuple(_card(row, viewer) for row in rows)


def _card(row: Report, viewer: Viewer) -> ReportCard:
    owner = row.owner.name if row.owner else ""
    mine = row.owner_id == viewer.user_id
    return ReportCard(row.id, row.name, owner, row.shared, mine, loaded(row.rules))


def builder(
    ports: Ports, viewer: Viewer, report_id: int | None, tried: Definition | None = None
) -> BuilderPage:
    """The form of a report one may change, or of a new one; `tried` is what was chosen so far."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        choices = _choices(session)
        if report_id is None:
            return BuilderPage(None, "", False, 0, tried or Definition(()), choices)
        row = changeable(session, viewer, report_id)
        asked = tried or loaded(row.rules)
        return BuilderPage(row.id, row.name, row.shared, row.version, asked, choices)


def _choices(session: Session) -> BuilderChoices:
    teams = session.scalars(sa.select(Team).order_by(Team.position, Team.id))
    return BuilderChoices(
        tuple(Choice(team.id, team.name) for team in teams),
        agent_choices(session),
        node_choices(session),
        trees.categories(session).short_choices(),
    )


def seen(session: Session, viewer: Viewer, report_id: int) -> Report:
    """A report this person may open; NotFound for others' private ones."""
    row = session.get(Report, report_id)
    if row is None or not (row.shared or row.owner_id == viewer.user_id):
        raise NotFound(report_id)
    return row


def changeable(session: Session, viewer: Viewer, report_id: int) -> Report:
    """A report this person may change: their own, or a shared one whose owner is gone."""
    row = seen(session, viewer, report_id)
    if row.owner_id not in {None, viewer.user_id}:
        raise NotAllowed(report_id)
    return row


def save(ports: Ports, viewer: Viewer, report_id: int | None, form: ReportInput) -> int:
    """Keep it; EditConflict when it was changed meanwhile."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    rules = stored(checked(form.definition))
    with unit_of_work(ports.database) as session:
        if report_id is None:
            row = Report(owner_id=viewer.user_id, name=name, rules=rules, shared=form.shared)
            session.add(row)
        else:
            row = changeable(session, viewer, report_id)
            if row.version != form.version:
                raise EditConflict(report_id)
            row.name, row.rules, row.shared = name, rules, form.shared
            row.updated_at = ports.clock()
        session.flush()
        record(session, viewer, "report.saved", f"report:{row.id}", shared=form.shared)
        return row.id


def delete(ports: Ports, viewer: Viewer, report_id: int) -> None:
    """Keep it no more; its mails end too."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        row = changeable(session, viewer, report_id)
        record(session, viewer, "report.deleted", f"report:{row.id}", name=row.name)
        session.delete(row)
