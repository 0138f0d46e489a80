"""Customers from a sheet: counted before, written once, refused by row (X9)."""

from __future__ import annotations

import io
import zipfile

import pytest
import sqlalchemy as sa

from kb_app.errors import InvalidInput, NotAllowed
from kb_app.people import importing
from kb_app.ports import Ports
from models import (
    CustomerGroup,
    CustomerLevel,
    PeopleImportState,
    Role,
    User,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_user

SHEET = (
    "邮箱,姓名,等级,公司\n"
    "New@Example.com,新人,金,甲公司、乙公司\n"
    "old@example.com,,,甲公司\n"
    "不是邮箱,某某,,\n"
    ",没写,,\n"
    "new@example.com,又一次,,\n"
    "third@example.com,丙,钻石,\n"
    "lead@example.com,组长改名,,\n"
)
COLUMNS = {"email": 0, "name": 1, "level": 2, "groups": 3}


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长; a level, a customer and a colleague are there already."""
    with unit_of_work(ports.database) as session:
        session.add(CustomerLevel(name="金", rank=1))
        make_user(session, "老客户").email = "old@example.com"
        boss = make_user(session, "周组长", Role.LEAD)
        boss.email = "lead@example.com"
        return boss.as_viewer()


def _begin(ports: Ports, lead: Viewer, text: str = SHEET) -> int:
    return importing.begin(ports, lead, "客户.csv", io.BytesIO(text.encode("gb18030")))


def _user(ports: Ports, email: str) -> User:
    with reading(ports.database) as session:
        found = session.scalars(sa.select(User).where(User.email == email)).one()
        _ = found.level, list(found.groups)
        return found


def test_it_guesses_columns_and_counts_before_it_writes(ports: Ports, lead: Viewer) -> None:
    """X9: a dry run tells every row that will not be used, and why; nothing is written."""
    run_id = _begin(ports, lead)
    page = importing.run(ports, lead, run_id)
    assert page.state is PeopleImportState.MAPPING
    assert page.mapping == COLUMNS
    importing.choose(ports, lead, run_id, page.mapping)
    page = importing.run(ports, lead, run_id)
    assert dict(page.counts) == {"created": 1, "changed": 1, "same": 0, "refused": 5}
    assert [(note.line, note.code) for note in page.notes] == [
        (4, "bad_email"), (5, "no_email"), (6, "twice"), (7, "no_level"), (8, "staff"),
    ]  # fmt: skip
    with reading(ports.database) as session:
        assert session.scalar(sa.select(User.id).where(User.email == "new@example.com")) is None


def test_it_writes_by_its_rules_and_once(ports: Ports, lead: Viewer) -> None:
    """X9: what is written is taken over, what is empty stays, staff are never touched; again
    nothing changes."""
    run_id = _begin(ports, lead)
    importing.choose(ports, lead, run_id, COLUMNS)
    importing.confirm(ports, lead, run_id)
    new, old = _user(ports, "new@example.com"), _user(ports, "old@example.com")
    assert new.level is not None
    assert (new.name, new.level.name, new.role) == ("新人", "金", Role.CUSTOMER)
    assert {group.name for group in new.groups} == {"甲公司", "乙公司"}
    assert (old.name, [group.name for group in old.groups]) == ("老客户", ["甲公司"])
    assert _user(ports, "lead@example.com").name == "周组长"
    with pytest.raises(InvalidInput, match="moved_on"):
        importing.confirm(ports, lead, run_id)
    again = _begin(ports, lead)
    importing.choose(ports, lead, again, COLUMNS)
    counts = importing.confirm(ports, lead, again).counts
    assert (counts["created"], counts["changed"], counts["same"]) == (0, 0, 2)
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count(CustomerGroup.id))) == 2


def test_it_reads_a_workbook(ports: Ports, lead: Viewer) -> None:
    """X9: Excel as it is saved by others, cells in shared strings or not."""
    from web.excel_files import excel

    data = excel(["电子邮箱", "姓名"], [["a@example.com", "=1+1"]])
    assert zipfile.is_zipfile(io.BytesIO(data))
    run_id = importing.begin(ports, lead, "客户.xlsx", io.BytesIO(data))
    page = importing.run(ports, lead, run_id)
    assert page.header == ("电子邮箱", "姓名")
    assert page.sample == (("a@example.com", "=1+1"),)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"\x89PNG\r\n\x1a\n\x00\x00", "format"), ("邮箱\n".encode(), "nothing")],
)
def test_it_says_why_a_file_cannot_be_read(
    ports: Ports, lead: Viewer, data: bytes, reason: str
) -> None:
    """X9: a bad file is a sentence, never an error page."""
    page = importing.run(ports, lead, importing.begin(ports, lead, "x.csv", io.BytesIO(data)))
    assert (page.state, page.reason) == (PeopleImportState.FAILED, reason)


def test_it_needs_the_column_of_addresses(ports: Ports, lead: Viewer) -> None:
    run_id = _begin(ports, lead)
    with pytest.raises(InvalidInput, match="column_email"):
        importing.choose(ports, lead, run_id, {"name": 1})
    with pytest.raises(InvalidInput, match="doubled"):
        importing.choose(ports, lead, run_id, {"email": 0, "name": 0})


def test_it_is_for_leads(ports: Ports, people: People) -> None:
    with pytest.raises(NotAllowed):
        importing.begin(ports, people.abo, "x.csv", io.BytesIO(b"a"))
