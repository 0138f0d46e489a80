"""An address that is only claimed opens nothing: no level, no group, no tickets, no mails."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from kb_app import following
from kb_app.errors import InvalidInput
from kb_app.mail.writers import writer
from kb_app.people import importing, merging
from kb_app.ports import Ports
from kb_app.ticket_joining import merge
from models import (
    CustomerGroup,
    CustomerLevel,
    EmailClaim,
    Job,
    JobKind,
    PeopleImport,
    Role,
    User,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_user
from tests.factories_tickets import make_ticket
from tests.kb_app.desk import say
from tests.kb_app.test_following import number_of, public_id

__all__ = ["public_id"]
COLUMNS = {"email": 0, "name": 1, "level": 2, "groups": 3}


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长; a level is there already."""
    with unit_of_work(ports.database) as session:
        session.add(CustomerLevel(name="金", rank=1))
        return make_user(session, "周组长", Role.LEAD).as_viewer()


def _claimed(ports: Ports, viewer: Viewer) -> int:
    assert viewer.user_id is not None
    with unit_of_work(ports.database) as session:
        session.add(EmailClaim(user_id=viewer.user_id, created_at=utcnow()))
    return viewer.user_id


def _id(viewer: Viewer) -> int:
    assert viewer.user_id is not None
    return viewer.user_id


def _brought_in(ports: Ports, lead: Viewer, line: str) -> importing.RunPage:
    sheet = io.BytesIO(f"邮箱,姓名,等级,公司\n{line}\n".encode())
    run_id = importing.begin(ports, lead, "客户.csv", sheet)
    importing.choose(ports, lead, run_id, COLUMNS)
    return importing.confirm(ports, lead, run_id)


def test_a_sheet_gives_a_claimed_address_no_level_and_no_group(
    ports: Ports, people: People, lead: Viewer
) -> None:
    """X9 O3: whoever registers with a customer's address does not get what the sheet means."""
    user_id = _claimed(ports, people.xiaoai)
    page = _brought_in(ports, lead, f"{people.xiaoai.email},,金,大客户")
    assert [note.code for note in page.notes] == ["unproven"]
    with reading(ports.database) as session:
        user = session.get_one(User, user_id)
        assert (user.level_id, user.groups) == (None, [])
        assert session.scalar(sa.select(CustomerGroup.id)) is None


def test_nothing_is_joined_to_an_account_with_a_claimed_address(
    ports: Ports, people: People, lead: Viewer
) -> None:
    """X9 O3: somebody who registered under a customer's name gets nothing of theirs."""
    kept = _claimed(ports, people.xiaoai)
    with pytest.raises(InvalidInput, match="unproven"):
        merging.merge(ports, lead, kept, _id(people.laochen))
    assert merging.merge(ports, lead, _id(people.laochen), kept)


def test_a_joined_address_never_writes_as_staff(ports: Ports, people: People, lead: Viewer) -> None:
    """X9 M2: a customer who came to work here works by their own address alone."""
    kept = _id(people.xiaoai)
    merging.merge(ports, lead, kept, _id(people.laochen))
    with unit_of_work(ports.database) as session:
        session.get_one(User, kept).role = Role.AGENT
    with reading(ports.database) as session:
        assert writer(session, people.laochen.email).role is Role.VISITOR


def test_a_claimed_address_hears_nothing_of_followed_questions(
    ports: Ports, people: People, public_id: str
) -> None:
    """Q8 O3: nobody has others mailed by registering with their addresses."""
    _claimed(ports, people.laochen)
    following.follow(ports, people.laochen, public_id)
    say(ports, people.abo, number_of(ports, public_id), "再补充一点。")
    assert following.tend(ports) == 0
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL))
        assert people.laochen.email not in [job.payload["to"] for job in jobs]


def test_no_ticket_is_joined_to_one_whose_address_is_claimed(ports: Ports, people: People) -> None:
    """T3 O3: registering with an address shows nobody what its owner wrote by mail."""
    _claimed(ports, people.xiaoai)
    with unit_of_work(ports.database) as session:
        mailed, claimed = make_ticket(session), make_ticket(session)
        mailed.requester_key, claimed.requester_key = "m:1", people.xiaoai.voter_key
        mailed.requester_email = claimed.requester_email = people.xiaoai.email
        claimed.requester_id = people.xiaoai.user_id
        numbers = mailed.number, claimed.number
    with pytest.raises(InvalidInput, match="other_customer"):
        merge(ports, people.abo, *numbers)
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(EmailClaim))
    assert merge(ports, people.abo, *numbers) == numbers[1]


def test_sheets_are_forgotten_after_a_week(ports: Ports, lead: Viewer) -> None:
    """X9 S4: customers' addresses do not wait for the next import."""
    run_id = importing.begin(ports, lead, "客户.csv", io.BytesIO("邮箱\na@example.com\n".encode()))
    importing.forget(ports)
    with unit_of_work(ports.database) as session:
        session.get_one(PeopleImport, run_id).created_at -= 2 * importing.KEEP
    importing.forget(ports)
    assert importing.runs(ports, lead) == ()
