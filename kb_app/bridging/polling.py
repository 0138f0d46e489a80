"""Asking other systems for their news: now and then, one job at a time for each."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from kb_app.bridging.arriving import apply
from kb_app.bridging.doors import PULLS, desk_of
from kb_app.bridging.resting import answered, rest
from kb_app.ports import Ports
from models import Bridge, Handover, JobKind, enqueue, reading, unit_of_work
from ticket_bridge.handover import DeskFault, DeskKind

ASK_EVERY = timedelta(seconds=20)
MOST_PAGES = 20


def schedule(ports: Ports) -> None:
    """A job for each system whose turn it is; several workers make one job together."""
    now = ports.clock()
    due = sa.and_(
        Bridge.is_active,
        Bridge.kind.in_(sorted(PULLS)),
        sa.or_(Bridge.asked_at.is_(None), Bridge.asked_at < now - ASK_EVERY),
        sa.or_(Bridge.resting_until.is_(None), Bridge.resting_until < now),
    )
    with reading(ports.database) as session:
        if session.scalar(sa.select(Bridge.id).where(due).limit(1)) is None:
            return
    with unit_of_work(ports.database) as session:
        chosen = sa.select(Bridge).where(due).with_for_update(skip_locked=True)
        for bridge in session.scalars(chosen):
            bridge.asked_at = now
            enqueue(session, JobKind.HAND_OVER, bridge_id=bridge.id)


def poll(ports: Ports, bridge_id: int) -> None:
    """Read its news and apply them; what cannot be reached rests and is asked again later."""
    with reading(ports.database) as session:
        bridge = session.get(Bridge, bridge_id)
        if bridge is None or not bridge.is_active or DeskKind(bridge.kind) not in PULLS:
            return
        cursor = bridge.cursor
    try:
        desk = desk_of(ports, bridge)
        for _page in range(MOST_PAGES):
            news = desk.news(cursor, partial(_is_ours, ports, bridge_id))
            for item in news.items:
                apply(ports, bridge_id, item, desk.fetch)
            cursor = news.cursor
            _read_up_to(ports, bridge_id, cursor)
            if not news.more:
                break
    except DeskFault as fault:
        rest(ports, bridge_id, fault)


def _is_ours(ports: Ports, bridge_id: int, external_id: str) -> bool:
    query = sa.select(Handover.id).filter_by(bridge_id=bridge_id, external_id=external_id)
    with reading(ports.database) as session:
        return bool(external_id) and session.scalar(query.limit(1)) is not None


def _read_up_to(ports: Ports, bridge_id: int, cursor: str) -> None:
    with unit_of_work(ports.database) as session:
        bridge = session.get_one(Bridge, bridge_id, with_for_update=True)
        bridge.cursor = cursor
        answered(session, bridge, ports.clock())
