"""New tickets reach a person, or wait where they are seen (Q5, T3)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import assigning
from kb_app.asking_forms import Filled
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.setup.teams import RulesInput, save_rules
from models import (
    Absence,
    Plan,
    Policy,
    Role,
    TeamMember,
    Ticket,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_user
from tests.factories_desk import Desk, make_desk
from tests.kb_app.desk import log_of, ticket
from tests.kb_app.test_questions import asking


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def one_desk(ports: Ports, lead: Viewer, desk: Desk) -> None:
    """All tickets go to this team."""
    save_rules(ports, lead, RulesInput(Plan.ONE, desk.team_id, 3))


def opened(ports: Ports, viewer: Viewer, text: str) -> str:
    """A new ticket."""
    return escalate(ports, viewer, submit(ports, viewer, asking(text, text)), Escalation("", ""))


def away(ports: Ports, viewer: Viewer) -> None:
    """Somebody is away for two days."""
    now = utcnow()
    with unit_of_work(ports.database) as session:
        session.add(
            Absence(
                user_id=viewer.user_id or 0,
                begins_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=1),
            )
        )


def holder(ports: Ports, number: str) -> int | None:
    """Who has it."""
    return ticket(ports, number).assignee_id


def test_it_takes_turns_and_says_why(
    ports: Ports, people: People, ana: Viewer, lead: Viewer
) -> None:
    """Q5: 轮流, and the history tells why it chose."""
    one_desk(ports, lead, make_desk(ports, people.abo.user_id or 0, ana.user_id or 0))
    numbers = [opened(ports, people.xiaoai, f"问题 {n}") for n in range(4)]
    holders = [holder(ports, number) for number in numbers]
    assert holders == [people.abo.user_id, ana.user_id] * 2
    assert ("routed", "turn", "阿博") in log_of(ports, numbers[0])


def test_it_leaves_one_desk_alone_without_teams(ports: Ports, people: People) -> None:
    """Q5: a site that set up nothing works as before: whoever claims it has it."""
    assert holder(ports, opened(ports, people.xiaoai, "谁来都行")) is None


def test_it_turns_to_the_lead_when_everybody_is_away(
    ports: Ports, people: People, lead: Viewer
) -> None:
    """Q5: nobody available → the lead."""
    desk = make_desk(ports, people.abo.user_id or 0, lead_id=lead.user_id)
    one_desk(ports, lead, desk)
    away(ports, people.abo)
    number = opened(ports, people.xiaoai, "没人在")
    assert holder(ports, number) == lead.user_id
    assert ("routed", "all_away,lead", "周组长") in log_of(ports, number)


def test_it_gives_out_later_what_had_to_wait(ports: Ports, people: People, lead: Viewer) -> None:
    """Q5: back from an absence, an agent is given what waited."""
    one_desk(ports, lead, make_desk(ports, people.abo.user_id or 0))
    away(ports, people.abo)
    number = opened(ports, people.xiaoai, "等一等")
    assert assigning.catch_up(ports) == 0
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(Absence))
    assert assigning.catch_up(ports) == 1
    assert assigning.catch_up(ports) == 0
    assert holder(ports, number) == people.abo.user_id


def test_it_follows_the_catalogue(ports: Ports, people: People, lead: Viewer) -> None:
    """T3: by catalogue, the subject's team gets it, even two levels below."""
    desk = make_desk(ports, people.abo.user_id or 0)
    draft = asking("我要开发票")
    filled = Filled(desk.node_id, 1, {"f1": ["个人"]})
    public_id = submit(ports, people.xiaoai, type(draft)(**{**vars(draft), "filled": filled}))
    number = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    found = ticket(ports, number)
    assert (found.team_id, found.node_id, found.priority) == (desk.team_id, desk.node_id, 2)


def test_it_gives_a_ticket_to_one_of_two_workers_only(
    ports: Ports, people: People, ana: Viewer, lead: Viewer
) -> None:
    """Q5: two workers at once give ten tickets out once each."""
    desk = make_desk(ports, policy=Policy.LOAD)
    one_desk(ports, lead, desk)
    numbers = [opened(ports, people.xiaoai, f"积压 {n}") for n in range(10)]
    with unit_of_work(ports.database) as session:
        for viewer in (people.abo, ana):
            session.add(TeamMember(team_id=desk.team_id, user_id=viewer.user_id or 0))
    workers = [threading.Thread(target=assigning.catch_up, args=(ports,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for number in numbers:
        assert [line[0] for line in log_of(ports, number)].count("routed") == 1
    with reading(ports.database) as session:
        counts = (
            session.execute(sa.select(sa.func.count(Ticket.id)).group_by(Ticket.assignee_id))
            .scalars()
            .all()
        )
    assert sorted(counts) == [5, 5]
