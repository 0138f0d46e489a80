"""The service catalogue: what customers may ask for, in up to five levels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.assigning import node_team
from kb_app.cards import Choice
from kb_app.clocks import node_path
from kb_app.errors import EditConflict, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, optional, required
from models import (
    FormVersion,
    QuestionForm,
    ServiceNode,
    Team,
    Ticket,
    Viewer,
    reading,
    record,
    unit_of_work,
)

DEEPEST = 5
INDENT = "　"
IMPACTS = (1, 2, 3)


@dataclass(frozen=True)
class NodeRow:
    """A node in the tree; `team` is the one that gets its tickets, `inherited` from above."""

    node_id: int
    name: str
    depth: int
    team: str
    inherited: bool
    fields: int
    is_active: bool


@dataclass(frozen=True)
class CataloguePage:
    """The whole tree."""

    rows: tuple[NodeRow, ...]


@dataclass(frozen=True)
class NodeInput:
    """A node as the form sent it."""

    name: str
    summary: str
    parent_id: int | None
    team_id: int | None
    skill: str
    impact: int | None
    position: int | None
    is_active: bool
    version: int = 0


@dataclass(frozen=True)
class NodePage:
    """The form of one node; `node_id` None is a new one."""

    node_id: int | None
    form: NodeInput
    parents: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    fields: tuple[dict[str, object], ...]
    form_number: int
    tickets: int


def catalogue(ports: Ports, viewer: Viewer) -> CataloguePage:
    """The tree as the lead sees it."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        teams = {team.id: team.name for team in session.scalars(sa.select(Team))}
        rows = []
        for node, depth in walk(session):
            team_id = node_team(session, node.id)
            form = latest_form(session, node.id)
            rows.append(
                NodeRow(
                    node.id,
                    node.name,
                    depth,
                    teams.get(team_id or 0, ""),
                    node.team_id is None and team_id is not None,
                    len(form.fields) if form else 0,
                    node.is_active,
                )
            )
    return CataloguePage(tuple(rows))


def walk(session: Session) -> Iterator[tuple[ServiceNode, int]]:
    """Every node with its depth from 1, each below its parent, siblings in their order."""
    nodes = session.scalars(sa.select(ServiceNode).order_by(ServiceNode.position, ServiceNode.id))
    below: dict[int | None, list[ServiceNode]] = {}
    for node in nodes:
        below.setdefault(node.parent_id, []).append(node)
    yield from _walk(below, None, 1)


def _walk(
    below: dict[int | None, list[ServiceNode]], parent: int | None, depth: int
) -> Iterator[tuple[ServiceNode, int]]:
    for node in below.get(parent, ()):
        yield node, depth
        yield from _walk(below, node.id, depth + 1)


def node_choices(session: Session, deepest: int = DEEPEST) -> tuple[Choice, ...]:
    """Nodes to choose from, indented by depth."""
    return tuple(
        Choice(node.id, INDENT * (depth - 1) + node.name)
        for node, depth in walk(session)
        if depth <= deepest
    )


def latest_form(session: Session, node_id: int) -> FormVersion | None:
    """The form of a node as it is now."""
    return session.scalar(
        sa.select(FormVersion)
        .where(FormVersion.node_id == node_id)
        .order_by(FormVersion.number.desc())
        .limit(1)
    )


def node(ports: Ports, viewer: Viewer, node_id: int | None) -> NodePage:
    """The form of a node."""
    require(viewer, Permission.MANAGE_DESK)
    with reading(ports.database) as session:
        found = session.get(ServiceNode, node_id) if node_id else _empty()
        if found is None:
            raise NotFound(node_id)
        version = latest_form(session, node_id) if node_id else None
        count = sa.select(sa.func.count()).where(Ticket.node_id == node_id)
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        parents = node_choices(session, DEEPEST - 1)
        return NodePage(
            node_id,
            NodeInput(**{key: getattr(found, key) for key in NodeInput.__dataclass_fields__}),
            tuple(choice for choice in parents if choice.id != node_id),
            tuple(Choice(team.id, team.name) for team in teams),
            tuple(version.fields) if version else (),
            version.number if version else 0,
            (session.scalar(count) or 0) if node_id else 0,
        )


def _empty() -> ServiceNode:
    return ServiceNode(
        name="", summary="", skill="", impact=2, position=0, is_active=True, version=0
    )


def save_node(ports: Ports, viewer: Viewer, node_id: int | None, form: NodeInput) -> int:
    """Make or change a node; never deeper than five levels, never below itself."""
    require(viewer, Permission.MANAGE_DESK)
    name = required("name", clean_line(form.name), 60)
    summary = optional("summary", clean_line(form.summary), 200)
    skill = optional("skill", clean_line(form.skill), 40)
    if form.impact not in IMPACTS:
        raise InvalidInput("impact", "unknown")
    with unit_of_work(ports.database) as session:
        found = session.get(ServiceNode, node_id, with_for_update=True) if node_id else _empty()
        if found is None:
            raise NotFound(node_id)
        if node_id and found.version != form.version:
            raise EditConflict(name)
        _check_parent(session, node_id, form.parent_id)
        if form.team_id is not None and session.get(Team, form.team_id) is None:
            raise InvalidInput("team_id", "unknown")
        if not node_id:
            found.version = 1
        found.name, found.summary, found.skill = name, summary, skill
        found.parent_id, found.team_id = form.parent_id, form.team_id
        found.impact, found.position = form.impact, form.position or 0
        found.is_active = form.is_active
        session.add(found)
        session.flush()
        record(session, viewer, "catalogue.saved", f"node:{found.id}")
        return found.id


def _check_parent(session: Session, node_id: int | None, parent_id: int | None) -> None:
    if parent_id is None:
        return
    if session.get(ServiceNode, parent_id) is None:
        raise InvalidInput("parent_id", "unknown")
    path = node_path(session, parent_id)
    if node_id in path:
        raise InvalidInput("parent_id", "below_itself")
    height = _height(list(walk(session)), node_id) if node_id else 1
    if len(path) + height > DEEPEST:
        raise InvalidInput("parent_id", "too_deep")


def _height(walked: Sequence[tuple[ServiceNode, int]], node_id: int) -> int:
    """How many levels a node and what is below it need."""
    place = next(n for n, (each, _depth) in enumerate(walked) if each.id == node_id)
    top = walked[place][1]
    deepest = top
    for _each, depth in walked[place + 1 :]:
        if depth <= top:
            break
        deepest = max(deepest, depth)
    return deepest - top + 1


def delete_node(ports: Ports, viewer: Viewer, node_id: int) -> None:
    """Take a node out; only one with nothing below it and no tickets. Others are switched off."""
    require(viewer, Permission.MANAGE_DESK)
    with unit_of_work(ports.database) as session:
        found = session.get(ServiceNode, node_id)
        if found is None:
            raise NotFound(node_id)
        below = sa.select(ServiceNode.id).where(ServiceNode.parent_id == node_id).limit(1)
        used = sa.select(Ticket.id).where(Ticket.node_id == node_id).limit(1)
        # A ticket that was moved elsewhere still shows the form it came with.
        mine = sa.select(FormVersion.id).where(FormVersion.node_id == node_id)
        filled = (
            sa.select(QuestionForm.question_id)
            .where(sa.or_(QuestionForm.node_id == node_id, QuestionForm.version_id.in_(mine)))
            .limit(1)
        )
        if any(session.scalar(query) is not None for query in (below, used, filled)):
            raise InvalidInput("node_id", "in_use")
        session.delete(found)
        record(session, viewer, "catalogue.deleted", f"node:{node_id}", name=found.name)
