"""What is told without being read again keeps the order; a Redis that is away holds nobody up
(C9)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from kb_app.chat.lines import Line
from kb_app.chat.saying import say_all
from kb_app.chat.talk import Say
from kb_app.chat_pulse import Beat, ChatPulse
from kb_app.ports import Ports
from models import ChatKind, ChatSide
from tests.conftest import People
from tests.kb_app.chat.chats import begin, chat
from tests.web.live.test_places import Nobody
from web.live.followers import Followers
from web.live.keys import Who
from web.live.link import Link

NOWHERE = "redis://127.0.0.1:1/0"


def _line(seq: int) -> Line:
    now = datetime.now(UTC)
    return Line(1, seq, ChatSide.AGENT, ChatKind.TEXT, "阿博", "在", now, f"a{seq}")


def test_it_sends_nothing_over_a_gap() -> None:
    """C9: a message whose forerunner this process has not seen waits until both are read."""
    followers = Followers(lambda *_: "")
    link = Link(Nobody())
    link.who = Who(chat_id=1)
    followers.follow(link, 1, 4)
    assert not followers.send(1, [_line(6)])
    assert link.cursors[1] == 4
    assert followers.send(1, [_line(5), _line(6)])
    assert link.cursors[1] == 6


def test_it_tells_what_it_wrote_and_leaves_slow_drawing_out(ports: Ports, people: People) -> None:
    """C9: plain words go on as they are; what has to be drawn is read by those who deliver."""
    public_id = begin(ports, people.xiaoai)
    beats: list[Beat] = []
    ports.pulse.listen(beats.append)
    chat_id = chat(ports, public_id).id
    say_all(ports, [Say(chat_id, "在吗", "c1"), Say(chat_id, "看 https://example.com", "c2")])
    assert [line.client_id for line in beats[-1].told] == ["c1"]
    assert beats[-1].chats == (chat_id,)


def test_a_redis_that_is_away_holds_nobody_up() -> None:
    """C9: after one failure the next messages do not try again at once."""
    pulse = ChatPulse(NOWHERE)
    pulse.beat([1])
    began = time.monotonic()
    for _ in range(200):
        pulse.beat([1])
    assert time.monotonic() - began < 0.5
    pulse.close()
