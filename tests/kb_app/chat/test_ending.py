"""Three endings with their tickets, off-hours, silence, ratings (C5 C6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app import ticket_pages
from kb_app.chat import archive, blocking, customer, ending, rules, tending
from kb_app.chat.archive import ArchiveFilter
from kb_app.chat.ending import Ending
from kb_app.chat.rules import ChatRules
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed
from kb_app.ports import Ports
from models import (
    Chat,
    ChatOutcome,
    ChatState,
    Job,
    JobKind,
    Role,
    Ticket,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.chat.chats import agent_says, begin, chat, customer_says, events, online


@pytest.fixture
def served(ports: Ports, people: People) -> str:
    """小艾 talks with 阿博."""
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, "门锁装反了", person=True)
    agent_says(ports, people.abo, public_id, "请发照片", "1")
    customer_says(ports, public_id, "好的", "2")
    return public_id


def _ticket(ports: Ports, number: str) -> Ticket:
    with reading(ports.database) as session:
        return session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()


def _lead(ports: Ports) -> Viewer:
    with unit_of_work(ports.database) as session:
        return make_user(session, "组长", Role.LEAD).as_viewer()


def test_it_ends_solved_with_a_solved_ticket_and_a_rating(
    ports: Ports, people: People, served: str
) -> None:
    """C6: the ticket holds what was said, belongs to the agent and gets the stars."""
    number = ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    ending.rate(ports, people.xiaoai, served, 5, "很快")
    ticket = _ticket(ports, number)
    assert (ticket.status, ticket.channel) == (TicketStatus.SOLVED, "chat")
    assert (ticket.assignee_id, ticket.rating) == (people.abo.user_id, 5)
    assert "请发照片" in ticket.body
    assert "门锁装反了" in ticket.subject


def test_it_ends_to_be_continued_with_an_open_ticket(
    ports: Ports, people: People, served: str
) -> None:
    """C6: the same agent goes on, and the customer follows it among their tickets."""
    number = ending.end(ports, people.abo, served, Ending(ChatOutcome.CONTINUED))
    assert _ticket(ports, number).status is TicketStatus.OPEN
    assert ticket_pages.customer_ticket(ports, people.xiaoai, number).number == number


def test_it_refuses_with_a_reason_and_keeps_the_ticket_for_audit(
    ports: Ports, people: People, served: str
) -> None:
    """C6: without a reason nothing happens; the deleted ticket is not the customer's to see."""
    with pytest.raises(InvalidInput, match="reason"):
        ending.end(ports, people.abo, served, Ending(ChatOutcome.REFUSED))
    number = ending.end(ports, people.abo, served, Ending(ChatOutcome.REFUSED, "辱骂"))
    assert _ticket(ports, number).status is TicketStatus.DELETED
    assert customer.chat_page(ports, people.xiaoai, served).standing.ticket == ""


def test_it_is_ended_by_its_agent_or_a_lead_alone_and_once(
    ports: Ports, people: People, served: str
) -> None:
    """C6: a colleague may not, and twice makes one ticket."""
    with unit_of_work(ports.database) as session:
        anna = make_user(session, "安娜", Role.AGENT).as_viewer()
    with pytest.raises(NotAllowed):
        ending.end(ports, anna, served, Ending(ChatOutcome.SOLVED))
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    with pytest.raises(IllegalMove):
        ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1


def test_it_turns_an_unserved_chat_into_a_ticket(ports: Ports, people: People) -> None:
    """C2: off-hours; a visitor has to say how to be reached, then nothing typed is lost."""
    public_id = begin(ports, people.passer_by, "门锁装反了", person=True)
    with pytest.raises(InvalidInput, match="contact"):
        ending.leave_word(ports, people.passer_by, public_id, "请回电", "")
    number = ending.leave_word(ports, people.passer_by, public_id, "请回电", "138 0013 8000")
    ticket = _ticket(ports, number)
    assert ticket.status is TicketStatus.NEW
    assert "门锁装反了" in ticket.body
    assert "138 0013 8000" in ticket.body
    again = ending.leave_word(ports, people.passer_by, public_id, "请回电", "138 0013 8000")
    assert again == number


def test_it_sends_what_was_said_on_request(ports: Ports, people: People, served: str) -> None:
    """C6: by mail, to an address that is one."""
    with pytest.raises(InvalidInput, match="email"):
        ending.mail_transcript(ports, people.xiaoai, served, "138 0013 8000")
    ending.mail_transcript(ports, people.xiaoai, served, "me@example.com")
    with reading(ports.database) as session:
        mail = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).one()
    assert "请发照片" in mail.payload["body"]


