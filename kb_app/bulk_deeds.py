"""One change for many tickets at once, and taking it back within ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import IllegalMove, InvalidInput
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import split_words
from kb_app.ticket_facts import set_priority, set_tags, to_agent, to_team
from kb_app.ticket_log import log
from kb_app.ticket_moves import bring_back, move, move_by_hand, put_away
from models import (
    BulkDeed,
    Ticket,
    TicketStatus,
    TicketTag,
    Viewer,
    record,
    unit_of_work,
)
from ticket_bridge.lifecycle import HIDDEN

MOST = 200
UNDO_FOR = timedelta(minutes=10)


class Deed(StrEnum):
    """What can be done to many tickets."""

    STATUS = "status"
    AGENT = "agent"
    TEAM = "team"
    URGENCY = "urgency"
    TAG = "tag"
    HIDE = "hide"


@dataclass(frozen=True)
class BulkInput:
    """Which tickets, which change, to which value."""

    numbers: tuple[str, ...]
    deed: Deed
    value: str


@dataclass(frozen=True)
class BulkResult:
    """How many were changed and how many could not be; `deed_id` takes it back."""

    deed_id: int | None
    changed: int
    left: int


@dataclass(frozen=True)
class _Doing:
    ports: Ports
    session: Session
    viewer: Viewer
    value: str


def do(ports: Ports, viewer: Viewer, form: BulkInput) -> BulkResult:
    """Change every one that can be changed; what it was is kept for taking it back."""
    require(viewer, Permission.DESK)
    if not form.numbers:
        raise InvalidInput("numbers", "empty")
    if not form.value:
        raise InvalidInput("value", "empty")
    with unit_of_work(ports.database) as session:
        tickets = session.scalars(
            sa.select(Ticket)
            .where(Ticket.number.in_(form.numbers[:MOST]), Ticket.merged_into_id.is_(None))
            .order_by(Ticket.id)
            .with_for_update()
        ).all()
        doing = _Doing(ports, session, viewer, form.value)
        before, left = [], len(set(form.numbers)) - len(tickets)
        for ticket in tickets:
            state = _state(session, ticket)
            try:
                DEEDS[form.deed](doing, ticket)
            except IllegalMove:
                left += 1
                continue
            ticket.updated_at = ports.clock()
            session.flush()
            before.append({**state, "after": _state(session, ticket)})
        if not before or viewer.user_id is None:
            return BulkResult(None, 0, left)
        deed = BulkDeed(actor_id=viewer.user_id, action=form.deed.value, before=before)
        session.add(deed)
        session.flush()
        record(session, viewer, f"bulk.{form.deed.value}", f"bulk:{deed.id}", count=len(before))
        return BulkResult(deed.id, len(before), left)


def _status(doing: _Doing, ticket: Ticket) -> None:
    try:
        wanted = TicketStatus(doing.value)
    except ValueError as error:
        raise InvalidInput("value", "unknown") from error
    move_by_hand(doing.ports, doing.session, ticket, doing.viewer, wanted)


def _agent(doing: _Doing, ticket: Ticket) -> None:
    to_agent(doing.session, ticket, doing.viewer, _number(doing.value))


def _team(doing: _Doing, ticket: Ticket) -> None:
    team_id = _number(doing.value)
    if ticket.team_id != team_id:
        to_team(doing.ports, doing.session, ticket, doing.viewer, team_id)


def _urgency(doing: _Doing, ticket: Ticket) -> None:
    level = _number(doing.value)
    if level not in {1, 2, 3}:
        raise InvalidInput("value", "unknown")
    set_priority(doing.ports, doing.session, ticket, doing.viewer, (level, ticket.impact))


def _tag(doing: _Doing, ticket: Ticket) -> None:
    known = doing.session.scalars(
        sa.select(TicketTag.tag).where(TicketTag.ticket_id == ticket.id)
    ).all()
    tags = tuple(dict.fromkeys([*known, *split_words("tags", doing.value)]))
    set_tags(doing.session, ticket, doing.viewer, tags)


def _hide(doing: _Doing, ticket: Ticket) -> None:
    try:
        wanted = TicketStatus(doing.value)
    except ValueError as error:
        raise InvalidInput("value", "unknown") from error
    put_away(doing.ports, doing.session, ticket, doing.viewer, wanted)


DEEDS: dict[Deed, Callable[[_Doing, Ticket], None]] = {
    Deed.STATUS: _status,
    Deed.AGENT: _agent,
    Deed.TEAM: _team,
    Deed.URGENCY: _urgency,
    Deed.TAG: _tag,
    Deed.HIDE: _hide,
}


def _number(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 9):  # noqa: PLR2004  an id
        raise InvalidInput("value", "unknown")
    return int(value)


def _state(session: Session, ticket: Ticket) -> dict[str, Any]:
    tags = session.scalars(sa.select(TicketTag.tag).where(TicketTag.ticket_id == ticket.id))
    return {
        "id": ticket.id,
        "status": ticket.status.value,
        "assignee_id": ticket.assignee_id,
        "team_id": ticket.team_id,
        "levels": [ticket.urgency, ticket.impact],
        "tags": sorted(tags),
    }


def undo(ports: Ports, viewer: Viewer, deed_id: int) -> int:
    """Take my change of many tickets back; InvalidInput when it is too late.

    What somebody changed since stays. Returns how many tickets were restored.
    """
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        deed = session.get(BulkDeed, deed_id, with_for_update=True)
        mine = deed is not None and deed.actor_id == viewer.user_id
        if deed is None or not mine or ports.clock() > deed.created_at + UNDO_FOR:
            raise InvalidInput("undo", "too_late")
        if deed.undone_at is not None:
            return 0
        back = sum(_put_back(ports, session, viewer, state) for state in deed.before)
        deed.undone_at = ports.clock()
        record(session, viewer, "bulk.undone", f"bulk:{deed.id}", count=back)
        return back


def _put_back(ports: Ports, session: Session, viewer: Viewer, state: dict[str, Any]) -> bool:
    """What the deed changed, where it is still as the deed left it; False where it is not."""
    ticket = session.get(Ticket, int(state["id"]), with_for_update=True)
    if ticket is None or ticket.merged_into_id is not None:
        return False
    after, now = state["after"], _state(session, ticket)
    changed = {key for key in after if state[key] != after[key] and now[key] == after[key]}
    if "status" in changed:
        _status_back(ports, session, ticket, viewer, TicketStatus(state["status"]))
    if changed & {"assignee_id", "team_id"}:
        log(session, ticket, viewer, "undone", "", "")
        for name in changed & {"assignee_id", "team_id"}:
            setattr(ticket, name, state[name])
    if "levels" in changed:
        urgency, impact = state["levels"]
        set_priority(ports, session, ticket, viewer, (urgency, impact))
    if "tags" in changed:
        set_tags(session, ticket, viewer, tuple(state["tags"]))
    if changed:
        ticket.updated_at = ports.clock()
    return bool(changed)


def _status_back(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, status: TicketStatus
) -> None:
    """A ticket that was out of sight before keeps its term; others come back."""
    if ticket.status in HIDDEN and status not in HIDDEN:
        bring_back(ports, session, ticket, viewer)
    move(ports, session, ticket, viewer, status)
