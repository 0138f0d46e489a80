"""What other systems send in (X5): calls with a key, events with a signature; and their pages."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from kb_app.access_tokens import CALLS, make, revoke
from kb_app.bridging.doors import sealed
from models import (
    Bridge,
    Handover,
    HandoverState,
    Message,
    PhoneCall,
    Ticket,
    TicketStatus,
    reading,
    unit_of_work,
)
from tests.web.cases import ask, second_ticket, viewer_named
from tests.website import Website, person
from ticket_bridge.webhook_signing import new_secret, signed_headers

SECRET = new_secret()
CALL = {"id": "c-1", "number": "+86 138-0013-8000", "direction": "in", "state": "ringing"}


@pytest.fixture
def key(site: Website) -> str:
    """A key for calls."""
    return make(site.ports, viewer_named(site, "站长"), "呼叫中心", CALLS)


def call(site: Website, key: str, **changed: Any) -> TestResponse:
    """One report of a telephone system."""
    headers = {"Authorization": f"Bearer {key}"}
    return site.app.test_client().post("/api/v1/calls", json={**CALL, **changed}, headers=headers)


def rows(site: Website) -> list[PhoneCall]:
    """All calls."""
    with reading(site.ports.database) as session:
        return list(session.scalars(sa.select(PhoneCall).order_by(PhoneCall.id)))


def test_a_call_is_one_row_as_it_goes_on(site: Website, key: str) -> None:
    """X5: ringing, answered, ended by the same id; a late report takes nothing back."""
    assert call(site, key, agent="abo@example.com").status_code == 201
    ended = {"state": "ended", "duration": 95, "recording_url": "https://pbx.test/r/1"}
    assert call(site, key, **ended).status_code == 200
    assert call(site, key, state="answered").status_code == 200
    (found,) = rows(site)
    assert (found.number, found.state, found.seconds) == ("13800138000", "ended", 95)
    assert found.agent_id == person(site.ports, "阿博").id


def test_without_a_key_nothing_is_taken(site: Website, key: str) -> None:
    """X5: a wrong key and one that was revoked open nothing."""
    assert call(site, "wenda_wrong").status_code == 401
    assert site.app.test_client().post("/api/v1/calls", json=CALL).status_code == 401
    revoke(site.ports, viewer_named(site, "站长"), 1)
    assert call(site, key).status_code == 401
    assert rows(site) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"number": "call me"}, "number"),
        ({"id": ""}, "id"),
        ({"state": "dreaming"}, "state"),
        ({"duration": -1}, "duration"),
        ({"duration": "long"}, "duration"),
        ({"recording_url": "javascript:alert(1)"}, "recording_url"),
        ({"agent": "xiaoai@example.com"}, "agent"),
        ({"ticket": "WD-9"}, "ticket"),
        ({"began_at": "yesterday"}, "began_at"),
    ],
)
def test_bad_calls_are_named(site: Website, key: str, changed: dict[str, Any], named: str) -> None:
    """X5: what is wrong with which field, and nothing is stored."""
    answer = call(site, key, **changed)
    assert answer.status_code == 422
    assert named in answer.get_json()["error"]["message"]
    assert rows(site) == []


def test_the_agents_page_shows_who_calls(site: Website, key: str) -> None:
    """X5: the pop-up at the agent the call is for, with the customer once a call was linked."""
    number = second_ticket(site)
    call(site, key, agent="abo@example.com")
    abo = site.browser("阿博")
    assert "13800138000" in abo.get("/desk/phone/live").text
    assert "13800138000" not in site.browser("组长").get("/desk/phone/live").text
    assert abo.post(f"/desk/phone/{rows(site)[0].id}/link", {"into": number}).status_code == 303
    call(site, key, id="c-2", agent="abo@example.com")
    assert "小艾" in abo.get("/desk/phone/live").text
    page = abo.get(f"/desk/phone/{rows(site)[1].id}").text
    assert number in page


def test_a_call_becomes_a_ticket_once(site: Website, key: str) -> None:
    """Q7: what was said by phone is a ticket of its customer, who can follow it."""
    call(site, key, state="answered", agent="abo@example.com")
    abo, path = site.browser("阿博"), f"/desk/phone/{rows(site)[0].id}/ticket"
    form = {"text": "门铃不响了，按了没反应", "email": "xiaoai@example.com"}
    first, second = abo.post(path, form), abo.post(path, form)
    assert first.headers["Location"] == second.headers["Location"]
    with reading(site.ports.database) as session:
        ticket = session.scalars(sa.select(Ticket)).one()
    assert (ticket.channel, ticket.requester_id) == ("phone", person(site.ports, "小艾").id)
    assert site.browser("小艾").get(f"/tickets/{ticket.number}").status_code == 200


def test_what_was_typed_stays_when_it_is_refused(site: Website, key: str) -> None:
    """Q1: a bad address, and the words are still there."""
    call(site, key, agent="abo@example.com")
    path = f"/desk/phone/{rows(site)[0].id}/ticket"
    answer = site.browser("阿博").post(path, {"text": "门铃不响了", "email": "nobody"})
    assert answer.status_code == 422
    assert "门铃不响了" in answer.text


@pytest.fixture
def handed(site: Website) -> str:
    """小艾's ticket at another system, as A-1."""
    number = second_ticket(site)
    with unit_of_work(site.ports.database) as session:
        ticket_id = session.scalars(sa.select(Ticket.id).filter_by(number=number)).one()
        sealed_secret = sealed(site.ports, SECRET)
        session.add(Bridge(id=7, name="总部", kind="webhook", url="x", secret=sealed_secret))
        session.flush()
        there = {"external_id": "A-1", "state": HandoverState.SENT}
        session.add(Handover(ticket_id=ticket_id, bridge_id=7, **there))
    return number


