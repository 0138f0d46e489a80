"""A ticket from new to closed, by hand, by the clock and by its customer (T1, Q7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import jobs
from kb_app.desk_queue import queue
from kb_app.errors import (
    IllegalMove,
    InvalidInput,
)
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.ticket_rows import ALL, MINE, UNASSIGNED, QueueFilter
from kb_app.tickets import (
    close_if_quiet,
    customer_reply,
    rate,
)
from models import (
    Job,
    JobKind,
    Ticket,
    TicketStatus,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.kb_app.desk import bodies, log_of, move, say, ticket
from tests.kb_app.test_questions import asking

NEW, OPEN, PAUSED = TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PAUSED
SOLVED, CLOSED = TicketStatus.SOLVED, TicketStatus.CLOSED


def test_it_refuses_a_move_the_life_does_not_have(
    ports: Ports, people: People, number: str
) -> None:
    """T1: 新建 does not become 暂停, and nothing is half done."""
    with pytest.raises(IllegalMove):
        move(ports, people.abo, number, PAUSED)
    move(ports, people.abo, number, OPEN, PAUSED)
    with pytest.raises(IllegalMove):
        say(ports, people.abo, number, "关掉", CLOSED)
    assert bodies(ports) == []
    assert ticket(ports, number).status is PAUSED


@pytest.mark.parametrize("status", [OPEN, SOLVED, CLOSED])
def test_it_offers_no_state_that_a_reply_could_not_reach(
    ports: Ports, people: People, number: str, status: TicketStatus
) -> None:
    """T1: what the composer offers for a new ticket works together with a reply."""
    assert status in desk_ticket(ports, people.abo, number).allowed
    say(ports, people.abo, number, "答复", status)
    assert ticket(ports, number).status is status


def test_it_goes_the_whole_way_and_tells_the_customer(
    ports: Ports, people: People, number: str
) -> None:
    """T1 Q7: every stage is done, current or to come, with its time."""
    say(ports, people.abo, number, "请换电池")
    move(ports, people.abo, number, PAUSED)
    steps = customer_ticket(ports, people.xiaoai, number).steps
    assert [(step.done, step.current) for step in steps] == [
        (True, False),
        (False, True),
        (False, False),
        (False, False),
    ]
    move(ports, people.abo, number, SOLVED, CLOSED)
    steps = customer_ticket(ports, people.xiaoai, number).steps
    assert all(step.at is not None for step in steps)
    assert steps[-1].current


def _three_days_later(ports: Ports) -> Ports:
    return replace(ports, clock=lambda: utcnow() + timedelta(days=3, minutes=1))


def _run_closing_jobs(ports: Ports) -> None:
    """As the worker will once the jobs are due."""
    with unit_of_work(ports.database) as session:
        for job in session.scalars(sa.select(Job).where(Job.kind == JobKind.CLOSE_TICKET)):
            assert job.run_after > utcnow() + timedelta(days=2)
            job.run_after = utcnow() - timedelta(seconds=1)
    jobs.drain(_three_days_later(ports))


def test_it_closes_by_itself_after_three_days(ports: Ports, people: People, number: str) -> None:
    """T1: solved and quiet for three days is closed, by a job written with the solution."""
    say(ports, people.abo, number, "好了吗", SOLVED)
    close_if_quiet(ports, ticket(ports, number).id, utcnow())
    assert ticket(ports, number).status is SOLVED
    _run_closing_jobs(ports)
    assert ticket(ports, number).status is CLOSED
    assert log_of(ports, number)[-1] == ("status", "solved", "closed")


def test_it_does_not_close_what_was_reopened(ports: Ports, people: People, number: str) -> None:
    """T1 Q7: an answer from the customer stops the clock."""
    say(ports, people.abo, number, "好了吗", SOLVED)
    customer_reply(ports, people.xiaoai, number, "还是打不开", "c")
    assert ticket(ports, number).status is OPEN
    _run_closing_jobs(ports)
    assert ticket(ports, number).status is OPEN


@pytest.mark.parametrize("way", [(OPEN, PAUSED), (SOLVED,), (SOLVED, CLOSED)])
def test_it_wakes_up_when_the_customer_writes(
    ports: Ports, people: People, number: str, way: tuple[TicketStatus, ...]
) -> None:
    """T1 Q7: paused, solved or closed, the customer's word opens it again."""
    move(ports, people.abo, number, *way)
    customer_reply(ports, people.xiaoai, number, "还有问题", "c")
    assert ticket(ports, number).status is OPEN
    assert log_of(ports, number)[-1] == ("status", way[-1].value, "open")


def test_it_is_rated_only_when_it_ended(ports: Ports, people: People, number: str) -> None:
    """Q7: satisfaction, 1 to 5, changeable, logged."""
    with pytest.raises(IllegalMove):
        rate(ports, people.xiaoai, number, 5, "")
    move(ports, people.abo, number, SOLVED)
    for bad in (0, 6, -1):
        with pytest.raises(InvalidInput):
            rate(ports, people.xiaoai, number, bad, "")
    rate(ports, people.xiaoai, number, 3, "慢")
    rate(ports, people.xiaoai, number, 5, "后来很好")
    found = ticket(ports, number)
    assert (found.rating, found.rating_comment) == (5, "后来很好")
    assert log_of(ports, number)[-2:] == [("rated", "", "3"), ("rated", "3", "5")]
    assert customer_ticket(ports, people.xiaoai, number).can_rate


def _numbers(session: Session) -> Iterator[str]:
    yield from session.scalars(sa.select(Ticket.number).order_by(Ticket.id))


def test_it_counts_every_view_of_the_queue(ports: Ports, people: People, number: str) -> None:
    """T4: counts and rows agree in every view; what waits for us comes first."""
    for place in range(3):
        public_id = submit(ports, people.laochen, asking(f"问题 {place}", key=f"q{place}"))
        escalate(ports, people.laochen, public_id, Escalation("", ""))
    with reading(ports.database) as session:
        mine, _second, solved, fourth = _numbers(session)
    say(ports, people.abo, mine, "我来")
    move(ports, people.abo, solved, SOLVED)
    seen = queue(ports, people.abo, QueueFilter(ALL))
    assert seen.counts[ALL] == seen.total == len(seen.rows) == 4
    assert (seen.counts[MINE], seen.counts[UNASSIGNED], seen.counts["solved"]) == (1, 2, 1)
    assert [row.number for row in seen.rows][-1] == solved
    for view, count in seen.counts.items():
        assert queue(ports, people.abo, QueueFilter(view, page=99)).total == count
    assert queue(ports, people.abo, QueueFilter("no such view")).selected == UNASSIGNED
    history = desk_ticket(ports, people.abo, fourth).requester_history
    assert fourth not in {row.number for row in history}
    assert len(history) == 2
