"""Calls back over HTTP: booked, refused with what was typed, worked off at the desk (C7)."""

from __future__ import annotations

import re

from tests.website import Browser, Website

PHONE = "138 0000 0000"


def _first_slot(page: str) -> str:
    found = re.search(r'<option value="(20[^"]+)"', page)
    assert found is not None
    return found[1]


def _book(browser: Browser, **more: str) -> str:
    slot = _first_slot(browser.get("/chat/callback").text)
    form = {"slot": slot, "phone": PHONE, "topic": "门锁装反了", "opening_key": "k", **more}
    answer = browser.post("/chat/callback", form)
    assert answer.status_code == 303
    return str(answer.location)


def test_it_books_changes_and_calls_off(site: Website) -> None:
    """C7: by anybody, without a script; nobody else sees it."""
    visitor = site.browser()
    address = _book(visitor)
    page = visitor.get(address).text
    assert PHONE in page
    slot = _first_slot(page)
    assert visitor.post(address, {"deed": "move", "slot": slot}).status_code == 303
    assert site.browser("老陈").get(address).status_code == 404
    assert visitor.post(address, {"deed": "off"}).status_code == 303
    assert "客户已取消" in visitor.get(address).text


def test_it_keeps_what_was_typed(site: Website) -> None:
    """C7: a wrong number is named, the rest is still there."""
    visitor = site.browser()
    slot = _first_slot(visitor.get("/chat/callback").text)
    form = {"slot": slot, "phone": "不告诉你", "topic": "门锁装反了", "opening_key": "k"}
    answer = visitor.post("/chat/callback", form)
    assert answer.status_code == 422
    assert "电话号码只能有数字" in answer.text
    assert "门锁装反了" in answer.text
    assert f'value="{slot}" selected' in answer.text


def test_it_is_worked_off_at_the_desk(site: Website) -> None:
    """C7: claimed, moved without a time refused, reached; the ticket has the note."""
    public_id = _book(site.browser("小艾")).rsplit("/", 1)[1]
    agent = site.browser("阿博")
    assert PHONE in agent.get("/desk/callbacks").text
    desk = f"/desk/callbacks/{public_id}"
    assert agent.post(f"{desk}/claim", {"version": "1"}).status_code == 303
    refused = agent.post(f"{desk}/result", {"version": "2", "result": "moved", "note": "在开会"})
    assert refused.status_code == 422
    assert "在开会" in refused.text
    assert agent.post(f"{desk}/claim", {"version": "1"}).status_code == 409
    said = {"version": "2", "result": "reached", "note": "换了方向", "solved": "1"}
    assert agent.post(f"{desk}/result", said).status_code == 303
    assert "已接通" in agent.get("/desk/callbacks").text


def test_it_is_offered_when_nobody_is_there(site: Website) -> None:
    """C7 C2: before a chat and in one that waits; not when a lead has closed it."""
    customer = site.browser("小艾")
    assert "/chat/callback" in customer.get("/chat").text
    room = customer.post("/chat", {"text": "在吗", "person": "1", "opening_key": "o"}).location
    assert "约个时间" in customer.get(room).text