@pytest.fixture
def later(ports: Ports) -> list[datetime]:
    """A clock one can move: `later[0]` is now."""
    moments = [utcnow()]
    object.__setattr__(ports, "clock", lambda: moments[0])
    return moments


def _after(later: list[datetime], minutes: float) -> None:
    later[0] += timedelta(minutes=minutes)


def test_it_alarms_when_the_agent_is_silent(
    ports: Ports, people: People, later: list[datetime]
) -> None:
    """C5: five minutes without an answer; an answer ends the alarm."""
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, "门锁装反了", person=True)
    _after(later, 4.9)
    tending.tend(ports)
    assert chat(ports, public_id).alarmed_at is None
    _after(later, 0.2)
    tending.tend(ports)
    tending.tend(ports)
    assert events(ports, public_id) == ["joined", "alarm"]
    agent_says(ports, people.abo, public_id, "来了", "1")
    assert chat(ports, public_id).alarmed_at is None


def test_it_reminds_a_silent_customer_and_closes(
    ports: Ports, people: People, later: list[datetime]
) -> None:
    """C5: after five minutes a reminder, after eight the end, with a solved ticket."""
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, "门锁装反了", person=True)
    agent_says(ports, people.abo, public_id, "请发照片", "1")
    _after(later, 5.1)
    tending.tend(ports)
    assert events(ports, public_id)[-1] == "reminder"
    _after(later, 3)
    tending.tend(ports)
    found = chat(ports, public_id)
    assert (found.state, found.outcome) == (ChatState.ENDED, ChatOutcome.QUIET)
    assert found.ticket_id is not None


def test_it_records_who_leaves_the_queue(
    ports: Ports, people: People, later: list[datetime]
) -> None:
    """C2: abandoned, and a ticket where an answer can be sent."""
    known = begin(ports, people.xiaoai, "门锁装反了", person=True)
    nobody = begin(ports, people.passer_by, "你好", person=True)
    _after(later, 3.1)
    tending.tend(ports)
    assert chat(ports, known).outcome is ChatOutcome.ABANDONED
    assert chat(ports, known).ticket_id is not None
    assert chat(ports, nobody).ticket_id is None


def test_it_takes_the_turn_a_killed_robot_left(
    ports: Ports, people: People, later: list[datetime]
) -> None:
    """C9: a message without an answer is answered by the worker."""
    public_id = begin(ports, people.xiaoai, "门锁装反了")
    tending.tend(ports)
    assert chat(ports, public_id).robot_seq == 0
    _after(later, 0.2)
    tending.tend(ports)
    assert chat(ports, public_id).robot_seq == 2


def test_it_keeps_its_rules_and_refuses_nonsense(ports: Ports, people: People) -> None:
    """C5: everything is adjustable, within reason."""
    lead = _lead(ports)
    rules.save_rules(ports, lead, ChatRules(alarm_minutes=2, keep_days=0))
    assert rules.rules_page(ports, lead).alarm_minutes == 2
    with pytest.raises(InvalidInput, match="close_minutes"):
        rules.save_rules(ports, lead, replace(ChatRules(), close_minutes=3))
    with pytest.raises(NotAllowed):
        rules.save_rules(ports, people.abo, ChatRules())


def test_it_opens_no_chat_when_closed_or_blocked(ports: Ports, people: People, served: str) -> None:
    """C6: abuse has an end; the way to ask by form stays."""
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    blocking.block(ports, people.abo, served, 7, "骚扰")
    with pytest.raises(InvalidInput, match="chat_closed"):
        begin(ports, people.xiaoai, "你好")
    lead = _lead(ports)
    blocking.unblock(ports, lead, blocking.blocks(ports, lead)[0].block_id)
    assert begin(ports, people.xiaoai, "你好")


def test_it_finds_what_was_said(ports: Ports, people: People, served: str) -> None:
    """C6: ended chats by words, ending and agent."""
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    found = archive.archive(ports, people.abo, ArchiveFilter(query="照片"))
    assert [row.public_id for row in found.rows] == [served]
    other = ArchiveFilter(query="照片", outcome=ChatOutcome.REFUSED)
    assert archive.archive(ports, people.abo, other).total == 0


def test_it_forgets_transcripts_after_their_time(ports: Ports, people: People, served: str) -> None:
    """C6: the ticket stays."""
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Chat).values(ended_at=utcnow() - timedelta(days=31)))
    assert tending.forget(ports, 30) == 1
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1
