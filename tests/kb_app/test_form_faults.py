"""Forms of the catalogue where two things meet: old answers, odd limits, two editors (Q1 T9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb_app.asking_forms import Filled
from kb_app.errors import EditConflict, InvalidInput
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.setup.catalogue import delete_node
from kb_app.setup.form_building import parsed, publish
from kb_app.ticket_facts import FactsInput, set_facts
from kb_app.ticket_pages import desk_ticket
from models import Role, Viewer, unit_of_work
from tests.conftest import People
from tests.factories import make_user
from tests.factories_desk import make_desk
from tests.kb_app.test_questions import asking


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """Who sets the desk up."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def test_it_keeps_the_form_that_a_question_came_with(
    ports: Ports, people: People, lead: Viewer
) -> None:
    """T9: a node with filled-in forms stays, even when its ticket was moved elsewhere."""
    desk = make_desk(ports)
    draft = replace(asking("我要开发票", "form"), filled=Filled(desk.node_id, 2, {"f1": ["个人"]}))
    made = escalate(ports, people.xiaoai, submit(ports, people.xiaoai, draft), Escalation("", ""))
    set_facts(ports, people.abo, made, FactsInput(2, 2, None, "", ""))
    with pytest.raises(InvalidInput, match="in_use"):
        delete_node(ports, lead, desk.node_id)
    assert desk_ticket(ports, people.abo, made).side.answers


@pytest.mark.parametrize("typed", ["nan", "inf", "-Infinity", "1e999"])
def test_it_takes_no_limit_that_is_not_a_number(typed: str) -> None:
    """Q1: nobody could answer such a field, and PostgreSQL could not store it."""
    with pytest.raises(InvalidInput):
        parsed([{"label": "金额", "kind": "number", "least": typed}], ())


def test_it_publishes_one_of_two_forms_made_at_once(ports: Ports, lead: Viewer) -> None:
    """Q1: the second is a conflict, not a fault."""
    desk = make_desk(ports)
    fields = parsed([{"label": "金额", "kind": "number"}], ())
    assert publish(ports, lead, desk.node_id, fields, 1) == 2
    other = parsed([{"label": "备注", "kind": "text"}], ())
    with pytest.raises(EditConflict):
        publish(ports, lead, desk.node_id, other, 1)
