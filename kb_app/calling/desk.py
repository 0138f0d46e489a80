"""The desk's side of calls back: whose turn it is, and what came of each call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from kb_app.calling.booking import note
from kb_app.calling.times import free_slots, work_calendar
from kb_app.chat.rules import rules
from kb_app.errors import EditConflict, IllegalMove, InvalidInput, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_moves import assign, move
from kb_app.typed_text import optional
from models import (
    CallBack,
    CallResult,
    CallState,
    CallTry,
    TicketStatus,
    User,
    Viewer,
    reading,
    record,
    unit_of_work,
)
from ticket_bridge.chat.slots import following

MOST_TRIES = 3
ROWS = 200
PAST = timedelta(days=14)
LONGEST_NOTE = 500
SOON = timedelta(minutes=10)


@dataclass(frozen=True)
class CallRow:
    """One request."""

    public_id: str
    name: str
    phone: str
    topic: str
    state: CallState
    slot_at: datetime
    tries: int
    last: str
    agent: str
    mine: bool
    ticket: str
    version: int
    is_now: bool
    is_late: bool


@dataclass(frozen=True)
class CallsPage:
    """`due` in the order of their time, `past` the latest first; `slots` to move a call to."""

    due: tuple[CallRow, ...]
    past: tuple[CallRow, ...]
    slots: tuple[datetime, ...]
    is_open: bool


@dataclass(frozen=True)
class Outcome:
    """What came of a call, as it was typed."""

    result: CallResult
    note: str
    slot: datetime | None
    solved: bool
    version: int


def calls(ports: Ports, viewer: Viewer) -> CallsPage:
    """Everything that is to be called, and what was called lately."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        plan = rules(session)
        every = sa.select(CallBack).options(joinedload(CallBack.agent), joinedload(CallBack.ticket))
        due = session.scalars(
            every.where(CallBack.state == CallState.DUE).order_by(CallBack.slot_at).limit(ROWS)
        ).all()
        past = session.scalars(
            every.where(CallBack.state != CallState.DUE, CallBack.updated_at > ports.clock() - PAST)
            .order_by(CallBack.updated_at.desc())
            .limit(ROWS)
        ).all()
        last = _last_results(session, [call.id for call in (*due, *past)])
        return CallsPage(
            tuple(_row(ports, viewer, call, last) for call in due),
            tuple(_row(ports, viewer, call, last) for call in past),
            free_slots(ports, session, plan.calls_per_slot),
            plan.calls,
        )


def claim(ports: Ports, viewer: Viewer, public_id: str, version: int) -> None:
    """I will call; the ticket becomes mine as well."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        call = _locked(session, public_id, version)
        call.agent_id, call.updated_at = viewer.user_id, ports.clock()
        call.version += 1
        if call.ticket is not None and call.ticket.assignee_id != viewer.user_id:
            assign(session, call.ticket, viewer)
        record(session, viewer, "call.claimed", f"call:{call.id}")
    ports.pulse.beat(desk=True)


def conclude(ports: Ports, viewer: Viewer, public_id: str, outcome: Outcome) -> CallState:
    """接通、未接 or 改约; after MOST_TRIES the desk gives up. Returns the state after it."""
    require(viewer, Permission.DESK)
    said = optional("note", outcome.note, LONGEST_NOTE)
    with unit_of_work(ports.database) as session:
        call = _locked(session, public_id, outcome.version)
        call.tries += 1
        call.version += 1
        call.agent_id, call.updated_at = viewer.user_id, ports.clock()
        event = _after(ports, session, call, outcome)
        session.add(
            CallTry(
                call_id=call.id,
                result=outcome.result,
                note=said,
                actor_id=viewer.user_id,
                actor_name=viewer.name,
                created_at=ports.clock(),
            )
        )
        note(ports, session, call, event, said)
        if outcome.solved and call.state is CallState.REACHED:
            _solve(ports, session, viewer, call)
        record(session, viewer, "call.concluded", f"call:{call.id}", result=outcome.result.value)
        state = call.state
    ports.pulse.beat(desk=True)
    return state


def _after(ports: Ports, session: Session, call: CallBack, outcome: Outcome) -> str:
    """Where the call goes from here; returns the event to be noted."""
    if outcome.result is CallResult.REACHED:
        call.state = CallState.REACHED
        return "reached"
    if outcome.result is CallResult.MOVED:
        if outcome.slot is None:
            raise InvalidInput("slot", "empty")
        if outcome.slot <= ports.clock():
            raise InvalidInput("slot", "taken")
        call.slot_at, call.reminded_at = outcome.slot, None
        return "moved"
    later = following(work_calendar(ports, session), ports.clock())
    if call.tries >= MOST_TRIES or later is None:
        call.state = CallState.GIVEN_UP
        return "given_up"
    call.slot_at, call.reminded_at = later, None
    return "missed"


def _solve(ports: Ports, session: Session, viewer: Viewer, call: CallBack) -> None:
    ticket = call.ticket
    if ticket is None or ticket.merged_into_id is not None:
        return
    if ticket.status in {TicketStatus.NEW, TicketStatus.PAUSED}:
        move(ports, session, ticket, viewer, TicketStatus.OPEN)
    if ticket.status is TicketStatus.OPEN:
        move(ports, session, ticket, viewer, TicketStatus.SOLVED)


def _locked(session: Session, public_id: str, version: int) -> CallBack:
    call = session.scalar(
        sa.select(CallBack).where(CallBack.public_id == public_id).with_for_update()
    )
    if call is None:
        raise NotFound(public_id)
    if call.version != version:
        raise EditConflict(public_id)
    if call.state is not CallState.DUE:
        raise IllegalMove("the call is over")
    return call


def _last_results(session: Session, ids: list[int]) -> dict[int, CallTry]:
    rows = session.scalars(sa.select(CallTry).where(CallTry.call_id.in_(ids)).order_by(CallTry.id))
    return {row.call_id: row for row in rows}


def _row(ports: Ports, viewer: Viewer, call: CallBack, last: dict[int, CallTry]) -> CallRow:
    agent: User | None = call.agent
    now, due = ports.clock(), call.state is CallState.DUE
    latest = last.get(call.id)
    return CallRow(
        call.public_id,
        call.name,
        call.phone,
        call.topic,
        call.state,
        call.slot_at,
        call.tries,
        latest.note if latest else "",
        agent.name if agent else "",
        call.agent_id is not None and call.agent_id == viewer.user_id,
        call.ticket.number if call.ticket else "",
        call.version,
        due and call.slot_at <= now + SOON,
        due and call.slot_at + SOON < now,
    )
