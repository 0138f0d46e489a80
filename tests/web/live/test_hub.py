"""Sockets on the port of the pages: in order, resumed without gap or double, for whom they are
(C1 C3 C9)."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from waitress import wasyncore
from waitress.server import create_server

from kb_app.chat import ending, guests
from kb_app.ports import Ports
from models import ChatState, User, Viewer, reading, unit_of_work
from tests.conftest import People
from tests.kb_app.chat.chats import agent_says, begin, bodies, chat, online, whispers
from tests.web.live.sockets import Line
from web.app import create_app
from web.context import CHAT_DRAW
from web.live.door import open_door
from web.live.hub import Hub
from web.live.keys import Who, make_key, read_key
from web.live.link import NOT_YOU


@dataclass(frozen=True)
class Running:
    """A server on a port."""

    ports: Ports
    port: int
    lines: list[Line] = field(default_factory=list)

    def customer(self, public_id: str, after: int = 0) -> Line:
        """The customer's page of a chat."""
        found = chat(self.ports, public_id)
        return self._line(Who(chat_id=found.id, name="小艾"), found.id, after)

    def agent(self, viewer: Viewer, public_id: str, after: int = 0) -> Line:
        """An agent's page that follows a chat."""
        with reading(self.ports.database) as session:
            epoch = session.get_one(User, viewer.user_id).session_epoch
        who = Who(user_id=viewer.user_id or 0, epoch=epoch, name=viewer.name)
        return self._line(who, chat(self.ports, public_id).id, after)

    def line(self, key: str) -> Line:
        """A socket with this key."""
        self.lines.append(Line(self.port, key))
        return self.lines[-1]

    def _line(self, who: Who, chat_id: int, after: int) -> Line:
        line = self.line(make_key(self.ports.config.secret_key, who))
        line.until("hello")
        line.say(t="from", chat=chat_id, after=after)
        return line


