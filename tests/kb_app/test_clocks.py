"""Promises run in the database as the pure clock says, and alarms come in time (T5, Q6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app.alarms import tick
from kb_app.escalation import Escalation, escalate
from kb_app.notices import notices
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.sla_report import sla_report
from kb_app.ticket_facts import FactsInput, set_facts
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.tickets import claim
from kb_app.work_time import WorkTime
from models import (
    Job,
    JobKind,
    TicketClock,
    TicketEvent,
    TicketStatus,
    TimeLimit,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories_desk import make_desk
from tests.kb_app.desk import move, say, ticket
from tests.kb_app.test_questions import asking
from ticket_bridge import sla
from ticket_bridge.calendar import Calendar
from ticket_bridge.sla import Colour

OPEN, PAUSED, SOLVED = TicketStatus.OPEN, TicketStatus.PAUSED, TicketStatus.SOLVED


@pytest.fixture
def number(ports: Ports, people: People) -> str:
    """小艾's new ticket, promised an answer within an hour."""
    make_desk(ports, people.abo.user_id or 0)
    public_id = submit(ports, people.xiaoai, asking("门锁打不开了"))
    return escalate(ports, people.xiaoai, public_id, Escalation("", ""))


def later(ports: Ports, **time: float) -> Ports:
    """The same site after a while."""
    moment = utcnow() + timedelta(**time)
    return replace(ports, clock=lambda: moment)


def clock(ports: Ports, number: str) -> TicketClock:
    """The stored clock of a ticket."""
    with reading(ports.database) as session:
        return session.get_one(TicketClock, ticket(ports, number).id)


def test_it_promises_at_once_and_tells_the_customer(
    ports: Ports, people: People, number: str
) -> None:
    """Q6: the promise stands on the customer's page as soon as the ticket is there."""
    promise = customer_ticket(ports, people.xiaoai, number).promise
    assert promise is not None
    assert promise.response is Colour.GREEN
    assert promise.response_due is not None
    due = promise.response_due - ticket(ports, number).created_at
    assert timedelta(minutes=59) < due <= timedelta(minutes=60)


def test_it_promises_nothing_without_a_rule(ports: Ports, people: People) -> None:
    """T5: a site without time limits has no clocks."""
    public_id = submit(ports, people.xiaoai, asking("没有时限"))
    found = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    assert customer_ticket(ports, people.xiaoai, found).promise is None


def test_it_stands_while_paused(ports: Ports, people: People, number: str) -> None:
    """T5: paused time does not count."""
    move(later(ports, minutes=10), people.abo, number, OPEN)
    move(later(ports, minutes=20), people.abo, number, PAUSED)
    assert clock(ports, number).resolution_due_at is None
    move(later(ports, hours=30), people.abo, number, OPEN)
    found = clock(ports, number)
    assert found.running_since is not None
    assert (
        19 * 60
        < sla.worked(
            sla.Clock(found.spent, found.running_since),
            _calendar(ports),
            found.running_since,
        )
        <= 20 * 60 + 2
    )
    assert found.responded_after is not None
    assert found.responded_after < 3600


def _calendar(ports: Ports) -> Calendar:
    with reading(ports.database) as session:
        return WorkTime(ports, session).calendar(None)


def test_it_tells_the_same_from_the_history(ports: Ports, people: People, number: str) -> None:
    """T5: replaying the ticket's log gives the stored clock."""
    say(ports, people.abo, number, "在看")
    move(ports, people.abo, number, PAUSED, OPEN, SOLVED, OPEN, SOLVED)
    with reading(ports.database) as session:
        events = session.scalars(
            sa.select(TicketEvent)
            .where(TicketEvent.ticket_id == ticket(ports, number).id)
            .order_by(TicketEvent.id)
        ).all()
        changes: list[tuple[datetime, TicketStatus | None]] = [
            (e.created_at, TicketStatus(e.after)) for e in events if e.action == "status"
        ]
    told = sla.replayed(_calendar(ports), ticket(ports, number).created_at, changes)
    found = clock(ports, number)
    assert abs(told.spent - found.spent) <= 1
    assert told.resolved_at is not None
    assert found.resolved_at is not None
    assert abs(told.resolved_at - found.resolved_at) <= timedelta(seconds=1)
    assert (found.running_since, told.running_since) == (None, None)


def test_it_warns_once_before_and_once_after(ports: Ports, people: People, number: str) -> None:
    """T5: an alarm at 75 % and at 100 %, in the product and by mail, each said once."""
    claim(ports, people.abo, number, ticket(ports, number).version)
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(Job))
    for minutes, kind in ((46, "response_soon"), (61, "response_late")):
        then = later(ports, minutes=minutes)
        assert tick(then) == 1
        assert tick(then) == 0
        assert notices(ports, people.abo).rows[0].kind == kind
    with reading(ports.database) as session:
        mails = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
        assert [mail.payload["to"] for mail in mails] == [people.abo.email] * 2


def test_it_colours_the_list_as_it_colours_the_page(
    ports: Ports, people: People, number: str
) -> None:
    """T4 T5: the filter in SQL and the colour in Python agree at every moment."""
    from kb_app.desk_queue import queue
    from kb_app.ticket_rows import ALL, QueueFilter
    from kb_app.view_rules import ViewRules

    for minutes in (1, 50, 70, 400, 500):
        then = later(ports, minutes=minutes)
        promise = desk_ticket(then, people.abo, number).side.promise
        assert promise is not None
        for colour in (Colour.GREEN, Colour.AMBER, Colour.RED):
            found = queue(then, people.abo, QueueFilter(ALL, 1, ViewRules(colour=colour)))
            assert bool(found.rows) is (promise.next_colour is colour)


def test_it_promises_anew_when_the_priority_changes(
    ports: Ports, people: People, number: str
) -> None:
    """Q6: urgency × impact → another promise; the time that has passed stays."""
    with unit_of_work(ports.database) as session:
        session.add(TimeLimit(name="急", priority=1, response_minutes=15, resolution_minutes=60))
    set_facts(ports, people.abo, number, FactsInput(1, 1, None, "催办", ""))
    assert clock(ports, number).response_minutes == 15
    assert ticket(ports, number).priority == 1


def test_it_says_that_a_shorter_promise_is_broken_already(
    ports: Ports, people: People, number: str
) -> None:
    """T5: raised to urgent after 20 minutes with 15 to answer in, it alarms at once, once."""
    with unit_of_work(ports.database) as session:
        session.add(TimeLimit(name="急", priority=1, response_minutes=15, resolution_minutes=600))
    claim(ports, people.abo, number, ticket(ports, number).version)
    then = later(ports, minutes=20)
    set_facts(then, people.abo, number, FactsInput(1, 1, None, "", ""))
    assert (tick(then), tick(then)) == (1, 0)
    assert notices(ports, people.abo).rows[0].kind == "response_late"


def test_it_reports_what_was_kept(ports: Ports, people: People, number: str, ana: Viewer) -> None:
    """T5: kept and broken promises, and nothing of what is still open."""
    assert sla_report(ports, people.abo, 30, "agent").whole.response_decided == 0
    say(ports, people.abo, number, "好了", SOLVED)
    whole = sla_report(ports, people.abo, 30, "team").whole
    assert (whole.total, whole.response_kept, whole.resolution_kept) == (1, 1, 1)
    assert whole.response_share == 1.0
