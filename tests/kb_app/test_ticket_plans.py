"""Tickets that staff or the calendar begin: by phone, from templates, on dates (T2, Q7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from kb_app.errors import EditConflict, InvalidInput, NotAllowed
from kb_app.plans import opening, schedules, templates
from kb_app.plans.opening import NewTicket
from kb_app.plans.schedules import ScheduleInput
from kb_app.plans.templates import TemplateInput
from kb_app.ports import Ports
from kb_app.ticket_pages import customer_ticket, desk_ticket
from models import Job, JobKind, Role, ScheduledTicket, Ticket, User, Viewer, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_user
from tests.factories_desk import make_desk
from tests.kb_app.desk import bodies, log_of, ticket
from ticket_bridge.rhythm import Every, Rhythm

CALL = NewTicket(
    subject="门锁卡住",
    body="推不开，一推就响",
    name="王女士",
    phone="138 0000 0000",
    submission_key="k1",
)


@dataclass
class World:
    """The product with a clock that goes when told, and a lead."""

    ports: Ports
    people: People
    lead: Viewer
    now: datetime

    def at(self) -> datetime:
        """The time."""
        return self.now


@pytest.fixture
def world(ports: Ports, people: People) -> World:
    """All of it; it is Sunday 2026-11-22, 23:00 in Shanghai."""
    with unit_of_work(ports.database) as session:
        lead = make_user(session, "组长", Role.LEAD).as_viewer()
    found = World(ports, people, lead, datetime(2026, 11, 22, 15, tzinfo=UTC))
    found.ports = replace(ports, clock=found.at)
    return found


def made(world: World) -> list[ScheduledTicket]:
    """Every date that made a ticket."""
    with reading(world.ports.database) as session:
        query = sa.select(ScheduledTicket).order_by(ScheduledTicket.due_at)
        return list(session.scalars(query))


def scheduled(world: World, ticket_: NewTicket, rhythm: Rhythm) -> int:
    """A template and its dates."""
    form = TemplateInput("巡检", ticket_)
    template_id = templates.save_template(world.ports, world.lead, None, form)
    return schedules.save_schedule(
        world.ports, world.lead, None, ScheduleInput("每日巡检", template_id, rhythm)
    )


def test_an_agent_takes_a_call_and_the_customer_finds_it_online(world: World) -> None:
    """T2, Q7: channel 电话; with the address of an account it is among that customer's own."""
    with reading(world.ports.database) as session:
        email = session.scalars(sa.select(User.email).where(User.name == "小艾")).one()
    form = replace(CALL, email=email, tags="来电", note="语气很急", receipt=True)
    number = opening.open_by_hand(world.ports, world.people.abo, form)
    page = customer_ticket(world.ports, world.people.xiaoai, number)
    assert page.subject == "门锁卡住"
    found = ticket(world.ports, number)
    assert (found.channel, found.requester_email) == ("phone", email)
    assert "来电号码：138 0000 0000" in found.body
    assert "语气很急" in bodies(world.ports)
    assert ("opened_for", "phone", "王女士") in log_of(world.ports, number)
    assert opening.open_by_hand(world.ports, world.people.abo, form) == number, "sent twice"
    with reading(world.ports.database) as session:
        mails = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
        assert [mail.payload["mail_kind"] for mail in mails] == ["receipt"]


def test_one_caller_is_one_customer(world: World) -> None:
    """Q7: the same number, however it is written, has one history."""
    first = opening.open_by_hand(world.ports, world.people.abo, CALL)
    again = replace(CALL, phone="13800000000", submission_key="k2")
    second = opening.open_by_hand(world.ports, world.people.abo, again)
    history = desk_ticket(world.ports, world.people.abo, second).requester_history
    assert [row.number for row in history] == [first]


def test_it_takes_the_way_of_every_ticket(world: World) -> None:
    """T3, T5: form, team, promise and agent as if the customer had asked."""
    desk = make_desk(world.ports, world.people.abo.user_id or 0)
    given = {"f1": ("个人",)}
    number = opening.open_by_hand(
        world.ports, world.people.abo, replace(CALL, node_id=desk.node_id, given=given)
    )
    side = desk_ticket(world.ports, world.people.abo, number).side
    assert (side.team_id, side.node_id) == (desk.team_id, desk.node_id)
    assert side.promise is not None
    assert [(each.label, each.value) for each in side.answers][:1] == [("发票类型", "个人")]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"body": " "}, "body"),
        ({"name": "", "phone": ""}, "name"),
        ({"phone": "call me"}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"channel": "smoke"}, "channel"),
        ({"agent_id": 99}, "agent_id"),
        ({"team_id": 99}, "team_id"),
    ],
)
def test_it_checks_what_is_typed(world: World, change: dict[str, Any], field: str) -> None:
    """T2: nothing half done."""
    with pytest.raises(InvalidInput) as caught:
        opening.open_by_hand(world.ports, world.people.abo, replace(CALL, **change))
    assert caught.value.field == field
    with reading(world.ports.database) as session:
        assert session.scalar(sa.select(Ticket.id)) is None


