"""Everybody is told what they chose, the way they chose it, when they may be disturbed (T7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kb_app import notice_mails, notice_settings
from kb_app.clearing import clear
from kb_app.errors import EditConflict, InvalidInput
from kb_app.notice_settings import KINDS, Chosen, SettingsInput
from kb_app.notices import NoticeKind, notices, tell
from kb_app.ports import Ports
from models import Job, JobKind, MailRhythm, NoticeMail, Viewer, reading, unit_of_work, utcnow
from tests.conftest import People
from tests.factories_tickets import make_ticket


def _choose(
    ports: Ports,
    viewer: Viewer,
    way: str,
    rhythm: str = "at_once",
    quiet: tuple[str, str] = ("", ""),
) -> None:
    version = notice_settings.settings(ports, viewer).version
    form = SettingsInput(dict.fromkeys(KINDS, way), rhythm, *quiet, version)
    notice_settings.save(ports, viewer, form)


def _tell(ports: Ports, viewer: Viewer, times: int = 1) -> None:
    with unit_of_work(ports.database) as session:
        for _ in range(times):
            ticket = make_ticket(session)
            tell(session, [viewer.user_id or 0], ticket.id, NoticeKind.CUSTOMER_WROTE, "m1")
            tell(session, [viewer.user_id or 0], ticket.id, NoticeKind.CUSTOMER_WROTE, "m1")


def _letters(ports: Ports) -> list[str]:
    with reading(ports.database) as session:
        jobs = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL))
        return [str(job.payload["body"]) for job in jobs]


def _later(ports: Ports, **time: float) -> Ports:
    return replace(ports, clock=lambda: utcnow() + timedelta(**time))


def test_it_knows_every_kind_of_notice() -> None:
    """T7: a new kind of notice must be offered to be chosen."""
    assert set(KINDS) == {kind.value for kind in NoticeKind}


@pytest.mark.parametrize(
    ("way", "rows", "letters"), [("app", 1, 0), ("mail", 0, 1), ("both", 1, 1), ("none", 0, 0)]
)
def test_it_tells_each_the_way_they_chose(
    ports: Ports, people: People, way: str, rows: int, letters: int
) -> None:
    """T7: in the product, by mail, both or not at all; the same thing once."""
    _choose(ports, people.abo, way)
    _tell(ports, people.abo)
    assert notices(ports, people.abo).unread == rows
    assert notice_mails.tend(_later(ports, minutes=1)) == letters
    assert notice_mails.tend(_later(ports, minutes=2)) == 0
    assert len(_letters(ports)) == letters


def test_it_gathers_what_came_together(ports: Ports, people: People) -> None:
    """T7: a digest is one mail an hour, however much happens."""
    _choose(ports, people.abo, "mail", "hourly")
    _tell(ports, people.abo, 3)
    assert notice_mails.tend(_later(ports, minutes=10)) == 0
    assert notice_mails.tend(_later(ports, minutes=61)) == 1
    assert _letters(ports)[0].count("客户有新消息") == 3


def test_it_disturbs_nobody_in_quiet_hours(ports: Ports, people: People) -> None:
    """T7: mail waits until they are over; nothing is lost."""
    _choose(ports, people.abo, "mail", quiet=("00:00", "23:59"))
    _tell(ports, people.abo)
    noon = datetime.now(UTC).replace(hour=4) + timedelta(days=1)
    assert notice_mails.tend(replace(ports, clock=lambda: noon)) == 0
    _choose(ports, people.abo, "mail")
    assert notice_mails.tend(replace(ports, clock=lambda: noon)) == 1


def test_it_reads_quiet_hours_over_midnight() -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Asia/Shanghai")
    night = Chosen({}, MailRhythm.AT_ONCE, "22:00", "08:00")
    hours = {h: night.is_quiet(datetime(2026, 1, 5, h, tzinfo=zone), zone) for h in range(24)}
    assert [h for h, quiet in hours.items() if not quiet] == list(range(8, 22))


def test_it_forgets_what_was_mailed_long_ago(ports: Ports, people: People) -> None:
    _choose(ports, people.abo, "mail")
    _tell(ports, people.abo)
    notice_mails.tend(_later(ports, minutes=1))
    late = _later(ports, days=61)
    clear(late, late.clock())
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.count(NoticeMail.id))) == 0


@pytest.mark.parametrize(
    ("quiet", "field"), [(("25:00", "08:00"), "quiet_from"), (("22:00", ""), "quiet_to"),
                         (("22:00", "22:00"), "quiet_to")],
)  # fmt: skip
def test_it_says_which_hours_cannot_be(
    ports: Ports, people: People, quiet: tuple[str, str], field: str
) -> None:
    with pytest.raises(InvalidInput, match=field):
        _choose(ports, people.abo, "app", quiet=quiet)


def test_it_overwrites_no_other_window(ports: Ports, people: People) -> None:
    _choose(ports, people.abo, "app")
    with pytest.raises(EditConflict):
        notice_settings.save(ports, people.abo, SettingsInput({}, "daily", "", "", 0))
