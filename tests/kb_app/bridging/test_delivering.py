"""Tickets handed to another system (X5): with their context, once, through any outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.bridging.delivering import Resting, deliver
from kb_app.bridging.handing import hand_over, try_again
from kb_app.errors import InvalidInput, NotAllowed
from kb_app.escalation import Escalation, escalate
from kb_app.jobs import Worker
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.tickets import Posting, customer_reply, post_message
from models import (
    Bridge,
    BridgeScope,
    FormFile,
    Handover,
    HandoverState,
    JobKind,
    MessageKind,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories_desk import make_desk
from tests.kb_app.bridging.conftest import PlayedDesk, handover, jobs
from tests.kb_app.desk import log_of, say, ticket
from tests.kb_app.test_questions import asking
from ticket_bridge.handover import DeskFault, FaultCode


def later(ports: Ports, **time: float) -> Ports:
    """The same some time from now."""
    return replace(ports, clock=lambda: ports.clock() + timedelta(**time))


def test_it_hands_over_the_whole_context(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: question, customer, what was said; once, and the history says so."""
    customer_reply(ports, people.xiaoai, handed, "还是打不开", "k1")
    deliver(ports, handover(ports).id)
    (case,) = desk.opened
    assert case.key == handed
    assert "门锁打不开了" in case.text
    assert "小艾" in case.text
    assert "还是打不开" in case.text
    assert case.link.endswith(f"/desk/tickets/{handed}")
    assert desk.said == []
    found = handover(ports)
    assert (found.state, found.external_id) == (HandoverState.SENT, f"A-{handed}")
    assert ("handed_over", f"A-{handed}", "外部工单") in log_of(ports, handed)


