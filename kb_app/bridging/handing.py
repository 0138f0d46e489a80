"""Handing a ticket over by hand, trying again, and what comes in signed by another system."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from kb_app.bridging.arriving import Outcome, apply
from kb_app.bridging.doors import opened
from kb_app.bridging_marks import hand, wait
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_log import log
from kb_app.ticket_moves import locked
from kb_app.typed_text import clean_line
from models import Bridge, Handover, HandoverState, Ticket, Viewer, reading, record, unit_of_work
from ticket_bridge.handover import DeskFault, DeskKind, FileRef, NewsItem, NewsKind
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.webhook_signing import is_signed

MOST_FILES = 10
LONGEST_WORD = 100


def hand_over(ports: Ports, viewer: Viewer, number: str, bridge_id: int) -> str:
    """Give a ticket to another system as well; returns that system's name."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        bridge = session.get(Bridge, bridge_id)
        if bridge is None or not bridge.is_active:
            raise InvalidInput("bridge_id", "unknown")
        if ticket.status in HIDDEN or ticket.merged_into_id is not None:
            raise IllegalMove(f"hand over while {ticket.status}")
        known = sa.select(Handover.id).filter_by(ticket_id=ticket.id, bridge_id=bridge_id)
        if session.scalar(known) is None:
            hand(session, bridge, ticket, viewer.name)
            log(session, ticket, viewer, "handing_over", "", bridge.name)
            record(session, viewer, "ticket.handed_over", f"ticket:{ticket.id}", bridge=bridge_id)
        return bridge.name


def try_again(ports: Ports, viewer: Viewer, number: str, handover_id: int) -> None:
    """What failed or waits is tried now."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        found = session.get(Handover, handover_id, with_for_update=True)
        if found is None or found.ticket_id != ticket.id:
            raise NotFound(handover_id)
        if found.state is HandoverState.SENT:
            return
        found.state, found.waiting_since = HandoverState.WAITING, ports.clock()
        found.bridge.resting_until = None
        wait(session, found)
        record(session, viewer, "ticket.handover_again", f"ticket:{ticket.id}")


def posted(ports: Ports, bridge_id: int, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """An event another system posted; NotAllowed unless it is signed with the bridge's secret.

    IllegalMove while a case is being opened there that this may be about: to be sent again.
    """
    with reading(ports.database) as session:
        bridge = session.get(Bridge, bridge_id)
        if bridge is None or bridge.kind != DeskKind.WEBHOOK or not bridge.is_active:
            raise NotFound(bridge_id)
        try:
            secret = opened(ports, bridge.secret)
        except DeskFault as fault:
            raise NotAllowed("sealed with another key") from fault
    small = {name.lower(): value for name, value in headers.items()}
    if not secret or not is_signed((secret,), small, body, int(ports.clock().timestamp())):
        raise NotAllowed("signature")
    outcome = apply(ports, bridge_id, _item(ports, bridge_id, body), _came_along)
    if outcome is Outcome.NO_CASE and _opens(ports, bridge_id):
        raise IllegalMove("its name there is not known yet")
    return outcome


def _opens(ports: Ports, bridge_id: int) -> bool:
    """Whether a case is on its way there: what is said of it may be faster than its name."""
    query = sa.select(Handover.id).where(
        Handover.bridge_id == bridge_id,
        Handover.state == HandoverState.WAITING,
        Handover.external_id == "",
        Handover.attempts > 0,
    )
    with reading(ports.database) as session:
        return session.scalar(query.limit(1)) is not None


def _came_along(file: FileRef) -> bytes:
    return file.content or b""


def _item(ports: Ports, bridge_id: int, body: bytes) -> NewsItem:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise InvalidInput("body", "invalid") from error
    if not isinstance(told, dict):
        raise InvalidInput("body", "invalid")
    kind = _word(told, "event")
    if kind not in set(NewsKind):
        raise InvalidInput("event", "unknown")
    external_id = _word(told, "id") or _name_there(ports, bridge_id, _word(told, "ticket"))
    return NewsItem(
        _key(told),
        external_id,
        NewsKind(kind),
        str(told.get("text") or "")[:50_000],
        _word(told, "author"),
        _word(told, "status") if kind == NewsKind.ANSWER else _needed(told, "status"),
        _files(told.get("files")),
    )


def _name_there(ports: Ports, bridge_id: int, number: str) -> str:
    """By our own number, for a system that keeps no other."""
    query = (
        sa.select(Handover.external_id)
        .join(Ticket, Ticket.id == Handover.ticket_id)
        .where(Handover.bridge_id == bridge_id, Ticket.number == number)
    )
    with reading(ports.database) as session:
        return session.scalar(query) or ""


def _word(told: dict[str, Any], name: str) -> str:
    return clean_line(str(told.get(name) or "")).strip()[:LONGEST_WORD]


def _key(told: dict[str, Any]) -> str:
    """What names the event; cut short it might name another one."""
    if len(str(told.get("key") or "").strip()) > LONGEST_WORD:
        raise InvalidInput("key", "too_long")
    return _needed(told, "key")


def _needed(told: dict[str, Any], name: str) -> str:
    found = _word(told, name)
    if not found:
        raise InvalidInput(name, "empty")
    return found


def _files(told: Any) -> tuple[FileRef, ...]:
    if told is None:
        return ()
    if not isinstance(told, list) or len(told) > MOST_FILES:
        raise InvalidInput("files", "invalid")
    return tuple(_file(one) for one in told)


def _file(told: Any) -> FileRef:
    if not isinstance(told, dict):
        raise InvalidInput("files", "invalid")
    try:
        content = base64.b64decode(str(told.get("content_base64") or ""), validate=True)
    except binascii.Error as error:
        raise InvalidInput("files", "invalid") from error
    return FileRef("", _needed(told, "filename"), _word(told, "media_type"), content)
