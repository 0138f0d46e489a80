"""A chat in the panel on other sites: without cookies, for the one who holds the word (C1)."""

from __future__ import annotations

import gzip
import io
import re
import time
from pathlib import Path

import sqlalchemy as sa

import web
from kb_app import passing
from kb_app.chat import presence
from models import AgentState, PassedValues, reading
from tests.web.cases import viewer_named
from tests.website import Website
from ticket_bridge.passing import signed

STATIC = Path(web.__file__).parent / "static"
SMALL = 60_000


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


def _loaded(site: Website, page: str, seen: set[str]) -> None:
    """Every sheet, script and module of ours that this page makes a browser load."""
    for name in re.findall(r'(?:href|src)="/static/([^"?]+)', page):
        _follow(name, seen)


def _follow(name: str, seen: set[str]) -> None:
    if name in seen or name.endswith((".svg", ".png", ".ico")):
        return
    seen.add(name)
    text = (STATIC / name).read_text(encoding="utf-8")
    modules = re.findall(r'(?:from|import)\s*\(?"\./([^"]+)"', text) if name.endswith(".js") else ()
    for module in modules:
        _follow(f"{name.rpartition('/')[0]}/{module}", seen)


def test_it_is_small(site: Website) -> None:
    """C1: all that the panel, its form and its chat load of ours, gzipped, pages and script too."""
    frame = site.app.test_client(use_cookies=False)
    start = frame.get("/embed/chat").text
    form = {"k": _word(start), "text": "门锁提示电量低", "opening_key": "e"}
    room = frame.post("/embed/chat", data=form).location
    pages = [frame.get("/embed").text, start, frame.get(room).text]
    seen: set[str] = set()
    for page in pages:
        _loaded(site, page, seen)
    assert {"js/chat.js", "js/chat-line.js", "css/chat-messages.css", "embed/panel.js"} <= seen
    files = [(STATIC / name).read_bytes() for name in seen]
    script = frame.get("/embed.js").data
    total = sum(len(gzip.compress(each)) for each in [*files, script, *map(str.encode, pages)])
    assert total < SMALL


def _picture() -> tuple[io.BytesIO, str]:
    return io.BytesIO(b"\x89PNG\r\n\x1a\nx"), "图.png"


def test_it_takes_a_picture_once_and_shows_it_to_its_people(site: Website) -> None:
    """C1: from the panel, without a cookie; sent again it is one, others do not see it."""
    frame = site.app.test_client(use_cookies=False)
    word = _word(frame.get("/embed/chat").text)
    form = {"k": word, "text": "门锁装反了", "person": "1", "opening_key": "e"}
    room = frame.post("/embed/chat", data=form).location
    for _ in range(2):
        data = {"client_id": "p", "file": _picture()}
        answer = frame.post(f"{room}/file", data=data, headers={"Accept": "application/json"})
        assert answer.status_code == 200
    news = frame.get(f"{room}/news?after=0").json
    assert news is not None
    sent = [row["html"] for row in news["rows"] if "said__picture" in row["html"]]
    assert len(sent) == 1
    where = re.search(r"/chat(/files/[^\"]+)", sent[0])
    assert where is not None
    with frame.get(room + where[1]) as shown:
        assert shown.mimetype == "image/png"
    other = _word(frame.get("/embed/chat").text)
    assert frame.get(room.replace(word, other) + where[1]).status_code == 404
    assert (
        frame.post(f"{room.replace(word, other)}/file", data={"file": _picture()}).status_code
        == 404
    )
    refused = frame.post(f"{room}/file", data={})
    assert refused.status_code == 422
    assert "请选择" in refused.text or "不能为空" in refused.text


def _token(site: Website, **fields: str) -> str:
    secret = passing.passing_page(site.ports, viewer_named(site, "站长")).secret
    return signed(secret, fields, int(time.time()) + 600)


def test_it_takes_signed_values_along(site: Website) -> None:
    """X4: from the host page through the panel to the chat, verified; a forged one says nothing."""
    presence.set_state(site.ports, viewer_named(site, "阿博"), AgentState.ONLINE, None)
    passing.renew_secret(site.ports, viewer_named(site, "站长"))
    frame = site.app.test_client(use_cookies=False)
    token = _token(site, name="王女士", email="wang@example.com", 会员等级="金卡")
    panel = frame.get(f"/embed?passed={token}").text
    start = frame.get(f"/embed/chat?k={_word(panel)}").text
    assert "金卡" in start
    assert 'value="wang@example.com"' in start
    form = {"k": _word(start), "text": "你好", "person": "1", "opening_key": "e", "name": "王女士"}
    room = frame.post("/embed/chat", data=form).location
    assert token not in room
    assert len(room) < 200
    public_id = room.rsplit("/", 1)[1]
    pane = site.browser("阿博").get(f"/desk/chats/{public_id}/pane").text
    assert "金卡" in pane
    assert "已验证" in pane
    forged = frame.get(f"/embed?passed={token[:-4]}AAAA").text
    assert "金卡" not in frame.get(f"/embed/chat?k={_word(forged)}").text


def test_it_shows_unsigned_values_as_such(site: Website) -> None:
    """X4: what a page merely claims goes along as unverified, with a question as well."""
    frame = site.app.test_client(use_cookies=False)
    panel = frame.get("/embed?p_name=李四&p_店铺=旗舰店").text
    ask = frame.get(f"/embed/ask?k={_word(panel)}").text
    assert "旗舰店" in ask
    assert "未验证" in ask
    answer = frame.post(
        "/embed/ask", data={"k": _word(ask), "text": "发票怎么开", "submission_key": "s"}
    )
    assert answer.status_code == 303
    with reading(site.ports.database) as session:
        kept = session.scalars(sa.select(PassedValues)).one()
    assert kept.fields["店铺"] == "旗舰店"
    assert not kept.verified
