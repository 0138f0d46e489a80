"""A chat in the panel on other sites: without cookies, for the one who holds the word (C1)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import web
from kb_app.chat import presence
from models import AgentState
from tests.web.cases import viewer_named
from tests.website import Website

SMALL = 60_000
LOADED = (
    "embed/embed.js", "embed/panel.css", "embed/panel.js", "embed/chat.css", "css/tokens.css",
    "css/base.css", "css/components.css", "css/forms.css", "css/prose.css", "css/chat.css",
    "css/chat-messages.css", "css/ways.css", "css/prose-parts.css", "js/chat.js", "js/chat-line.js",
    "js/chat-parts.js",
    "js/chat-tools.js", "js/chat-visits.js", "js/typing.js",
)  # fmt: skip


def _word(page: str) -> str:
    found = re.search(r'name="k" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_it_goes_through_a_chat_without_a_cookie(site: Website) -> None:
    """C1: opened, answered by an agent, ended and rated; no page sets anything."""
    presence.set_state(site.ports, viewer_named(site, "阿博"), AgentState.ONLINE, None)
    frame = site.app.test_client(use_cookies=False)
    page = frame.get("/embed/chat")
    word = _word(page.text)
    form = {"k": word, "text": "门锁装反了", "person": "1", "opening_key": "e"}
    answer = frame.post("/embed/chat", data=form)
    room = answer.location
    public_id = room.rsplit("/", 1)[1]
    agent = site.browser("阿博")
    agent.post(f"/desk/chats/{public_id}/say", {"kind": "text", "body": "您好", "client_id": "a"})
    shown = frame.get(room)
    assert "阿博 正在为您服务" in shown.text
    assert "您好" in shown.text
    frame.post(f"{room}/say", data={"body": "在的", "client_id": "c"})
    assert "在的" in frame.get(f"{room}/news?after=0").text
    frame.post(f"{room}/end", data={"solved": "1"})
    frame.post(f"{room}/rate", data={"rating": "5"})
    assert "5 星" in frame.get(room).text
    set_by_us = [each.headers.getlist("Set-Cookie") for each in (page, answer, shown)]
    assert set_by_us == [[], [], []]


def test_it_is_nobody_elses(site: Website) -> None:
    """C1 O3: another word, a made-up one, and the account of whoever is signed in see nothing."""
    frame = site.app.test_client(use_cookies=False)
    word = _word(frame.get("/embed/chat").text)
    room = frame.post("/embed/chat", data={"k": word, "text": "你好", "opening_key": "e"}).location
    other = _word(frame.get("/embed/chat").text)
    assert frame.get(room.replace(word, other)).status_code == 404
    assert frame.get(room.replace(word, "made-up")).status_code == 404
    assert site.browser("小艾").get(f"/chat/{room.rsplit('/', 1)[1]}").status_code == 404


def test_only_chosen_sites_may_show_it(site: Website) -> None:
    """C1 K12: frame-ancestors as for the rest of the panel."""
    answer = site.browser().get("/embed/chat")
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "在线咨询" in site.browser().get("/embed").text


def test_it_is_small() -> None:
    """C1: everything a page of the panel's chat loads of ours, gzipped, with the script."""
    folder = Path(web.__file__).parent / "static"
    assert sum(len(gzip.compress((folder / name).read_bytes())) for name in LOADED) < SMALL
