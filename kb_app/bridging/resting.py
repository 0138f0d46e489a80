"""Another system that is away: left alone for a while, longer each time."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.bridging_marks import wait
from kb_app.ports import Ports
from models import Bridge, Handover, HandoverState, unit_of_work
from ticket_bridge.handover import DeskFault

REST = timedelta(seconds=20)
LONGEST_REST = timedelta(minutes=15)
MOST_DOUBLINGS = 6


def rest(ports: Ports, bridge_id: int, fault: DeskFault) -> None:
    """Write down why it rests."""
    with unit_of_work(ports.database) as session:
        rested(session.get_one(Bridge, bridge_id, with_for_update=True), fault, ports.clock())


def rested(bridge: Bridge, fault: DeskFault, now: datetime) -> None:
    """Leave it alone from now on."""
    bridge.faults += 1
    pause = REST * 2 ** min(bridge.faults - 1, MOST_DOUBLINGS)
    bridge.fault, bridge.resting_until = str(fault)[:340], now + min(pause, LONGEST_REST)


def answered(session: Session, bridge: Bridge, now: datetime) -> None:
    """It is there (again): what waits for it need not wait for its own next try."""
    if bridge.faults:
        query = sa.select(Handover).filter_by(bridge_id=bridge.id, state=HandoverState.WAITING)
        for found in session.scalars(query.order_by(Handover.id)):
            wait(session, found)
    bridge.fault, bridge.faults, bridge.resting_until = "", 0, None
    bridge.seen_at = now
