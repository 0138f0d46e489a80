"""Guests by a link, visited pages, places, overflow, figures of hours, archive (C2–C6 C8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.chat import archive, ending, guests, hours, saying, tending, visiting
from kb_app.chat.archive import ArchiveFilter
from kb_app.chat.ending import Ending
from kb_app.chat.overflow import spill
from kb_app.chat.rules import ChatRules
from kb_app.chat.talk import Say
from kb_app.chat.visiting import Page
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from kb_app.ports import Ports
from models import (
    Chat,
    ChatHour,
    ChatOutcome,
    ChatSide,
    Role,
    ServiceNode,
    Team,
    Ticket,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.chat.chats import agent_says, begin, bodies, chat, online, whispers


@pytest.fixture
def served(ports: Ports, people: People) -> str:
    """小艾 talks with 阿博."""
    online(ports, people.abo)
    return begin(ports, people.xiaoai, "门锁装反了", person=True)


def _lead(ports: Ports) -> Viewer:
    with unit_of_work(ports.database) as session:
        return make_user(session, "组长", Role.LEAD).as_viewer()


def test_a_guest_sees_what_is_said_and_no_whisper(
    ports: Ports, people: People, served: str
) -> None:
    """C4: the first look is told to everybody; what the guest says bears their name."""
    whispers(ports, people.abo, served, "这位客户很急", "w")
    token = guests.invite(ports, people.abo, served, "安装师傅", 2)
    page = guests.guest_page(ports, token)
    assert all("很急" not in line.html for line in page.lines)
    guests.guest_page(ports, token)
    assert sum("加入了会话" in body for body in bodies(ports, served, ChatSide.SYSTEM)) == 1
    saying.say(ports, Say(page.chat_id, "我在路上", "g1", ChatSide.GUEST, author_name=page.name))
    assert bodies(ports, served, ChatSide.GUEST) == ["我在路上"]


def test_a_guests_link_ends(ports: Ports, people: People, served: str) -> None:
    """C4: by itself, and when they are asked to leave; a made-up one never began."""
    token = guests.invite(ports, people.abo, served, "安装师傅", 1)
    later = replace(ports, clock=lambda: ports.clock() + timedelta(hours=1, seconds=1))
    for site, word in ((later, token), (ports, "made-up")):
        with pytest.raises(NotFound):
            guests.guest_page(site, word)
    guest_id = guests.guest_page(ports, token).guest_id
    guests.dismiss(ports, people.abo, served, guest_id)
    with pytest.raises(NotFound):
        guests.guest_of(ports, token)


def test_only_who_serves_invites(ports: Ports, people: People, served: str) -> None:
    """C4 X2: a colleague may not, a lead may; nobody into a chat that has ended."""
    with unit_of_work(ports.database) as session:
        anna = make_user(session, "安娜", Role.AGENT).as_viewer()
    with pytest.raises(NotAllowed):
        guests.invite(ports, anna, served, "朋友", 2)
    guests.invite(ports, _lead(ports), served, "安装师傅", 2)
    ending.leave(ports, people.xiaoai, served, solved=True)
    with pytest.raises(IllegalMove):
        guests.invite(ports, people.abo, served, "安装师傅", 2)


def test_a_guest_may_not_flood(ports: Ports, people: People, served: str) -> None:
    """C6 O3: as little as a customer."""
    page = guests.guest_page(ports, guests.invite(ports, people.abo, served, "安装师傅", 2))
    words = [Say(page.chat_id, "刷", f"g{n}", ChatSide.GUEST) for n in range(saying.FLOOD + 3)]
    for each in words[: saying.FLOOD]:
        saying.say(ports, each)
    with pytest.raises(InvalidInput):
        saying.say(ports, words[-1])
    saying.say(ports, Say(page.chat_id, "我还能说话", "c1"))


def test_it_keeps_the_pages_of_this_visit(ports: Ports, people: People, served: str) -> None:
    """C3: latest first, without what stands behind a question mark; never without a chat."""
    pages = [
        Page("/articles/lock?q=身份证", "门锁"),
        Page("/articles/lock", "门锁"),
        Page("/", "首页"),
    ]
    assert visiting.visited(ports, people.xiaoai, pages) == served
    with reading(ports.database) as session:
        seen = visiting.visits(session, chat(ports, served).id)
    assert [(visit.path, visit.title) for visit in seen] == [
        ("/", "首页"),
        ("/articles/lock", "门锁"),
    ]
    assert visiting.visited(ports, people.laochen, pages) == ""
    with pytest.raises(InvalidInput):
        visiting.visited(ports, people.xiaoai, [Page("//evil.example", "x")])


def test_it_hands_on_who_waited_too_long(ports: Ports, people: People) -> None:
    """C2: to the team the site has named, once; nowhere when none is named."""
    waits = begin(ports, people.xiaoai, person=True)
    with unit_of_work(ports.database) as session:
        team = Team(name="夜班", position=1)
        session.add(team)
        session.flush()
        own = ChatRules(overflow_minutes=5, overflow_team_id=team.id)
    later = replace(ports, clock=lambda: ports.clock() + timedelta(minutes=6))
    assert spill(ports, own) == 0
    assert spill(later, ChatRules()) == 0
    assert (spill(later, own), spill(later, own)) == (1, 0)
    assert chat(ports, waits).team_id == own.overflow_team_id


def test_it_finds_ended_chats_by_words_and_category(
    ports: Ports, people: People, served: str
) -> None:
    """C6: words anywhere in the chat, in any message; the category with all below it."""
    with unit_of_work(ports.database) as session:
        above = ServiceNode(name="安装", position=1)
        session.add(above)
        session.flush()
        below = ServiceNode(name="门锁安装", parent_id=above.id, position=1)
        session.add(below)
        session.flush()
        ids = above.id, below.id
    agent_says(ports, people.abo, served, "请把把手拆下来反过来装", "a")
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED, node_id=ids[1]))

    def found(**wanted: object) -> int:
        form = replace(ArchiveFilter(), **wanted)  # type: ignore[arg-type]  # by name
        return archive.archive(ports, people.abo, form).total

    assert [found(query=text) for text in ("装反", "装反 把手", "装反 洗衣机")] == [1, 1, 0]
    assert [found(node_id=node) for node in (*ids, 999)] == [1, 1, 0]


def test_it_forgets_a_chat_in_its_time_with_or_without_its_ticket(
    ports: Ports, people: People, served: str
) -> None:
    """C6 O3: a ticket that is gone neither takes the chat along nor keeps it for ever."""
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Chat).values(ticket_id=None))
    assert tending.forget(ports, 30) == 0
    later = replace(ports, clock=lambda: ports.clock() + timedelta(days=31))
    assert tending.forget(later, 30) == 1
    with reading(ports.database) as session:
        assert session.scalar(sa.text("SELECT count(*) FROM chat_text")) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Ticket)) == 1


def test_figures_outlive_the_chats(ports: Ports, people: People, served: str) -> None:
    """C8: counted when the hour is over, kept when the chats are gone."""
    ending.end(ports, people.abo, served, Ending(ChatOutcome.SOLVED))
    ending.rate(ports, people.xiaoai, served, 5, "")
    lead = _lead(ports)
    now = hours.history(ports, lead, 7).whole
    assert (now.begun, now.served, now.rated, now.satisfied, now.in_time) == (1, 1, 1, 1, 1)
    later = replace(ports, clock=lambda: ports.clock() + timedelta(hours=60))
    assert hours.keep_hours(later) >= 1
    assert hours.keep_hours(later) == 0
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(Chat))
    assert hours.history(later, lead, 7).whole.begun == 1
    with reading(ports.database) as session:
        assert session.scalar(sa.select(sa.func.sum(ChatHour.begun))) == 1
