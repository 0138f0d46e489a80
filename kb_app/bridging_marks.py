"""What happens to a ticket marks it for the bridges, in the same transaction.

The worker delivers; whatever came in over a bridge is known by its key and never sent back.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import (
    Bridge,
    BridgeScope,
    Handover,
    HandoverState,
    JobKind,
    Message,
    MessageKind,
    Ticket,
    TicketStatus,
    enqueue,
    utcnow,
)
from ticket_bridge.lifecycle import HIDDEN

# In the key of what another system said: it knows it already.
CAME = ":bridge-"


def belongs(bridge: Bridge, ticket: Ticket) -> bool:
    """Whether a ticket goes over without anybody asking."""
    if bridge.scope is BridgeScope.ALL:
        return True
    chosen = bridge.scope is BridgeScope.CHOSEN
    return chosen and (ticket.node_id in bridge.node_ids or ticket.team_id in bridge.team_ids)


def placed(session: Session, ticket: Ticket) -> None:
    """A ticket has its subject and team (again): to the bridges that ask for such."""
    query = sa.select(Bridge).where(Bridge.is_active, Bridge.scope != BridgeScope.ASKED)
    for bridge in session.scalars(query.order_by(Bridge.id)):
        if belongs(bridge, ticket):
            hand(session, bridge, ticket)


def hand(session: Session, bridge: Bridge, ticket: Ticket, by_name: str = "") -> Handover:
    """Hand it over, once to each system."""
    query = sa.select(Handover).filter_by(ticket_id=ticket.id, bridge_id=bridge.id)
    known = session.scalar(query)
    if known is not None:
        return known
    found = Handover(ticket_id=ticket.id, bridge_id=bridge.id, by_name=by_name)
    session.add(found)
    session.flush()
    enqueue(session, JobKind.HAND_OVER, handover_id=found.id)
    return found


def said(session: Session, message: Message) -> None:
    """Something was said that the other systems of this ticket should know."""
    if message.kind is not MessageKind.REPLY or CAME in message.client_key:
        return
    query = sa.select(Handover).where(Handover.ticket_id == message.ticket_id)
    for found in session.scalars(query):
        wait(session, found)


def moved(session: Session, ticket: Ticket) -> None:
    """Its state changed: the other systems of this ticket should know, unless it was put away."""
    if ticket.status in HIDDEN:
        return
    for found in session.scalars(sa.select(Handover).where(Handover.ticket_id == ticket.id)):
        if found.external_id and told_as(ticket.status) != found.told_status:
            wait(session, found)


def told_as(status: TicketStatus) -> str:
    """A new ticket and one being worked on are the same to others; ended twice is ended."""
    return (TicketStatus.OPEN if status is TicketStatus.NEW else status).value


def wait(session: Session, found: Handover, until: datetime | None = None) -> None:
    """Let the worker look at it; one that failed waits for a person."""
    if found.state is HandoverState.FAILED:
        return
    if found.state is HandoverState.SENT:
        found.state, found.waiting_since = HandoverState.WAITING, utcnow()
    enqueue(session, JobKind.HAND_OVER, run_after=until, handover_id=found.id)
