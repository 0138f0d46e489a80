"""Where a ticket was handed over, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import Choice
from models import Bridge, Handover, HandoverState, Ticket


@dataclass(frozen=True)
class HandoverCard:
    """One other system; `fault` is a code, `detail` what it said."""

    handover_id: int
    system: str
    kind: str
    state: HandoverState
    external_id: str
    external_url: str
    external_status: str
    fault: str
    detail: str
    since: datetime | None


@dataclass(frozen=True)
class HandoverSide:
    """All of them, and the systems it could go to as well."""

    cards: tuple[HandoverCard, ...] = ()
    others: tuple[Choice, ...] = ()


def handover_side(session: Session, ticket: Ticket) -> HandoverSide:
    """What the panel shows; one query where there is no bridge."""
    bridges = session.scalars(sa.select(Bridge).order_by(Bridge.id)).all()
    if not bridges:
        return HandoverSide()
    rows = session.scalars(
        sa.select(Handover).where(Handover.ticket_id == ticket.id).order_by(Handover.id)
    ).all()
    taken = {row.bridge_id for row in rows}
    others = tuple(
        Choice(bridge.id, bridge.name)
        for bridge in bridges
        if bridge.is_active and bridge.id not in taken
    )
    return HandoverSide(tuple(_card(row) for row in rows), others)


def _card(row: Handover) -> HandoverCard:
    waits = row.state is HandoverState.WAITING
    reason = row.reason or (row.bridge.fault if waits else "")
    code, _, detail = reason.partition(": ")
    return HandoverCard(
        row.id,
        row.bridge.name,
        row.bridge.kind,
        row.state,
        row.external_id,
        row.external_url,
        row.external_status,
        code,
        detail,
        row.waiting_since or row.sent_at,
    )
