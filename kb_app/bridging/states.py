"""Telling another system the state our ticket is in, once for each change, after all words."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging import texts
from kb_app.bridging.doors import their_word
from kb_app.bridging_marks import told_as
from kb_app.ports import Ports
from models import Handover, TicketEvent, TicketStatus, reading
from ticket_bridge.handover import DeskFault, Moved, TicketDesk
from ticket_bridge.lifecycle import HIDDEN


@dataclass(frozen=True)
class Told:
    """What they know from now on; `outcome` and `detail` are for the log."""

    key: str
    status: str
    outcome: str
    detail: str = ""


def at_opening(status: TicketStatus) -> str:
    """What a case says by being opened: somebody works on it. A paused one is told so after."""
    return told_as(status) if told_as(status) == TicketStatus.OPEN.value else ""


def untold_state(session: Session, found: Handover) -> Moved | None:
    """The state they do not know; None when they know it, or it is no state for them."""
    ticket = found.ticket
    status = told_as(ticket.status)
    if not found.external_id or status == found.told_status or ticket.status in HIDDEN:
        return None
    if ticket.merged_into_id is not None:
        return None
    query = sa.select(TicketEvent.id, TicketEvent.actor_name).where(
        TicketEvent.ticket_id == ticket.id, TicketEvent.action == "status"
    )
    event = session.execute(query.order_by(TicketEvent.id.desc()).limit(1)).one_or_none()
    number, author = (event.id, event.actor_name) if event else (0, "")
    theirs = their_word(found.bridge, TicketStatus(status))
    words = texts.STATE.format(state=texts.STATES[status], author=author or texts.STAFF)
    return Moved(f"{ticket.number}/status-{number}", status, theirs, author, words)


def tell_state(ports: Ports, handover_id: int, desk: TicketDesk) -> Told | None:
    """Tell it; a state they refuse for good is logged and not told again. DeskFault to retry."""
    with reading(ports.database) as session:
        found = session.get_one(Handover, handover_id)
        moved = untold_state(session, found)
        external_id, known = found.external_id, found.told_status
    if moved is None:
        return None
    if (known, moved.status) == (TicketStatus.SOLVED.value, TicketStatus.CLOSED.value):
        # To others it ended when it was solved.
        return Told(moved.key, moved.status, "same")
    try:
        desk.move(external_id, moved)
    except DeskFault as fault:
        if not fault.lasting:
            raise
        return Told(moved.key, moved.status, "state_refused", str(fault))
    return Told(moved.key, moved.status, "told", moved.theirs)
