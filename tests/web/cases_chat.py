"""The rows of tests.web.cases for chats: one 阿博 serves, one that waits, one that has ended."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import sqlalchemy as sa

from kb_app.accounts import viewer_for
from kb_app.chat import blocking, ending, opening, presence, sending
from kb_app.chat.opening import ChatStart
from kb_app.files import Upload
from models import AgentState, CallBack, Chat, ChatGuest, Viewer, unit_of_work, utcnow
from tests.web.cases_site import SiteRow
from tests.website import VISITOR, Website, person

SERVED, WAITS, ENDED = "chat-served", "chat-waits", "chat-ended"
FILE, BLOCK, GUEST = 1, 1, 1
TOKEN, CALL = "guest-token", "call-asked"
ROBOT_LINE = 1


def make_chats(site: Website) -> None:
    """小艾 has one that has ended and one that 阿博 serves; 组长 asks as a customer and waits."""
    abo, xiaoai = _viewer(site, "阿博"), _viewer(site, "小艾")
    presence.set_state(site.ports, abo, AgentState.ONLINE, 1)
    ended = _begin(site, xiaoai, "退款多久到账", ENDED)
    ending.leave(site.ports, xiaoai, ended, solved=True)
    _begin(site, xiaoai, "门锁电池怎么更换", SERVED)
    _begin(site, _viewer(site, "组长"), "想问问发票", WAITS)
    picture = Upload("图.png", io.BytesIO(b"\x89PNG\r\n\x1a\nx"))
    sending.send_file(site.ports, xiaoai, SERVED, picture, "picture")
    _guest_and_call(site, xiaoai)
    blocking.block(site.ports, abo, WAITS, 1, "测试")
    presence.set_state(site.ports, abo, AgentState.ONLINE, 5)


def _guest_and_call(site: Website, xiaoai: Viewer) -> None:
    """A guest's link into the chat that is served, and a call promised to 小艾."""
    now = utcnow()
    with unit_of_work(site.ports.database) as session:
        chat = session.scalars(sa.select(Chat).where(Chat.public_id == SERVED)).one()
        session.add(
            ChatGuest(
                id=GUEST,
                chat_id=chat.id,
                token_hash=hashlib.sha256(TOKEN.encode()).hexdigest(),
                name="安装师傅",
                expires_at=now + timedelta(days=365),
            )
        )
        session.add(
            CallBack(
                public_id=CALL,
                opening_key=CALL,
                customer_id=xiaoai.user_id,
                customer_key=xiaoai.voter_key,
                phone="13800000000",
                slot_at=now + timedelta(hours=2),
            )
        )


def _viewer(site: Website, name: str) -> Viewer:
    user = person(site.ports, name)
    return viewer_for(site.ports, user.id, user.session_epoch, "")


def _begin(site: Website, viewer: Viewer, text: str, public_id: str) -> str:
    form = ChatStart("", "", None, text, public_id, person=True)
    opening.begin(site.ports, viewer, form)
    with unit_of_work(site.ports.database) as session:
        session.execute(
            sa.update(Chat).where(Chat.opening_key == public_id).values(public_id=public_id)
        )
    return public_id


def _own(endpoint: str, tail: str, chat: str = SERVED, **form: str) -> SiteRow:
    method = "POST" if form else "GET"
    return SiteRow(f"chat.{endpoint}", f"/chat/{chat}{tail}", "小艾", "老陈", method, form)


def _desk(endpoint: str, tail: str, may: str = "阿博", **form: str) -> SiteRow:
    return SiteRow(f"chats.{endpoint}", f"/desk{tail}", may, "小编" if may == "阿博" else "阿博",
                   "POST" if form else "GET", form)  # fmt: skip


