"""Handing over, and telling what is said further: in order, once in effect, with back-off.

A system that is away rests a while and all that waits for it waits; what it refuses for good
waits for a person, who sees why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb_app.bridging import cases
from kb_app.bridging.doors import PULLS, desk_of
from kb_app.bridging.polling import poll
from kb_app.bridging.resting import answered, rested
from kb_app.bridging.states import at_opening, tell_state, untold_state
from kb_app.bridging_marks import wait
from kb_app.held_replies import is_held
from kb_app.notices import NoticeKind, concerned, tell
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, log
from models import (
    Bridge,
    BridgeEvent,
    Handover,
    HandoverState,
    Job,
    insert_if_absent,
    reading,
    unit_of_work,
)
from ticket_bridge.handover import Case, DeskFault, DeskKind, TicketDesk
from ticket_bridge.lifecycle import HIDDEN

LEASE = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=3)


class Resting(Exception):
    """The other system was away a moment ago; the job comes back."""


@dataclass(frozen=True)
class _Open:
    """A hand-over that is ours for the moment."""

    handover_id: int
    desk: TicketDesk
    external_id: str
    case: Case | None
    keys: tuple[str, ...] = ()


def work(ports: Ports, jobs: Sequence[Job]) -> None:
    """Every job of the bridges: one ticket to be told of, or one system to be asked for news."""
    for job in jobs:
        if "bridge_id" in job.payload:
            poll(ports, int(job.payload["bridge_id"]))
        else:
            deliver(ports, int(job.payload["handover_id"]))


def deliver(ports: Ports, handover_id: int) -> None:
    """Tell the other system all it has not been told; DeskFault or Resting to come again."""
    _look_first(ports, handover_id)
    try:
        found = _take(ports, handover_id)
        if found is None:
            return
        _open(ports, found)
        while _tell_next(ports, found):
            pass
        _tell_state(ports, found)
    except DeskFault as fault:
        if _failed(ports, handover_id, fault):
            raise
    else:
        _done(ports, handover_id)


def _look_first(ports: Ports, handover_id: int) -> None:
    """Know how far its news go before anything of ours lies there; Resting while it is away."""
    bridge = _bridge(ports, handover_id)
    if bridge is None or not bridge.is_active:
        return
    if DeskKind(bridge.kind) in PULLS and not bridge.cursor and not _rests(ports, bridge):
        poll(ports, bridge.id)
        bridge = _bridge(ports, handover_id)
    if bridge is not None and _rests(ports, bridge):
        raise Resting(bridge.fault)


def _bridge(ports: Ports, handover_id: int) -> Bridge | None:
    with reading(ports.database) as session:
        found = session.get(Handover, handover_id)
        return found.bridge if found is not None else None


def _rests(ports: Ports, bridge: Bridge) -> bool:
    return bridge.resting_until is not None and ports.clock() < bridge.resting_until


def _take(ports: Ports, handover_id: int) -> _Open | None:
    """Make it ours for a while; None when there is nothing to do."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        found = session.get(Handover, handover_id, with_for_update=True)
        if found is None or found.state is not HandoverState.WAITING:
            return None
        if not found.bridge.is_active or found.ticket.status in HIDDEN:
            return None
        if found.busy_until is not None and now < found.busy_until:
            raise Resting("another worker has it")
        found.busy_until = now + LEASE
        found.attempts += 1
    with reading(ports.database) as session:
        found = session.get_one(Handover, handover_id)
        desk = desk_of(ports, found.bridge)
        if found.external_id:
            return _Open(handover_id, desk, found.external_id, None)
        case, keys = cases.case_of(ports, session, found)
        return _Open(handover_id, desk, "", case, keys)


def _open(ports: Ports, found: _Open) -> None:
    if found.case is None:
        return
    opened = found.desk.open(found.case)
    with unit_of_work(ports.database) as session:
        row = session.get_one(Handover, found.handover_id, with_for_update=True)
        row.external_id, row.external_url = opened.external_id[:100], opened.url[:500]
        for key in found.keys:
            _note(session, row, key, "with_case", ports.clock())
        _note(session, row, f"{row.ticket.number}/case", "opened", ports.clock())
        row.told_status = at_opening(row.ticket.status)
        log(session, row.ticket, SYSTEM, "handed_over", opened.external_id, row.bridge.name)


def _tell_next(ports: Ports, found: _Open) -> bool:
    """Tell the oldest message it does not know; False when it knows all."""
    with reading(ports.database) as session:
        row = session.get_one(Handover, found.handover_id)
        left = cases.untold(session, row)
        if not left or is_held(left[0], ports.clock()):
            return False
        told = cases.word_of(ports, session, row, left[0])
        external_id = row.external_id
    found.desk.say(external_id, told.word)
    with unit_of_work(ports.database) as session:
        row = session.get_one(Handover, found.handover_id, with_for_update=True)
        for key in (told.word.key, *told.files):
            _note(session, row, key, "told", ports.clock())
    return True


def _tell_state(ports: Ports, found: _Open) -> None:
    """After the words, so that nothing is added to what they have ended."""
    with reading(ports.database) as session:
        row = session.get_one(Handover, found.handover_id)
        if cases.untold(session, row):
            return
    told = tell_state(ports, found.handover_id, found.desk)
    if told is None:
        return
    with unit_of_work(ports.database) as session:
        row = session.get_one(Handover, found.handover_id, with_for_update=True)
        row.told_status = told.status
        _note(session, row, told.key, told.outcome, ports.clock())
        if told.outcome == "state_refused":
            log(session, row.ticket, SYSTEM, "state_refused", told.detail[:60], row.bridge.name)


def _kind(key: str, outcome: str) -> str:
    if "/status-" in key:
        return "status"
    return "case" if outcome == "opened" else "word"


def _note(session: Session, row: Handover, key: str, outcome: str, now: datetime) -> None:
    insert_if_absent(
        session,
        BridgeEvent,
        bridge_id=row.bridge_id,
        handover_id=row.id,
        inward=False,
        key=key,
        kind=_kind(key, outcome),
        outcome=outcome,
        detail="",
        created_at=now,
    )


def _done(ports: Ports, handover_id: int) -> None:
    with unit_of_work(ports.database) as session:
        row = session.get_one(Handover, handover_id, with_for_update=True)
        row.busy_until, row.reason = None, ""
        if row.state is HandoverState.WAITING and row.external_id:
            left = cases.untold(session, row)
            if left:
                # Said meanwhile, or still to be taken back: come again then.
                wait(session, row, left[0].held_until)
                return
            if untold_state(session, row) is not None:
                wait(session, row)
                return
            row.state, row.sent_at, row.waiting_since = HandoverState.SENT, ports.clock(), None
        answered(session, row.bridge, ports.clock())


def _failed(ports: Ports, handover_id: int, fault: DeskFault) -> bool:
    """Write down why; True when it is worth coming again."""
    now = ports.clock()
    with unit_of_work(ports.database) as session:
        row = session.get_one(Handover, handover_id, with_for_update=True)
        row.busy_until, row.reason = None, str(fault)[:340]
        late = row.waiting_since is not None and now - row.waiting_since > GIVE_UP_AFTER
        if fault.lasting or late:
            row.state = HandoverState.FAILED
            log(session, row.ticket, SYSTEM, "handover_failed", "", row.bridge.name)
            who = concerned(session, row.ticket)
            tell(
                session, who, row.ticket_id, NoticeKind.HANDOVER_FAILED, f"{row.id}-{row.attempts}"
            )
        if not fault.lasting:
            rested(row.bridge, fault, now)
        return row.state is HandoverState.WAITING
