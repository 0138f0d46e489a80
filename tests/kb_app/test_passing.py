"""Values that came along with a question or a chat, and what agents see of them (X4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kb_app import passing
from kb_app.chat import console, opening
from kb_app.chat.opening import ChatStart
from kb_app.errors import NotAllowed
from kb_app.escalation import Escalation, escalate
from kb_app.passing import Passed, PassingPage
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.ticket_pages import desk_ticket
from models import Role, Viewer, unit_of_work, utcnow
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.test_questions import asking
from ticket_bridge.passing import signed

FIELDS = {"name": "王女士", "会员等级": "金卡"}


@pytest.fixture
def admin(ports: Ports) -> Viewer:
    """Who may see the secret."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "站长", Role.ADMIN).as_viewer()


@pytest.fixture
def page(ports: Ports, admin: Viewer) -> PassingPage:
    """A site with a secret."""
    assert not passing.renew_secret(ports, admin)
    return passing.passing_page(ports, admin)


def token(page: PassingPage, **fields: str) -> str:
    """What a host page's server makes."""
    return signed(page.secret, {**FIELDS, **fields}, int(utcnow().timestamp()) + 600)


def test_signed_values_reach_the_agent_as_verified(
    ports: Ports, people: People, page: PassingPage
) -> None:
    """X4: with the question, to the ticket; what stands beside them unsigned is left out."""
    came = passing.passed(ports, token(page), {"p_name": "冒充的"})
    assert (came.fields, came.verified) == (FIELDS, True)
    public_id = submit(ports, people.xiaoai, replace(asking("门锁打不开"), passed=came))
    number = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    side = desk_ticket(ports, people.abo, number).side
    assert (side.passed.fields, side.passed.verified) == (FIELDS, True)


def test_unsigned_values_are_marked(ports: Ports, people: People) -> None:
    """X4: they are only what somebody typed."""
    came = passing.passed(ports, "", {"p_name": "王女士", "p_": "x"})
    assert came == Passed({"name": "王女士"})
    public_id = submit(ports, people.xiaoai, replace(asking("门锁打不开"), passed=came))
    number = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    assert not desk_ticket(ports, people.abo, number).side.passed.verified


def test_a_forged_or_old_token_is_worth_nothing(
    ports: Ports, admin: Viewer, page: PassingPage
) -> None:
    """X4: another secret, an hour too late, before any secret was made."""
    assert not passing.passed(ports, signed("x" * 40, FIELDS, 9), {}).verified
    late = replace(ports, clock=lambda: utcnow() + timedelta(hours=1))
    assert passing.passed(late, token(page), {}).fault == "expired"
    assert passing.passed(ports, "rubbish", {"p_id": "7"}) == Passed({"id": "7"}, fault="shape")


def test_a_new_secret_lets_the_old_one_count_for_a_day(
    ports: Ports, admin: Viewer, page: PassingPage
) -> None:
    """X4: nobody is interrupted."""
    old = token(page)
    assert passing.renew_secret(ports, admin)
    assert passing.passed(ports, old, {}).verified
    tomorrow = replace(ports, clock=lambda: utcnow() + timedelta(hours=25))
    late = signed(page.secret, FIELDS, int(tomorrow.clock().timestamp()) + 60)
    assert not passing.passed(tomorrow, late, {}).verified


def test_a_chat_brings_them_too(ports: Ports, people: People, page: PassingPage) -> None:
    """X4: the agent's console shows them beside the customer."""
    came = passing.passed(ports, token(page), {})
    start = ChatStart("", "", None, "在吗", "k1", passed=came)
    public_id, _chat_id = opening.begin(ports, people.passer_by, start)
    found = console.pane(ports, people.abo, public_id).passed
    assert (found.fields, found.verified) == (FIELDS, True)


def test_only_administrators_see_the_secret(ports: Ports, people: People) -> None:
    """X4: it is one secret for the whole site."""
    with pytest.raises(NotAllowed):
        passing.passing_page(ports, people.abo)
    with pytest.raises(NotAllowed):
        passing.renew_secret(ports, people.abo)