def event(site: Website, told: dict[str, Any], secret: str = SECRET, age: int = 0) -> TestResponse:
    """One event of the other system."""
    body = json.dumps(told).encode()
    headers = signed_headers(secret, str(told.get("key")), int(time.time()) - age, body)
    return site.app.test_client().post("/api/v1/bridges/7/events", data=body, headers=headers)


def test_signed_answers_and_states_come_in_once(site: Website, handed: str) -> None:
    """X5: by the other system's id or by our number; the same key twice is once."""
    answer = {"event": "answer", "key": "e1", "id": "A-1", "text": "请重启", "author": "林工"}
    assert event(site, answer).get_json() == {"outcome": "answered"}
    assert event(site, answer).get_json() == {"outcome": "known"}
    status = {"event": "status", "key": "e2", "ticket": handed, "status": "solved"}
    assert event(site, status).get_json() == {"outcome": "moved"}
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Message.body)).all() == ["请重启"]
        ticket = session.scalars(sa.select(Ticket).filter_by(number=handed)).one()
    assert ticket.status is TicketStatus.SOLVED
    page = site.browser("小艾").get(f"/tickets/{handed}").text
    assert "林工（总部）" in page


def test_an_answer_faster_than_the_cases_name_is_not_lost(site: Website, handed: str) -> None:
    """X5: while the case is being opened there it is to be sent again, not thrown away."""
    answer = {"event": "answer", "key": "e1", "id": "A-1", "text": "请重启", "author": "林工"}
    with unit_of_work(site.ports.database) as session:
        row = session.scalars(sa.select(Handover)).one()
        row.external_id, row.state, row.attempts = "", HandoverState.WAITING, 1
    assert event(site, answer).status_code == 409
    with unit_of_work(site.ports.database) as session:
        row = session.scalars(sa.select(Handover)).one()
        row.external_id, row.state = "A-1", HandoverState.SENT
    assert event(site, answer).get_json() == {"outcome": "answered"}


def test_long_keys_of_events_are_refused_not_cut(site: Website, handed: str) -> None:
    """X5: cut short, two events would be one; what no database takes is tidied away."""
    told = {"event": "answer", "key": "e" * 101, "id": "A-1", "text": "请重启"}
    assert event(site, told).status_code == 422
    odd = {"event": "answer", "key": "e\x001", "id": "A\x00-1", "text": "请重启"}
    assert event(site, odd).get_json() == {"outcome": "answered"}


def test_unsigned_or_old_events_are_refused(site: Website, handed: str) -> None:
    """X5: another secret, a replay after ten minutes, a strange bridge."""
    told = {"event": "answer", "key": "e1", "id": "A-1", "text": "假的"}
    assert event(site, told, secret=new_secret()).status_code == 401
    assert event(site, told, age=600).status_code == 401
    assert site.app.test_client().post("/api/v1/bridges/8/events").status_code == 404
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Message.body)).all() == []


@pytest.mark.parametrize(
    "told", [{}, {"event": "dream", "key": "1"}, {"event": "status", "key": "1", "id": "A-1"}]
)
def test_events_that_say_nothing_are_named(
    site: Website, handed: str, told: dict[str, Any]
) -> None:
    """X5: 422 with the reason."""
    assert event(site, told).status_code == 422


def test_a_ticket_shows_where_it_went_and_why_not(site: Website, handed: str) -> None:
    """X5: 等待送达 and 失败 with the reason, and a button to try again."""
    with unit_of_work(site.ports.database) as session:
        row = session.scalars(sa.select(Handover)).one()
        row.state, row.reason = HandoverState.FAILED, "queue: 404 nothing there"
    page = site.browser("阿博").get(f"/desk/tickets/{handed}").text
    assert "失败" in page
    assert "404 nothing there" in page
    assert "立即重试" in page


def test_a_bridge_is_made_tried_and_never_shows_its_secret(site: Website) -> None:
    """X5: /manage/bridges; a webhook's secret is shown once; what cannot be reached is said."""
    admin = site.browser("站长")
    form = {"name": "总部", "kind": "webhook", "url": "http://127.0.0.1:9/x", "scope": "asked"}
    tried = admin.post("/manage/bridges", {**form, "action": "try"})
    assert "没有接受连接" in tried.text
    saved = admin.post("/manage/bridges", form)
    assert "whsec_" in admin.get(saved.headers["Location"]).text
    assert "whsec_" not in admin.get(saved.headers["Location"]).text.replace("whsec_ 开头", "")
    bad = admin.post("/manage/bridges", {**form, "kind": "request_tracker", "name": "RT"})
    assert bad.status_code == 422
    assert "RT" in bad.text


def test_two_administrators_do_not_overwrite_each_other(site: Website) -> None:
    """X5: optimistic locking."""
    admin = site.browser("站长")
    form = {"name": "总部", "kind": "webhook", "url": "http://127.0.0.1:9/x", "scope": "asked"}
    path = admin.post("/manage/bridges", form).headers["Location"]
    assert admin.post(path, {**form, "version": "1", "name": "甲"}).status_code == 303
    assert admin.post(path, {**form, "version": "1", "name": "乙"}).status_code == 409


def test_a_question_of_somebody_else_is_not_touched(site: Website, handed: str) -> None:
    """X5: an event for a case that was never handed over changes nothing."""
    ask(site, "老陈", "网关怎么重启", "other")
    told = {"event": "status", "key": "e9", "id": "A-2", "status": "solved"}
    assert event(site, told).get_json() == {"outcome": "no_case"}