def test_it_tells_what_is_said_later_in_order_and_never_a_note(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: the customer's words and our own answers follow; notes stay in the house."""
    deliver(ports, handover(ports).id)
    customer_reply(ports, people.xiaoai, handed, "换过电池了", "k1")
    say(ports, people.abo, handed, "请稍等")
    note = Posting(MessageKind.NOTE, "客户很急", "n1", ticket(ports, handed).version)
    post_message(ports, people.abo, handed, note)
    assert handover(ports).state is HandoverState.WAITING
    deliver(ports, handover(ports).id)
    assert [word.text for word in desk.said] == ["换过电池了", "请稍等"]
    assert [word.from_customer for word in desk.said] == [True, False]
    assert handover(ports).state is HandoverState.SENT


def test_it_sends_files_that_came_meanwhile_with_the_next_word(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: attachments go along, each once."""
    sha = "0" * 64
    path = ports.config.files_dir / sha[:2] / sha
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    with unit_of_work(ports.database) as session:
        question_id = ticket(ports, handed).question_id
        values = {"filename": "图.png", "media_type": "image/png", "size": 7}
        session.add(FormFile(question_id=question_id, field="f", sha256=sha, **values))
    deliver(ports, handover(ports).id)
    assert [(file.filename, file.content) for file in desk.opened[0].files] == [
        ("图.png", b"picture")
    ]
    customer_reply(ports, people.xiaoai, handed, "见上图", "k1")
    deliver(ports, handover(ports).id)
    assert desk.said[0].files == ()


def test_it_does_not_tell_what_can_still_be_taken_back(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """T2 and X5: a held reply goes out when its ten seconds are over."""
    deliver(ports, handover(ports).id)
    posting = Posting(MessageKind.REPLY, "别急", "h1", ticket(ports, handed).version, held=True)
    post_message(ports, people.abo, handed, posting)
    deliver(ports, handover(ports).id)
    assert desk.said == []
    assert handover(ports).state is HandoverState.WAITING
    deliver(later(ports, seconds=11), handover(ports).id)
    assert [word.text for word in desk.said] == ["别急"]


def test_an_answer_that_was_lost_makes_no_second_case(
    ports: Ports, desk: PlayedDesk, handed: str
) -> None:
    """X5: idempotent: the connection broke after the other side had taken it."""
    desk.lost = True
    with pytest.raises(DeskFault):
        deliver(ports, handover(ports).id)
    assert handover(ports).reason.startswith("timeout")
    deliver(later(ports, minutes=1), handover(ports).id)
    assert len(desk.opened) == 1
    assert handover(ports).state is HandoverState.SENT


def test_an_outage_queues_and_rests_and_then_everything_arrives(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: 等待送达 with the reason; while the system rests nobody knocks; then all comes."""
    desk.fault = FaultCode.REFUSED
    with pytest.raises(Resting):
        deliver(ports, handover(ports).id)
    customer_reply(ports, people.xiaoai, handed, "在吗", "k1")
    with reading(ports.database) as session:
        bridge = session.scalars(sa.select(Bridge)).one()
    assert (bridge.faults, bridge.fault) == (1, "refused: played")
    desk.fault = None
    with pytest.raises(Resting):
        deliver(ports, handover(ports).id)
    assert handover(ports).state is HandoverState.WAITING
    deliver(later(ports, minutes=1), handover(ports).id)
    assert (handover(ports).state, handover(ports).reason) == (HandoverState.SENT, "")
    assert "在吗" in desk.opened[0].text


def test_what_is_refused_for_good_waits_for_a_person(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: 失败 with the reason, told to its agent; trying again is theirs to decide."""
    with unit_of_work(ports.database) as session:
        session.scalars(sa.select(Bridge)).one().cursor = "0"
    desk.fault = FaultCode.QUEUE
    deliver(ports, handover(ports).id)
    assert handover(ports).state is HandoverState.FAILED
    customer_reply(ports, people.xiaoai, handed, "在吗", "k1")
    desk.fault = None
    deliver(ports, handover(ports).id)
    assert desk.opened == []
    try_again(ports, people.abo, handed, handover(ports).id)
    deliver(ports, handover(ports).id)
    assert (len(desk.opened), handover(ports).state) == (1, HandoverState.SENT)


def test_after_three_days_it_is_given_up_and_said_so(
    ports: Ports, desk: PlayedDesk, handed: str
) -> None:
    """X5: nothing waits silently for ever."""
    with unit_of_work(ports.database) as session:
        session.scalars(sa.select(Bridge)).one().cursor = "0"
    desk.fault = FaultCode.BUSY
    deliver(later(ports, days=3, hours=1), handover(ports).id)
    assert handover(ports).state is HandoverState.FAILED


def test_the_worker_does_it(ports: Ports, desk: PlayedDesk, handed: str) -> None:
    """X5: by a job of its own kind, beside the quick ones."""
    worker = Worker(ports, kinds=frozenset({JobKind.HAND_OVER}))
    while worker.step():
        pass
    assert [case.key for case in desk.opened] == [handed]
    assert jobs(ports) == 0


def test_handing_over_twice_is_once(
    ports: Ports, people: People, handed: str, bridge_id: int
) -> None:
    """X5: the button pressed twice."""
    hand_over(ports, people.abo, handed, bridge_id)
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Handover)) == 1


def test_only_the_desk_hands_over_and_only_to_what_works(
    ports: Ports, people: People, number: str, bridge_id: int
) -> None:
    """X5: a customer cannot; a bridge that is paused is none."""
    with pytest.raises(NotAllowed):
        hand_over(ports, people.xiaoai, number, bridge_id)
    with unit_of_work(ports.database) as session:
        session.get_one(Bridge, bridge_id).is_active = False
    with pytest.raises(InvalidInput):
        hand_over(ports, people.abo, number, bridge_id)


@pytest.mark.parametrize("scope", list(BridgeScope))
def test_by_scope_tickets_go_over_by_themselves(
    ports: Ports, people: People, bridge_id: int, scope: BridgeScope
) -> None:
    """X5: all escalations, those of a team, or only by the button."""
    made = make_desk(ports, people.abo.user_id or 0)
    with unit_of_work(ports.database) as session:
        bridge = session.get_one(Bridge, bridge_id)
        bridge.scope = scope
        bridge.team_ids = [made.team_id] if scope is BridgeScope.CHOSEN else []
    public_id = submit(ports, people.xiaoai, asking("灯泡一直闪"))
    number = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    team = ticket(ports, number).team_id
    expected = scope is BridgeScope.ALL or (scope is BridgeScope.CHOSEN and team == made.team_id)
    assert jobs(ports) == int(expected)
