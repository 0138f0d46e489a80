"""Our states go to the other system, theirs are not sent back, refusals are seen (X5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
import sqlalchemy as sa

from kb_app.bridging.delivering import deliver
from kb_app.bridging.polling import poll
from kb_app.ports import Ports
from kb_app.ticket_facts import hide
from models import Bridge, BridgeEvent, HandoverState, TicketStatus, reading, unit_of_work
from tests.conftest import People
from tests.kb_app.bridging.conftest import PlayedDesk, handover
from tests.kb_app.desk import log_of, move, say, ticket
from ticket_bridge.desks.mail import MailDesk
from ticket_bridge.handover import (
    DeskAccess,
    DeskFault,
    DeskFile,
    DeskKind,
    FaultCode,
    Moved,
    NewsKind,
)


def _told(ports: Ports, people: People, number: str, *states: TicketStatus) -> None:
    deliver(ports, handover(ports).id)
    for state in states:
        move(ports, people.abo, number, state)
        if handover(ports).state is HandoverState.WAITING:
            deliver(ports, handover(ports).id)


def test_it_tells_each_state_once_and_an_end_once(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: taken into work says nothing new, solved is told, closed after solved is the same end."""
    _told(ports, people, handed, TicketStatus.OPEN, TicketStatus.PAUSED, TicketStatus.SOLVED)
    assert [each.theirs for each in desk.moved] == ["stalled", "resolved"]
    _told(ports, people, handed, TicketStatus.CLOSED)
    assert len(desk.moved) == 2
    assert handover(ports).told_status == "closed"
    deliver(ports, handover(ports).id)
    assert len(desk.moved) == 2
    _told(ports, people, handed, TicketStatus.OPEN)
    assert desk.moved[-1].theirs == "open"


def test_a_ticket_put_away_is_no_news_and_leaves_nothing_waiting(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5 T1: it would wait for ever, and fail at the first fault once it is back."""
    deliver(ports, handover(ports).id)
    hide(ports, people.abo, handed, TicketStatus.QUARANTINED)
    assert handover(ports).state is HandoverState.SENT
    assert desk.moved == []


def test_it_tells_the_words_before_the_state(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: an answer that ends a ticket arrives before the end."""
    deliver(ports, handover(ports).id)
    say(ports, people.abo, handed, "修好了", TicketStatus.SOLVED)
    deliver(ports, handover(ports).id)
    assert desk.order == ["修好了", "resolved"]


def test_what_they_did_is_not_told_back(ports: Ports, desk: PlayedDesk, handed: str) -> None:
    """X5: nothing goes round."""
    deliver(ports, handover(ports).id)
    desk.happens(NewsKind.STATUS, handed, "resolved")
    poll(ports, handover(ports).bridge_id)
    assert ticket(ports, handed).status is TicketStatus.SOLVED
    deliver(ports, handover(ports).id)
    assert desk.moved == []
    assert handover(ports).state is HandoverState.SENT


def test_a_lost_answer_tells_it_again_under_its_key(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: at least once, with the same key; the desk knows a repetition."""
    deliver(ports, handover(ports).id)
    move(ports, people.abo, handed, TicketStatus.SOLVED)
    desk.lost = True
    with pytest.raises(DeskFault):
        deliver(ports, handover(ports).id)
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Bridge).values(resting_until=None))
    deliver(ports, handover(ports).id)
    assert [each.status for each in desk.moved] == ["solved"]


def test_a_state_they_refuse_is_seen_and_not_tried_for_ever(
    ports: Ports, people: People, desk: PlayedDesk, handed: str
) -> None:
    """X5: the ticket says so; words go on."""
    deliver(ports, handover(ports).id)
    desk.refuses_states = True
    move(ports, people.abo, handed, TicketStatus.SOLVED)
    deliver(ports, handover(ports).id)
    assert handover(ports).state is HandoverState.SENT
    assert any(action == "state_refused" for action, _, _ in log_of(ports, handed))
    with reading(ports.database) as session:
        outcomes = session.scalars(sa.select(BridgeEvent.outcome).filter_by(kind="status")).all()
    assert outcomes == ["state_refused"]


def test_words_of_other_cases_are_not_asked_for(
    ports: Ports, desk: PlayedDesk, handed: str
) -> None:
    """X5: what was never handed over from here is none of our business."""
    deliver(ports, handover(ports).id)
    desk.happens(NewsKind.ANSWER, handed, "好了")
    desk.happened.append(replace(desk.happened[0], event_id="2", external_id="A-other"))
    poll(ports, handover(ports).bridge_id)
    assert desk.asked == [(f"A-{handed}", True), ("A-other", False)]


@dataclass
class _Outbox:
    put_away: list[tuple[str, str]] = field(default_factory=list)

    def put(self, key: str, to: str, subject: str, body: str, files: tuple[DeskFile, ...]) -> None:
        assert (to, subject, files) == ("q@example.com", "Re: [WD-1]", ())
        self.put_away.append((key, body))

    def check(self) -> None:
        raise DeskFault(FaultCode.QUEUE)


def test_by_mail_a_state_is_one_line() -> None:
    """X5: people with a mailbox read it."""
    outbox = _Outbox()
    desk = MailDesk(DeskAccess(DeskKind.MAIL, username="q@example.com"), outbox)
    desk.move("WD-1", Moved("WD-1/status-3", "solved", words="状态改为“处理完毕”（阿博）"))
    assert outbox.put_away == [("status:WD-1/status-3", "状态改为“处理完毕”（阿博）")]
