"""The chat's pages over HTTP: everything works without a script (C1 C2 C6 C9)."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa

from kb_app.chat import presence
from models import AgentState, Chat, ChatMessage, ChatSide, ChatVisit, reading
from tests.web.cases import viewer_named
from tests.website import Browser, Website

PNG = b"\x89PNG\r\n\x1a\nx"


def _begin(browser: Browser, text: str, **more: str) -> str:
    """Fill in the form; returns the address of the chat."""
    answer = browser.post("/chat", {"text": text, "opening_key": text, **more})
    assert answer.status_code == 303
    return str(answer.location)


def _online(site: Website) -> None:
    presence.set_state(site.ports, viewer_named(site, "阿博"), AgentState.ONLINE, None)


def test_it_answers_before_the_page_is_shown(site: Website) -> None:
    """C1: without a script the robot's answer stands in the page, with its source."""
    visitor = site.browser()
    page = visitor.get(_begin(visitor, "门锁电池怎么更换")).text
    assert "准备 4 节 5 号电池" in page
    assert "/articles/" in page
    assert "转人工" in page


def test_it_goes_through_a_whole_chat_without_a_script(site: Website) -> None:
    """C1 C6: ask, a person, talk, end, rate."""
    _online(site)
    customer, agent = site.browser("小艾"), site.browser("阿博")
    address = _begin(customer, "门锁装反了", person="1")
    public_id = address.rsplit("/", 1)[1]
    assert "阿博 正在为您服务" in customer.get(address).text
    desk = f"/desk/chats/{public_id}"
    agent.post(f"{desk}/say", {"kind": "text", "body": "请发照片", "client_id": "a1"})
    agent.post(f"{desk}/say", {"kind": "text", "body": "请发照片", "client_id": "a1"})
    assert customer.get(address).text.count("请发照片") == 1
    customer.post(f"{address}/say", {"body": "<i>好的</i>", "client_id": "c1"})
    assert "&lt;i&gt;好的" in agent.get(f"/desk/chats?chat={public_id}").text
    assert agent.post(f"{desk}/end", {"outcome": "refused"}).status_code == 422
    assert agent.post(f"{desk}/end", {"outcome": "solved"}).status_code == 303
    assert customer.post(f"{address}/rate", {"rating": "5"}).status_code == 303
    assert "5 星" in customer.get(address).text


def test_it_keeps_what_was_typed_when_it_is_refused(site: Website) -> None:
    """C9: after the end the words are still there."""
    customer = site.browser("小艾")
    address = _begin(customer, "你好")
    customer.post(f"{address}/end", {"solved": "1"})
    answer = customer.post(f"{address}/say", {"body": "还有一件事", "client_id": "x"})
    assert answer.status_code == 422
    assert "会话已经结束" in answer.text


def test_it_asks_for_a_way_to_be_reached_when_nobody_is_there(site: Website) -> None:
    """C2: off-hours; the whole chat becomes a ticket."""
    visitor = site.browser()
    address = _begin(visitor, "门锁装反了", person="1")
    assert "现在没有客服在线" in visitor.get(address).text
    assert visitor.post(f"{address}/word", {"body": "急", "contact": ""}).status_code == 422
    visitor.post(f"{address}/word", {"body": "急", "contact": "me@example.com"})
    found = re.search(r"WD-\d+", visitor.get(address).text)
    assert found is not None
    assert "门锁装反了" in visitor.get(f"/tickets/{found[0]}").text


def test_it_sends_a_file_to_the_other_side_alone(site: Website) -> None:
    """C3: a picture by the site's rules; strangers find nothing."""
    customer = site.browser("小艾")
    address = _begin(customer, "你好")
    for _ in range(2):
        form = {"file": (io.BytesIO(PNG), "照片.png"), "client_id": "f1"}
        answer = customer.post(f"{address}/file", form, content_type="multipart/form-data")
        assert answer.status_code == 303
    links = re.findall(r'/chat/files/\d+/[^"]+', customer.get(address).text)
    assert len(set(links)) == 1
    picture = customer.get(links[0])
    assert picture.mimetype == "image/png"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert site.browser("阿博").get(links[0]).status_code == 200
    assert site.browser("老陈").get(links[0]).status_code == 404


