"""Old records are cleared by night, and nothing is done twice for want of them (O4 X5 T6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import clearing, keeping
from kb_app.bridging import cases
from kb_app.clearing import by_night, clear
from kb_app.errors import EditConflict, InvalidInput, NotAllowed
from kb_app.keeping import USUAL, Kept
from kb_app.ports import Ports
from models import (
    Bridge,
    BridgeEvent,
    Handover,
    HandoverState,
    Keeping,
    Message,
    PhoneCall,
    Role,
    RuleKind,
    RunOutcome,
    Ticket,
    TicketRule,
    TicketRuleRun,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.desk import move, say, ticket

LONG_AGO = timedelta(days=400)


def _days(**chosen: int) -> dict[Kept, int | None]:
    return {kind: chosen.get(kind.value, usual) for kind, (usual, _least) in USUAL.items()}


@pytest.fixture
def admin(ports: Ports) -> Viewer:
    """Who may set the days."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "站长", Role.ADMIN).as_viewer()


def _rows(ports: Ports, table: type) -> int:
    with reading(ports.database) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _call(ports: Ports, key: str, when: datetime) -> None:
    with unit_of_work(ports.database) as session:
        call = PhoneCall(call_key=key, number="10086", direction="in", state="ended")
        call.updated_at = when
        session.add(call)


def _at(ports: Ports, when: datetime) -> Ports:
    return replace(ports, clock=lambda: when)


def test_it_clears_once_a_night(ports: Ports) -> None:
    """O4: not before the first night; its second look does nothing, the next night goes on."""
    now = utcnow()
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Keeping).values(updated_at=now))
    days = [_at(ports, now + timedelta(days=day)) for day in range(3)]
    _call(ports, "c1", now - LONG_AGO)
    _call(ports, "c2", now)
    assert by_night(days[0]) == {}, "somebody may still choose to keep it"
    assert by_night(days[1])[Kept.CALLS] == 1
    _call(ports, "c3", now - LONG_AGO)
    assert by_night(days[1]) == {}
    assert _rows(ports, PhoneCall) == 2
    assert by_night(days[2])[Kept.CALLS] == 1


def test_it_keeps_for_ever_what_is_to_be_kept_for_ever(ports: Ports, admin: Viewer) -> None:
    """O4: 0 days clear nothing."""
    keeping.save_keeping(ports, admin, _days(calls=0), 1)
    _call(ports, "c1", utcnow() - LONG_AGO)
    assert clear(ports, utcnow())[Kept.CALLS] == 0


def test_the_days_are_checked_and_nobody_overwrites_anybody(
    ports: Ports, people: People, admin: Viewer
) -> None:
    """O4: too few days, an old form, and who may not."""
    with pytest.raises(InvalidInput) as fault:
        keeping.save_keeping(ports, admin, _days(bridges=29), 1)
    assert fault.value.field == "bridges_days"
    with pytest.raises(InvalidInput):
        keeping.save_keeping(ports, admin, {}, 1)
    keeping.save_keeping(ports, admin, _days(bridges=30), 1)
    with pytest.raises(EditConflict):
        keeping.save_keeping(ports, admin, _days(bridges=90), 1)
    assert keeping.keeping_page(ports, admin).rows[0].days == 30
    with pytest.raises(NotAllowed):
        keeping.save_keeping(ports, people.abo, _days(), 2)


def test_an_automation_remembers_its_last_deed_on_a_ticket(ports: Ports, number: str) -> None:
    """T6: it would act again on a ticket that has not changed since."""
    found = ticket(ports, number)
    with unit_of_work(ports.database) as session:
        rule = TicketRule(name="提醒", kind=RuleKind.AUTOMATION, body={})
        session.add(rule)
        session.flush()
        for cause in ("hour-1-1", "hour-2-1", "job-1"):
            run = TicketRuleRun(rule_id=rule.id, ticket_id=found.id, cause=cause)
            run.outcome, run.created_at = RunOutcome.DONE, utcnow() - LONG_AGO
            session.add(run)
            session.flush()
    assert clear(ports, utcnow())[Kept.RULES] == 2
    with reading(ports.database) as session:
        assert session.scalars(sa.select(TicketRuleRun.cause)).all() == ["hour-2-1"]


def _handed(ports: Ports, number: str) -> int:
    """A ticket that went over long ago, with its message told."""
    found = ticket(ports, number)
    with unit_of_work(ports.database) as session:
        bridge = Bridge(name="总部", kind="webhook", url="http://127.0.0.1:9/x")
        session.add(bridge)
        session.flush()
        over = Handover(ticket_id=found.id, bridge_id=bridge.id, state=HandoverState.SENT)
        over.external_id = "A-1"
        session.add(over)
        session.flush()
        for message in session.scalars(sa.select(Message).filter_by(ticket_id=found.id)):
            key = f"{number}/{message.id}"
            _event(session, over, key, inward=False)
        for place in range(3):
            _event(session, over, f"e{place}", inward=True)
        return over.id


def _event(session: Session, over: Handover, key: str, *, inward: bool) -> None:
    event = BridgeEvent(bridge_id=over.bridge_id, handover_id=over.id, inward=inward, key=key)
    event.kind, event.created_at = "word", utcnow() - LONG_AGO
    session.add(event)


def _end(ports: Ports, viewer: Viewer, number: str) -> None:
    move(ports, viewer, number, TicketStatus.SOLVED, TicketStatus.CLOSED)
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Ticket).values(updated_at=utcnow() - LONG_AGO))
        session.execute(sa.update(Handover).values(state=HandoverState.SENT))


def test_what_another_system_was_told_is_not_told_again(
    ports: Ports, people: People, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X5: the log of an ended ticket goes; a word said after a reopening is the only one new."""
    say(ports, people.abo, number, "请稍等")
    handover_id = _handed(ports, number)
    monkeypatch.setattr(clearing, "NEWEST_EVENTS", 2)
    assert clear(ports, utcnow())[Kept.BRIDGES] == 1, "only what came in, while it is open"
    _end(ports, people.abo, number)
    assert clear(ports, utcnow())[Kept.BRIDGES] == 1
    assert clear(ports, utcnow())[Kept.BRIDGES] == 0
    say(ports, people.abo, number, "又有新消息")
    with reading(ports.database) as session:
        over = session.get_one(Handover, handover_id)
        told = cases.untold(session, over)
        assert [one.body for one in told] == ["又有新消息"]
        keys = session.scalars(sa.select(BridgeEvent.key).order_by(BridgeEvent.key)).all()
    assert keys == ["e1", "e2"]
