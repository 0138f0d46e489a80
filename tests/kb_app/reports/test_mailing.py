"""Own reports and their mails: kept, shared, sent once a period, ended by a link (T10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app.errors import EditConflict, InvalidInput, LinkExpired, NotAllowed, NotFound
from kb_app.ports import Ports
from kb_app.reports import mailing, own, running
from kb_app.reports.catalogue import Dimension, Measure
from kb_app.reports.own import Definition, ReportInput
from models import MailOut, ReportRhythm, Role, User, Viewer, reading, unit_of_work, visitor
from tests.conftest import People
from tests.factories import make_user, settle_index
from tests.kb_app.reports.tickets import handled

MONDAY = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
"""Half past eight in Shanghai."""
BY_AGENT = Definition((Measure.TICKETS, Measure.FIRST_REPLY), Dimension.AGENT, 30)


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


@pytest.fixture
def other(ports: Ports) -> Viewer:
    """吴组长."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "吴组长", Role.LEAD).as_viewer()


def _report(ports: Ports, lead: Viewer, *, shared: bool = False) -> int:
    return own.save(ports, lead, None, ReportInput("每周", BY_AGENT, shared))


def _at(ports: Ports, moment: datetime) -> Ports:
    return replace(ports, clock=lambda: moment)


def _mails(ports: Ports) -> list[MailOut]:
    with reading(ports.database) as session:
        return list(session.scalars(sa.select(MailOut).where(MailOut.kind == "report")))


def test_it_keeps_private_reports_private(ports: Ports, lead: Viewer, other: Viewer) -> None:
    """T10: others neither open nor change it; a shared one they open."""
    mine, shared = _report(ports, lead), _report(ports, lead, shared=True)
    assert [card.report_id for card in own.reports(ports, other)] == [shared]
    with pytest.raises(NotFound):
        running.report_page(ports, other, mine)
    assert running.report_page(ports, other, shared).owner_name == "周组长"
    with pytest.raises(NotAllowed):
        own.delete(ports, other, shared)


def test_it_overwrites_nobodys_change(ports: Ports, lead: Viewer) -> None:
    report_id = _report(ports, lead)
    own.save(ports, lead, report_id, ReportInput("改名", BY_AGENT, False, 1))
    with pytest.raises(EditConflict):
        own.save(ports, lead, report_id, ReportInput("又改", BY_AGENT, False, 1))


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (Definition(()), "empty"),
        (Definition(tuple(Measure)), "too_many"),
        (Definition((Measure.TICKETS,), days=12), "unknown"),
        (Definition((Measure.TICKETS,), channel="'; drop table ticket"), "unknown"),
    ],
)
def test_it_asks_nothing_outside_the_catalogue(
    ports: Ports, lead: Viewer, definition: Definition, code: str
) -> None:
    with pytest.raises(InvalidInput, match=code):
        own.save(ports, lead, None, ReportInput("x", definition, False))


def test_it_knows_which_period_is_over() -> None:
    """T10: yesterday, Monday to Sunday, the month before."""
    today = date(2026, 3, 2)
    assert mailing.over(ReportRhythm.DAILY, today)[0] == "2026-03-01"
    assert mailing.over(ReportRhythm.WEEKLY, today) == (
        "2026-W09", date(2026, 2, 23), date(2026, 3, 1),
    )  # fmt: skip
    assert mailing.over(ReportRhythm.MONTHLY, today) == (
        "2026-02", date(2026, 2, 1), date(2026, 2, 28),
    )  # fmt: skip


def test_it_mails_once_a_period_with_its_table(
    ports: Ports, lead: Viewer, tmp_path: object
) -> None:
    """T10: written once however often the worker looks; the file is CSV and no formula."""
    with unit_of_work(ports.database) as session:
        agent = make_user(session, "=cmd()", Role.AGENT).id
        handled(session, agent, 30, created_at=MONDAY - timedelta(days=2))
    before = _at(ports, MONDAY - timedelta(days=3))
    report_id = _report(ports, lead)
    mailing.subscribe(before, lead, report_id, None, "weekly")
    assert mailing.tend(before) == 0
    now = _at(ports, MONDAY)
    assert (mailing.tend(now), mailing.tend(now)) == (1, 0)
    [mail] = _mails(ports)
    assert "30 分钟" in mail.body
    assert "'=cmd()" in mail.headers["file"]["text"]
    settle_index(ports)
    [sent] = list((ports.config.data_dir.parent / "mail").glob("*.eml"))
    assert b'filename="2026-W47.csv"' in sent.read_bytes()
    [mail] = _mails(ports)
    assert (mail.state, mail.headers) == ("sent", {})
    assert mailing.tend(_at(ports, MONDAY + timedelta(days=7))) == 1


def test_it_waits_for_the_morning(ports: Ports, lead: Viewer) -> None:
    mailing.subscribe(
        _at(ports, MONDAY - timedelta(days=7)), lead, _report(ports, lead), None, "daily"
    )
    assert mailing.tend(_at(ports, MONDAY - timedelta(hours=2))) == 0


def test_it_mails_to_staff_alone(ports: Ports, people: People, lead: Viewer) -> None:
    """T10 O3: never to a customer, and no more to somebody who left."""
    report_id = _report(ports, lead)
    with pytest.raises(InvalidInput, match="not_staff"):
        mailing.subscribe(ports, lead, report_id, people.xiaoai.user_id, "daily")
    before = _at(ports, MONDAY - timedelta(days=7))
    mailing.subscribe(before, lead, report_id, people.abo.user_id, "daily")
    with unit_of_work(ports.database) as session:
        session.get_one(User, people.abo.user_id).is_active = False
    assert mailing.tend(_at(ports, MONDAY)) == 0
    assert running.report_page(ports, lead, report_id).readers == ()


def test_it_ends_by_the_link_in_the_mail(ports: Ports, lead: Viewer) -> None:
    """T10: without signing in; a forged link does nothing."""
    report_id = _report(ports, lead)
    mailing.subscribe(ports, lead, report_id, None, "daily")
    token = mailing.token_of(ports, report_id, lead.user_id or 0)
    assert mailing.stop_page(ports, visitor("x"), token).name == "每周"
    for _ in range(2):
        mailing.stop(ports, visitor("x"), token)
    with pytest.raises(LinkExpired):
        mailing.stop_page(ports, visitor("x"), token)
    with pytest.raises(LinkExpired):
        mailing.stop(ports, visitor("x"), "forged")