# A stranger to a chat gets 404: even that it exists is nobody's business.
OWN_ROWS = (
    _own("room", ""),
    _own("news", "/news?after=0"),
    _own("key", "/key"),
    _own("say", "/say", body="还在吗", client_id="row"),
    _own("person", "/person", x="1"),
    _own("leave_word", "/word", body="请回电", contact="13800000000"),
    _own("end", "/end", solved="1"),
    _own("rate", "/rate", ENDED, rating="5"),
    _own("mail", "/mail", email="me@example.com"),
    _own("place", "/place", latitude="31.2", longitude="121.4", metres="20", client_id="here"),
    SiteRow("calls.booked", f"/chat/callback/{CALL}", "小艾", "老陈"),
    SiteRow("calls.change", f"/chat/callback/{CALL}", "小艾", "老陈", "POST", {"deed": "off"}),
    SiteRow("chat.file", f"/chat/files/{FILE}/a.png", "小艾", "老陈"),
)
CHAT_ROWS = (
    SiteRow("chat.start", "/chat?q=你好", VISITOR, None),
    SiteRow("chat.begin", "/chat", VISITOR, None, "POST", {"text": "你好", "opening_key": "row"}),
    _desk("index", "/chats"),
    _desk("lists", "/chats/lists"),
    _desk("key", "/chats/key"),
    _desk("state", "/chats/state", state="busy"),
    _desk("pane", f"/chats/{SERVED}/pane"),
    _desk("news", f"/chats/{SERVED}/news"),
    _desk("suggest", f"/chats/{SERVED}/hints"),
    _desk("say", f"/chats/{SERVED}/say", kind="text", body="您好", client_id="row"),
    _desk("read", f"/chats/{SERVED}/read", seq="2"),
    _desk("act", f"/chats/{WAITS}/do", deed="accept"),
    _desk("transfer", f"/chats/{SERVED}/transfer", to="queue:"),
    _desk("end", f"/chats/{SERVED}/end", outcome="solved"),
    _desk("block", f"/chats/{SERVED}/block", days="7", reason="骚扰"),
    _desk("past", "/chats/archive?q=退款"),
    _desk("assign", f"/chats/{SERVED}/assign", "组长", agent_id="3"),
    _desk("all_rules", "/chats/rules", "组长"),
    _desk(
        "save_rules",
        "/chats/rules",
        "组长",
        robot_name="小问",
        welcome="您好",
        alarm_minutes="5",
        remind_minutes="5",
        close_minutes="8",
        abandon_minutes="3",
        most_chats="5",
        keep_days="0",
        calls="1",
        calls_per_slot="3",
        overflow_minutes="5",
        overflow_team_id="",
        goal_seconds="60",
        alarm_waiting="5",
        alarm_wait_minutes="3",
        alarm_satisfied="80",
    ),
    _desk("unblock", f"/chats/blocks/{BLOCK}/delete", "组长", x="1"),
    _desk("wall", "/wall", "组长"),
    _desk("board", "/wall/board", "组长"),
    _desk("past_figures", "/wall/history?days=30", "组长"),
    SiteRow(
        "guests.invite",
        f"/desk/chats/{SERVED}/guests",
        "阿博",
        "小编",
        "POST",
        {"guest_name": "安装师傅", "hours": "2"},
    ),
    SiteRow(
        "guests.dismiss",
        f"/desk/chats/{SERVED}/guests/{GUEST}/dismiss",
        "阿博",
        "小编",
        "POST",
        {"x": "1"},
    ),
    SiteRow("guests.room", f"/chat/guest/{TOKEN}", VISITOR, None),
    SiteRow("guests.news", f"/chat/guest/{TOKEN}/news?after=0", VISITOR, None),
    SiteRow("guests.key", f"/chat/guest/{TOKEN}/key", VISITOR, None),
    SiteRow(
        "guests.say",
        f"/chat/guest/{TOKEN}/say",
        VISITOR,
        None,
        "POST",
        {"body": "我在路上", "client_id": "row"},
    ),
    SiteRow(
        "chat.visit", "/chat/visit", VISITOR, None, "POST", {"path": "/articles/a", "title": "门锁"}
    ),
    SiteRow("calls.form", "/chat/callback", VISITOR, None),
    SiteRow("calls.desk", "/desk/callbacks", "阿博", "小编"),
    SiteRow(
        "calls.claim", f"/desk/callbacks/{CALL}/claim", "阿博", "小编", "POST", {"version": "1"}
    ),
    SiteRow(
        "calls.result",
        f"/desk/callbacks/{CALL}/result",
        "阿博",
        "小编",
        "POST",
        {"version": "1", "result": "missed", "note": "没人接"},
    ),
    SiteRow("embed_chat.start", "/embed/chat?q=你好", VISITOR, None),
    SiteRow(
        "embed_chat.begin",
        "/embed/chat",
        VISITOR,
        None,
        "POST",
        {"text": "你好", "opening_key": "row-embed"},
    ),
)
# Needs a file, or an answer of the robot; tested by name in test_chat.
CHAT_ELSEWHERE = frozenset(
    {
        "chat.send",
        "chat.useful",
        # A free time is needed; tested by name in test_calls.
        "calls.book",
        # The word in the address is made by the first page; tested in test_embed_chat.
        "embed_chat.room",
        "embed_chat.news",
        "embed_chat.key",
        "embed_chat.say",
        "embed_chat.send",
        "embed_chat.person",
        "embed_chat.useful",
        "embed_chat.leave_word",
        "embed_chat.end",
        "embed_chat.rate",
        "embed_chat.file",
        "guests.file",
    }
)
