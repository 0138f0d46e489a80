"""What a ticket's calls and bridges leave behind when it is emptied (T1 O4 X5): nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from kb_app import retention
from kb_app.calls.desk import link
from kb_app.ports import Ports
from kb_app.ticket_facts import hide
from models import (
    Bridge,
    BridgeEvent,
    CallBack,
    Handover,
    PhoneCall,
    TicketEvent,
    TicketStatus,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.kb_app.desk import ticket
from ticket_bridge.lifecycle import KEEP_HIDDEN

NUMBER = "13800138000"


def _call(ports: Ports) -> int:
    with unit_of_work(ports.database) as session:
        call = PhoneCall(call_key="c-1", number=NUMBER, direction="in", state="ended")
        session.add(call)
        session.flush()
        return call.id


def test_the_history_for_ever_keeps_no_telephone_number(
    ports: Ports, people: People, number: str
) -> None:
    """O4 X5: its last digits say which call it was."""
    link(ports, people.abo, _call(ports), number)
    with reading(ports.database) as session:
        event = session.scalars(sa.select(TicketEvent).filter_by(action="called")).one()
    assert (event.before, event.after) == ("8000", "in")


def test_calls_and_bridges_go_with_the_words_of_a_ticket(
    ports: Ports, people: People, number: str
) -> None:
    """T1 O4: after thirty days in the bin no number, name or word of it is left."""
    link(ports, people.abo, _call(ports), number)
    ticket_id = ticket(ports, number).id
    with unit_of_work(ports.database) as session:
        bridge = Bridge(name="总部", kind="webhook", url="http://127.0.0.1:9/x")
        session.add(bridge)
        session.flush()
        handover = Handover(ticket_id=ticket_id, bridge_id=bridge.id, reason="busy: 500 门锁")
        session.add(handover)
        session.flush()
        here = {"bridge_id": bridge.id, "handover_id": handover.id}
        session.add(BridgeEvent(inward=True, key="e1", kind="answer", **here))
        own = {"public_id": "p", "opening_key": "o", "customer_key": "v:1"}
        when = {"slot_at": utcnow(), "phone": NUMBER, "name": "小艾", "topic": "门锁"}
        session.add(CallBack(ticket_id=ticket_id, **own, **when))
    hide(ports, people.abo, number, TicketStatus.DELETED)
    after = replace(ports, clock=lambda: utcnow() + KEEP_HIDDEN + timedelta(minutes=1))
    assert retention.forget_old(after) == 1
    with reading(ports.database) as session:
        for kind in (CallBack, PhoneCall, Handover, BridgeEvent):
            assert session.scalars(sa.select(kind)).all() == []
