"""The bridges as administrators see, change and try them; secrets are never shown again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging.doors import OURS, USUAL, desk_of, sealed
from kb_app.bridging.inputs import BridgeInput, checked_input, words_of
from kb_app.bridging.leaving import leave
from kb_app.bridging_marks import wait
from kb_app.cards import Choice
from kb_app.errors import EditConflict, InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.rows import row_of
from kb_app.setup.catalogue import node_choices
from models import (
    Bridge,
    BridgeEvent,
    BridgeScope,
    Handover,
    HandoverState,
    ServiceNode,
    Team,
    Ticket,
    Viewer,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.handover import DeskFault, DeskKind
from ticket_bridge.webhook_signing import new_secret

LOGGED = 50
MOST_STATES = 20
KINDS = (DeskKind.REQUEST_TRACKER, DeskKind.WEBHOOK, DeskKind.MAIL)


@dataclass(frozen=True)
class BridgeRow:
    """A bridge in the list; `fault` is a code, `detail` what the system said."""

    bridge_id: int
    name: str
    kind: DeskKind
    place: str
    is_active: bool
    scope: BridgeScope
    seen_at: datetime | None
    fault: str
    detail: str
    waiting: int
    failed: int
    sent: int


@dataclass(frozen=True)
class LogRow:
    """One event of the log."""

    at: datetime
    inward: bool
    kind: str
    outcome: str
    detail: str
    number: str


@dataclass(frozen=True)
class Tried:
    """What the test button showed; an empty code means it works."""

    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class BridgePage:
    """One bridge with what can be chosen and its last events."""

    bridge_id: int | None
    form: BridgeInput
    has_secret: bool
    teams: tuple[Choice, ...]
    nodes: tuple[Choice, ...]
    log: tuple[LogRow, ...] = ()
    tried: Tried | None = None
    events_url: str = ""


def bridges(ports: Ports, viewer: Viewer) -> tuple[BridgeRow, ...]:
    """Every bridge and how it does."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        counts: dict[tuple[int, HandoverState], int] = {
            (bridge_id, state): count
            for bridge_id, state, count in session.execute(
                sa.select(Handover.bridge_id, Handover.state, sa.func.count()).group_by(
                    Handover.bridge_id, Handover.state
                )
            )
        }
        found = session.scalars(sa.select(Bridge).order_by(Bridge.id))
        return tuple(_row(bridge, counts) for bridge in found)


def _row(bridge: Bridge, counts: dict[tuple[int, HandoverState], int]) -> BridgeRow:
    code, _, detail = bridge.fault.partition(": ")
    return BridgeRow(
        bridge.id,
        bridge.name,
        DeskKind(bridge.kind),
        bridge.url or bridge.username,
        bridge.is_active,
        bridge.scope,
        bridge.seen_at,
        code,
        detail,
        *(
            counts.get((bridge.id, state), 0)
            for state in (HandoverState.WAITING, HandoverState.FAILED, HandoverState.SENT)
        ),
    )


def bridge_page(
    ports: Ports, viewer: Viewer, bridge_id: int | None, tried: Tried | None = None
) -> BridgePage:
    """One bridge, or an empty form."""
    require(viewer, Permission.CONFIGURE)
    with reading(ports.database) as session:
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        chosen = tuple(Choice(team.id, team.name) for team in teams)
        nodes = node_choices(session)
        if bridge_id is None:
            return BridgePage(None, BridgeInput(), False, chosen, nodes, (), tried)
        bridge = row_of(session, Bridge, bridge_id, locked=True)
        log = _log(session, bridge_id)
        url = f"{ports.config.base_url}/api/v1/bridges/{bridge.id}/events"
        return BridgePage(
            bridge.id, _form(bridge), bool(bridge.secret), chosen, nodes, log, tried, url
        )


def _form(bridge: Bridge) -> BridgeInput:
    states: dict[str, str] = dict.fromkeys(OURS, "")
    known = bridge.states or USUAL.get(DeskKind(bridge.kind), {})
    for theirs, ours in known.items():
        states[ours] = f"{states[ours]}, {theirs}".strip(", ")
    return BridgeInput(
        bridge.name,
        DeskKind(bridge.kind),
        bridge.url,
        bridge.username,
        "",
        bridge.queue,
        bridge.scope,
        tuple(bridge.node_ids),
        tuple(bridge.team_ids),
        states,
        dict(bridge.queues),
        bridge.version,
    )


def _log(session: Session, bridge_id: int) -> tuple[LogRow, ...]:
    rows = session.execute(
        sa.select(BridgeEvent, Ticket.number)
        .outerjoin(Handover, Handover.id == BridgeEvent.handover_id)
        .outerjoin(Ticket, Ticket.id == Handover.ticket_id)
        .where(BridgeEvent.bridge_id == bridge_id)
        .order_by(BridgeEvent.id.desc())
        .limit(LOGGED)
    )
    return tuple(
        LogRow(e.created_at, e.inward, e.kind, e.outcome, e.detail, number or "")
        for e, number in rows
    )


