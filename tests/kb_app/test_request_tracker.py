"""The round trip with a real Request Tracker 5 (X5): there, answered, back to the customer."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kb_app.bridging.delivering import deliver
from kb_app.bridging.doors import sealed
from kb_app.bridging.handing import hand_over
from kb_app.bridging.polling import poll
from kb_app.ports import Ports
from kb_app.tickets import customer_reply
from models import (
    Bridge,
    FormFile,
    Handover,
    HandoverState,
    Job,
    JobKind,
    TicketStatus,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.contracts.desk_worlds import TrackerWorld
from tests.kb_app.desk import bodies, ticket
from tests.servers.request_tracker import OURS, PASSWORD, QUEUE, TrackerServer
from ticket_bridge.handover import DeskFile

pytestmark = pytest.mark.server


@pytest.fixture
def bridge_id(ports: Ports, request_tracker: TrackerServer) -> int:
    """A bridge to the real thing."""
    with unit_of_work(ports.database) as session:
        bridge = Bridge(name="总部", kind="request_tracker", url=request_tracker.url)
        bridge.username, bridge.secret, bridge.queue = OURS, sealed(ports, PASSWORD), QUEUE
        session.add(bridge)
        session.flush()
        return bridge.id


def handed(ports: Ports) -> Handover:
    """The hand-over as it is now."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Handover)).one()


def test_a_ticket_goes_over_and_its_answer_comes_back(
    ports: Ports, people: People, number: str, bridge_id: int, request_tracker: TrackerServer
) -> None:
    """X5: context there; words, file and state back, once; the customer's next words there."""
    there = TrackerWorld(request_tracker)
    hand_over(ports, people.abo, number, bridge_id)
    deliver(ports, handed(ports).id)
    case = handed(ports).external_id
    assert handed(ports).state is HandoverState.SENT
    assert there.ask(f"/ticket/{case}")["Subject"] == f"门锁打不开了 [{number}]"

    there.answer(case, "请重启网关。", (DeskFile("步骤.txt", "text/plain", "一二三".encode()),))
    there.close(case)
    poll(ports, bridge_id)
    poll(ports, bridge_id)
    assert bodies(ports) == ["请重启网关。\n\n附件：步骤.txt"]
    assert ticket(ports, number).status is TicketStatus.SOLVED
    with reading(ports.database) as session:
        assert session.scalars(sa.select(FormFile.filename)).all() == ["步骤.txt"]
        mails = session.scalars(sa.select(Job).filter_by(kind=JobKind.SEND_MAIL)).all()
        assert "请重启网关。" in mails[-1].payload["body"]

    customer_reply(ports, people.xiaoai, number, "还是不行", "k1")
    deliver(ports, handed(ports).id)
    deliver(ports, handed(ports).id)
    assert len(there.told(case)) == 1
    assert there.ask(f"/ticket/{case}")["Status"] == "open"
    poll(ports, bridge_id)
    assert len(bodies(ports)) == 2
    assert ticket(ports, number).status is TicketStatus.OPEN