@pytest.fixture
def running(ports: Ports) -> Iterator[Running]:
    """waitress with the door open, the hub beside it."""
    app = create_app(ports)
    hub = Hub(ports, app.extensions[CHAT_DRAW])
    channels: dict[int, Any] = {}
    server = create_server(app, map=channels, host="127.0.0.1", port=0, threads=2)
    open_door(channels, hub.adopt)
    hub.start()
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            wasyncore.loop(timeout=0.05, map=channels, use_poll=True, count=1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    found = Running(ports, int(getattr(server, "effective_port", 0)))
    yield found
    for line in found.lines:
        line.drop()
    hub.stop()
    stop.set()
    thread.join(5)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(channels)


def _seqs(line: Line) -> list[int]:
    return [row["seq"] for row in line.until("rows")["rows"]]


def test_it_serves_pages_and_sockets_on_one_port(running: Running, people: People) -> None:
    """C1: what is not a socket is a page as before."""
    line = running.customer(begin(running.ports, people.xiaoai))
    assert _seqs(line) == [1]
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/healthz", timeout=5) as page:
        assert page.status == 200


def test_it_delivers_both_ways_with_an_acknowledgement(running: Running, people: People) -> None:
    """C9: stored before it is acknowledged; the other side has it as safe HTML."""
    online(running.ports, people.abo)
    public_id = begin(running.ports, people.xiaoai, "门锁没电了", person=True)
    last = chat(running.ports, public_id).last_seq
    customer = running.customer(public_id, last)
    agent = running.agent(people.abo, public_id, last)
    customer.say(t="say", cid="c1", body="<b>在吗</b>")
    assert customer.until("ack")["seq"] == last + 1
    assert bodies(running.ports, public_id)[-1] == "<b>在吗</b>"
    row = agent.until("rows")["rows"][0]
    assert (row["cid"], row["side"]) == ("c1", "customer")
    assert "&lt;b&gt;在吗" in row["html"]
    agent.say(t="say", chat=chat(running.ports, public_id).id, cid="a1", body="在的")
    agent.until("ack")
    rows = [row["cid"] for _ in range(2) for row in customer.until("rows")["rows"]]
    assert rows == ["c1", "a1"]


def test_it_resumes_behind_what_was_seen(running: Running, people: People) -> None:
    """C9: after a broken line exactly the missing ones come, and a repeated one counts once."""
    online(running.ports, people.abo)
    public_id = begin(running.ports, people.xiaoai, "门锁没电了", person=True)
    last = chat(running.ports, public_id).last_seq
    customer = running.customer(public_id, last)
    customer.say(t="say", cid="c1", body="一")
    customer.until("ack")
    customer.drop()
    agent_says(running.ports, people.abo, public_id, "二", "a1")
    again = running.customer(public_id, last + 1)
    again.say(t="say", cid="c1", body="一")
    assert again.until("ack")["seq"] == last + 1
    assert _seqs(again) == [last + 2]


def test_it_never_sends_a_whisper_to_a_customer(running: Running, people: People) -> None:
    """C3: the number moves on, the words do not arrive."""
    online(running.ports, people.abo)
    public_id = begin(running.ports, people.xiaoai, "门锁没电了", person=True)
    last = chat(running.ports, public_id).last_seq
    customer = running.customer(public_id, last)
    whispers(running.ports, people.abo, public_id, "这位客户很急", "w")
    agent_says(running.ports, people.abo, public_id, "您好", "a")
    heard = customer.until("rows")
    rows = heard["rows"] or customer.until("rows")["rows"]
    assert [row["cid"] for row in rows] == ["a"]
    assert "很急" not in str(customer.heard)


def test_it_gives_a_customer_no_chat_but_their_own(running: Running, people: People) -> None:
    """C9: whatever number the page names, the key decides."""
    mine = begin(running.ports, people.xiaoai)
    other = begin(running.ports, people.laochen, "我的银行卡")
    line = running.customer(mine, 1)
    line.say(t="from", chat=chat(running.ports, other).id, after=0)
    line.say(t="say", chat=chat(running.ports, other).id, cid="x", body="是我的会话")
    assert line.until("ack")["chat"] == chat(running.ports, mine).id
    assert "银行卡" not in str(line.heard)


def test_it_has_the_robot_answer_over_the_socket(running: Running, people: People) -> None:
    """C1: the answer comes by itself."""
    line = running.customer(begin(running.ports, people.xiaoai), 1)
    line.say(t="say", cid="c1", body="转人工")
    sides = [row["side"] for _ in range(2) for row in line.until("rows")["rows"]]
    assert sides[:2] == ["customer", "robot"]


def test_it_refuses_what_cannot_be_said(running: Running, people: People) -> None:
    """C6: after the end, with the reason; nonsense is not answered and harms nothing."""
    public_id = begin(running.ports, people.xiaoai)
    line = running.customer(public_id, 1)
    ending.leave(running.ports, people.xiaoai, public_id, solved=True)
    for nonsense in ({"t": "say"}, {"t": "from", "after": -1}, {"t": 5}, {}):
        line.say(**nonsense)
    line.say(t="say", cid="late", body="等等")
    assert line.until("no")["code"] == "ended"
    assert chat(running.ports, public_id).state is ChatState.ENDED


def test_it_says_that_it_is_there_when_asked(running: Running, people: People) -> None:
    """C9: a page whose network was cut learns from silence alone that its line is gone."""
    line = running.customer(begin(running.ports, people.xiaoai), 1)
    line.say(t="here")
    assert line.until("here") == {"t": "here"}


def test_it_turns_away_a_key_that_is_none(running: Running, people: People) -> None:
    """O3: made up, of another site, or of an agent whose sessions were ended."""
    assert running.line("made-up").until_closed() == 4401
    assert running.line(make_key("x" * 40, Who(chat_id=1))).until_closed() == 4401
    who = Who(user_id=people.abo.user_id or 0, epoch=0)
    with unit_of_work(running.ports.database) as session:
        session.execute(sa.update(User).values(session_epoch=7))
    key = make_key(running.ports.config.secret_key, who)
    assert running.line(key).until_closed() == 4401


def test_it_survives_a_frame_beyond_measure(running: Running, people: People) -> None:
    """C9: too much at once closes that line alone."""
    public_id = begin(running.ports, people.xiaoai)
    line = running.customer(public_id, 1)
    line.say(t="say", cid="big", body="字" * 40_000)
    assert line.until_closed() == 1009
    assert running.customer(public_id).until("rows")["upto"] == 1


def test_it_reads_only_its_own_keys() -> None:
    """O3: signed by this site, whole, not too old."""
    who = Who(chat_id=5, name="小艾")
    assert read_key("s" * 40, make_key("s" * 40, who)) == who
    assert read_key("t" * 40, make_key("s" * 40, who)) is None
    assert read_key("s" * 40, "") is None


def test_a_guest_who_is_dismissed_is_gone_at_once(running: Running, people: People) -> None:
    """C4: not when the roll is called next: nothing said from now on reaches them."""
    online(running.ports, people.abo)
    public_id = begin(running.ports, people.xiaoai, "门锁装反了", person=True)
    page = guests.guest_page(
        running.ports, guests.invite(running.ports, people.abo, public_id, "安装师傅", 2)
    )
    who = Who(chat_id=page.chat_id, name=page.name, guest_id=page.guest_id)
    line = running.line(make_key(running.ports.config.secret_key, who))
    line.until("hello")
    guests.dismiss(running.ports, people.abo, public_id, page.guest_id)
    assert line.until_closed() == NOT_YOU