def save_bridge(
    ports: Ports, viewer: Viewer, bridge_id: int | None, form: BridgeInput
) -> tuple[int, str]:
    """Add or change one; returns its id, and a signing secret that was made just now."""
    require(viewer, Permission.CONFIGURE)
    checked = checked_input(form)
    with unit_of_work(ports.database) as session:
        bridge = Bridge() if bridge_id is None else row_of(session, Bridge, bridge_id, locked=True)
        if bridge_id is not None and form.version != bridge.version:
            raise EditConflict(str(bridge_id))
        left = leave(session, bridge, checked) if bridge_id is not None else 0
        checked, made = _with_secret(bridge, checked)
        _check_choices(session, checked)
        _fill(ports, bridge, checked)
        bridge.version = (bridge.version or 0) + 1
        session.add(bridge)
        session.flush()
        record(session, viewer, "bridge.saved", f"bridge:{bridge.id}", kind=bridge.kind, left=left)
        _wake(session, bridge)
        return bridge.id, made


def _with_secret(bridge: Bridge, form: BridgeInput) -> tuple[BridgeInput, str]:
    """What is stored goes to the address it was typed for; a webhook's is made here."""
    moved = (bridge.url, bridge.username) != (form.url, form.username)
    if form.kind is DeskKind.MAIL or form.secret:
        return form, ""
    if form.kind is DeskKind.WEBHOOK and (not bridge.secret or moved):
        made = new_secret()
        return replace(form, secret=made), made
    if not bridge.secret:
        raise InvalidInput("secret", "empty")
    if moved:
        raise InvalidInput("secret", "again")
    return form, ""


def _check_choices(session: Session, form: BridgeInput) -> None:
    nodes = set(session.scalars(sa.select(ServiceNode.id)))
    teams = set(session.scalars(sa.select(Team.id)))
    if not nodes.issuperset(form.node_ids) or not teams.issuperset(form.team_ids):
        raise InvalidInput("scope", "unknown")
    if form.scope is BridgeScope.CHOSEN and not form.node_ids and not form.team_ids:
        raise InvalidInput("scope", "empty")


def _fill(ports: Ports, bridge: Bridge, form: BridgeInput) -> None:
    bridge.name, bridge.kind, bridge.url = form.name, form.kind.value, form.url
    bridge.username, bridge.queue, bridge.scope = form.username, form.queue, form.scope
    bridge.node_ids, bridge.team_ids = list(form.node_ids), list(form.team_ids)
    bridge.states = {
        theirs: ours for ours, words in form.states.items() for theirs in words_of(words)
    }
    bridge.queues = {team: queue for team, queue in form.queues.items() if queue}
    if form.secret:
        bridge.secret = sealed(ports, form.secret)
    bridge.fault, bridge.faults, bridge.resting_until = "", 0, None


def try_bridge(ports: Ports, viewer: Viewer, bridge_id: int | None, form: BridgeInput) -> Tried:
    """Get in with what is typed, storing nothing."""
    require(viewer, Permission.CONFIGURE)
    checked = checked_input(form)
    with reading(ports.database) as session:
        known = session.get(Bridge, bridge_id) if bridge_id is not None else None
        bridge = Bridge(id=bridge_id or 0, secret=known.secret if known else "")
        checked, _made = _with_secret(known or Bridge(secret=""), checked)
    _fill(ports, bridge, checked)
    try:
        desk_of(ports, bridge).check()
    except DeskFault as fault:
        return Tried(fault.code.value, fault.detail)
    return Tried()


def pause(ports: Ports, viewer: Viewer, bridge_id: int) -> bool:
    """Stop handing over and asking, or go on; returns whether it works now."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        bridge = row_of(session, Bridge, bridge_id, locked=True)
        bridge.is_active = not bridge.is_active
        deed = "bridge.resumed" if bridge.is_active else "bridge.paused"
        record(session, viewer, deed, f"bridge:{bridge.id}")
        _wake(session, bridge)
        return bridge.is_active


def _wake(session: Session, bridge: Bridge) -> None:
    if bridge.is_active:
        query = sa.select(Handover).filter_by(bridge_id=bridge.id, state=HandoverState.WAITING)
        for found in session.scalars(query):
            wait(session, found)


def delete_bridge(ports: Ports, viewer: Viewer, bridge_id: int) -> None:
    """Take it out with its log; tickets and what was said on them stay, here and there."""
    require(viewer, Permission.CONFIGURE)
    with unit_of_work(ports.database) as session:
        bridge = row_of(session, Bridge, bridge_id, locked=True)
        session.delete(bridge)
        record(session, viewer, "bridge.deleted", f"bridge:{bridge_id}", name=bridge.name)