def test_it_takes_a_thumb_and_a_tapped_choice_without_a_script(site: Website) -> None:
    """C1: 👍 is kept; a stranger's is refused."""
    customer = site.browser("小艾")
    address = _begin(customer, "门锁电池怎么更换")
    with reading(site.ports.database) as session:
        seq = session.scalar(
            sa.select(ChatMessage.seq)
            .where(ChatMessage.side == ChatSide.ROBOT)
            .order_by(ChatMessage.seq.desc())
            .limit(1)
        )
    form = {"seq": str(seq), "useful": "1"}
    assert site.browser("老陈").post(f"{address}/useful", form).status_code == 404
    assert customer.post(f"{address}/useful", form).status_code == 303
    assert 'aria-pressed="true"' in customer.get(address).text


def test_it_tells_news_behind_a_number(site: Website) -> None:
    """C9: the way of pages whose line is down."""
    customer = site.browser("小艾")
    address = _begin(customer, "你好")
    first = customer.get(f"{address}/news?after=0").json
    assert first is not None
    assert first["rows"][0]["seq"] == 1
    again = customer.get(f"{address}/news?after={first['upto']}").json
    assert again is not None
    assert again["rows"] == []


@pytest.mark.parametrize(
    "page", ["/desk/wall", "/desk/wall/history", "/desk/chats/rules", "/desk/chats/archive"]
)
def test_it_shows_leads_their_pages_empty(site: Website, page: str) -> None:
    """C8: nothing yet is no error."""
    assert site.browser("组长").get(page).status_code == 200


def test_it_saves_rules_and_says_what_is_wrong(site: Website) -> None:
    """C5: a number out of range is named and nothing typed is lost."""
    lead = site.browser("组长")
    form = {
        "open": "1", "robot": "1", "robot_name": "小问", "welcome": "你好呀", "alarm_minutes": "2",
        "remind_minutes": "5", "close_minutes": "4", "abandon_minutes": "3", "most_chats": "5",
        "keep_days": "0", "calls_per_slot": "3", "overflow_minutes": "5", "goal_seconds": "60",
        "alarm_waiting": "5", "alarm_wait_minutes": "3", "alarm_satisfied": "80",
    }  # fmt: skip
    answer = lead.post("/desk/chats/rules", form)
    assert answer.status_code == 422
    assert "结束的时间要晚于提醒的时间" in answer.text
    assert "你好呀" in answer.text
    good = {**form, "close_minutes": "8", "version": "0"}
    assert lead.post("/desk/chats/rules", good).status_code == 303
    assert "你好呀" in lead.get("/desk/chats/rules").text
    # Somebody who opened the form before that: warned, nothing lost, then it is their decision.
    late = {**good, "welcome": "晚了一步的话"}
    answer = lead.post("/desk/chats/rules", late)
    assert answer.status_code == 409
    assert "别人已经保存了新的版本" in answer.text
    assert "晚了一步的话" in answer.text
    assert 'name="version" value="1"' in answer.text
    assert "你好呀" in lead.get("/desk/chats/rules").text
    assert lead.post("/desk/chats/rules", {**late, "version": "1"}).status_code == 303
    assert "晚了一步的话" in lead.get("/desk/chats/rules").text


def test_it_takes_a_visitors_chat_along_when_they_sign_in(site: Website) -> None:
    """C1: the same chat goes on in the account."""
    visitor = site.browser()
    address = _begin(visitor, "你好")
    visitor.post("/login", {"email": "xiaoai@example.com", "password": "correct horse 8"})
    assert visitor.get(address).status_code == 200
    with reading(site.ports.database) as session:
        assert session.scalars(sa.select(Chat.customer_name)).one() == "小艾"


def test_pages_whose_address_is_a_key_are_nobodys_to_see(site: Website) -> None:
    """C4: a link for a new password, followed beside a chat, is not told to the desk."""
    customer = site.browser("小艾")
    _begin(customer, "门锁装反了", person="1")
    secret = "s3cret-of-the-mail"
    paths = ["/", f"/reset/{secret}", f"/%72eset/{secret}", f"/m/{secret}", f"/nowhere/{secret}"]
    told = {"path": [*paths, f"/embed/chat/{secret}/1", "/search"], "title": ["页"] * 7}
    assert customer.post("/chat/visit", told).status_code == 200
    with reading(site.ports.database) as session:
        visits = session.scalars(sa.select(ChatVisit.path).order_by(ChatVisit.id)).all()
    assert visits == ["/", "/search"]