def test_a_template_fills_the_form_in(world: World) -> None:
    """T2: what the call tells already wins over the template."""
    form = TemplateInput("来电", replace(CALL, tags="来电", name=""))
    template_id = templates.save_template(world.ports, world.lead, None, form)
    known = NewTicket(name="赵先生", phone="13911112222")
    page = templates.new_ticket_page(world.ports, world.people.abo, template_id, known, None)
    assert (page.ticket.subject, page.ticket.tags) == ("门锁卡住", "来电")
    assert (page.ticket.name, page.ticket.phone) == ("赵先生", "13911112222")
    number = opening.open_by_hand(
        world.ports, world.people.abo, replace(page.ticket, template_id=template_id)
    )
    assert number
    page = templates.new_ticket_page(world.ports, world.people.abo, None, NewTicket(), None)
    assert [row.uses for row in page.templates] == [1]


def test_templates_are_for_leads_and_guarded(world: World) -> None:
    """T2: names once, stale forms refused, not deleted under a schedule."""
    form = TemplateInput("巡检", CALL)
    with pytest.raises(NotAllowed):
        templates.save_template(world.ports, world.people.abo, None, form)
    scheduled(world, CALL, Rhythm(Every.DAY, "09:00"))
    for wrong in (form, TemplateInput("", CALL)):
        with pytest.raises(InvalidInput):
            templates.save_template(world.ports, world.lead, None, wrong)
    with pytest.raises(EditConflict):
        templates.save_template(world.ports, world.lead, 1, TemplateInput("巡检", CALL, 9))
    with pytest.raises(InvalidInput) as caught:
        templates.delete_template(world.ports, world.lead, 1)
    assert caught.value.code == "in_use"


def test_the_calendar_makes_one_ticket_a_date(world: World) -> None:
    """T2: at its time on the site's clock, once however often the worker looks."""
    scheduled(world, CALL, Rhythm(Every.DAY, "09:00"))
    assert schedules.tend(world.ports) == 0
    world.now += timedelta(hours=10, minutes=1)
    assert schedules.tend(world.ports) == 1
    assert schedules.tend(world.ports) == 0
    [row] = made(world)
    assert (f"{row.due_at:%H:%M}", row.missed) == ("01:00", 0)
    [shown] = schedules.schedules(world.ports, world.lead, None).rows
    assert f"{shown.coming[0]:%d %H:%M}" == "24 01:00"
    assert shown.made[0].number
    assert ("opened_for", "phone", "王女士") in log_of(world.ports, shown.made[0].number)


def test_dates_missed_while_nothing_ran_make_one(world: World) -> None:
    """T2: after a week of downtime one ticket, with a note how many were missed."""
    scheduled(world, CALL, Rhythm(Every.DAY, "09:00"))
    world.now += timedelta(days=7)
    assert schedules.tend(world.ports) == 1
    assert schedules.tend(world.ports) == 0
    assert [row.missed for row in made(world)] == [6]
    assert any("错过了 6 次" in body for body in bodies(world.ports))


def test_a_pause_makes_nothing_and_nothing_is_made_up_for(world: World) -> None:
    """T2: paused, then on again: the next date is one ahead."""
    schedule_id = scheduled(world, CALL, Rhythm(Every.DAY, "09:00"))
    assert not schedules.switch(world.ports, world.lead, schedule_id)
    world.now += timedelta(days=3)
    assert schedules.tend(world.ports) == 0
    assert schedules.switch(world.ports, world.lead, schedule_id)
    assert schedules.tend(world.ports) == 0
    world.now += timedelta(days=1)
    assert schedules.tend(world.ports) == 1


def test_what_a_template_names_may_have_gone(world: World) -> None:
    """T2: the ticket comes all the same, and says what was left out."""
    desk = make_desk(world.ports, world.people.abo.user_id or 0)
    gone = replace(CALL, agent_id=999, node_id=desk.node_id)
    scheduled(world, gone, Rhythm(Every.DAY, "09:00"))
    world.now += timedelta(days=1)
    assert schedules.tend(world.ports) == 1
    assert any("客服已离开" in body for body in bodies(world.ports))


def test_a_schedule_needs_a_whole_template_and_a_time_that_comes(world: World) -> None:
    """T2: nobody is there to fill in the rest."""
    for ticket_, rhythm, field in (
        (replace(CALL, subject=""), Rhythm(Every.DAY), "template_id"),
        (CALL, Rhythm(Every.CRON, cron="0 0 31 2 *"), "rhythm"),
        (CALL, Rhythm(Every.WEEK), "rhythm"),
    ):
        with pytest.raises(InvalidInput) as caught:
            scheduled(world, ticket_, rhythm)
        assert caught.value.field == field
        with unit_of_work(world.ports.database) as session:
            session.execute(sa.text("delete from ticket_template"))
