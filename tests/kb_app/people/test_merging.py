"""Two accounts of one person become one, and two again (X9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.errors import InvalidInput
from kb_app.escalation import Escalation, escalate
from kb_app.mail.writers import writer
from kb_app.people import merging, panorama
from kb_app.ports import Ports
from kb_app.questions import submit
from kb_app.voting import vote
from models import (
    CustomerGroup,
    PersonMerge,
    Role,
    Ticket,
    User,
    Viewer,
    Vote,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article, make_user
from tests.kb_app.test_questions import asking


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def _id(viewer: Viewer) -> int:
    assert viewer.user_id is not None
    return viewer.user_id


def _ticket(ports: Ports, viewer: Viewer) -> str:
    return escalate(
        ports, viewer, submit(ports, viewer, asking("门锁打不开了")), Escalation("", "")
    )


def _owner(ports: Ports, number: str) -> tuple[int | None, str]:
    with reading(ports.database) as session:
        row = session.scalars(sa.select(Ticket).where(Ticket.number == number)).one()
        return row.requester_id, row.requester_key


def test_it_moves_everything_and_back(ports: Ports, people: People, lead: Viewer) -> None:
    """X9: tickets, questions, votes, groups; what both have stays; undone it is as it was."""
    kept, gone = _id(people.xiaoai), _id(people.laochen)
    number = _ticket(ports, people.laochen)
    with unit_of_work(ports.database) as session:
        both, single = make_article(session, "甲").id, make_article(session, "乙").id
        session.get_one(User, gone).groups = [CustomerGroup(name="甲公司")]
    for viewer, article_id, value in (
        (people.xiaoai, both, 1), (people.laochen, both, -1), (people.laochen, single, 1),
    ):  # fmt: skip
        vote(ports, viewer, article_id, value)
    page = merging.preview(ports, lead, kept, gone)
    assert (page.moving["tickets"], page.moving["votes"], page.staying) == (1, 1, {"votes": 1})
    assert page.groups == ("甲公司",)
    merge_id = merging.merge(ports, lead, kept, gone)
    assert _owner(ports, number) == (kept, f"u:{kept}")
    assert panorama.person(ports, lead, kept).sums.tickets == 1
    with reading(ports.database) as session:
        assert not session.get_one(User, gone).is_active
        mail = writer(session, people.laochen.email)
        assert mail.user_id == kept
        assert set(session.scalars(sa.select(Vote.value).where(Vote.voter_key == f"u:{kept}"))) == {
            1
        }
    merging.undo(ports, lead, merge_id)
    assert _owner(ports, number) == (gone, f"u:{gone}")
    with reading(ports.database) as session:
        assert session.get_one(User, gone).is_active
        assert session.get_one(User, kept).groups == []
    with pytest.raises(InvalidInput, match="final"):
        merging.undo(ports, lead, merge_id)


def test_it_is_final_after_a_month(ports: Ports, people: People, lead: Viewer) -> None:
    merge_id = merging.merge(ports, lead, _id(people.xiaoai), _id(people.laochen))
    with unit_of_work(ports.database) as session:
        session.get_one(PersonMerge, merge_id).created_at -= merging.REVERSIBLE
    with pytest.raises(InvalidInput, match="final"):
        merging.undo(replace(ports, clock=lambda: ports.clock() + timedelta(1)), lead, merge_id)


def test_it_joins_customers_alone(ports: Ports, people: People, lead: Viewer) -> None:
    """X9: never a colleague, never somebody with themselves, never twice."""
    kept, gone = _id(people.xiaoai), _id(people.laochen)
    for pair, code in (((kept, kept), "itself"), ((kept, _id(people.abo)), "staff")):
        with pytest.raises(InvalidInput, match=code):
            merging.preview(ports, lead, *pair)
    merging.merge(ports, lead, kept, gone)
    with pytest.raises(InvalidInput, match="inactive"):
        merging.merge(ports, lead, kept, gone)
