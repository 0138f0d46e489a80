"""What lies behind many sockets is read together; lists change for changes in lists alone (C9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from kb_app.chat.lines import AT_ONCE
from kb_app.ports import Ports
from models import Chat, ChatMessage, ChatSide, ChatState, unit_of_work, utcnow
from tests.conftest import People
from tests.kb_app.chat.chats import begin, chat
from tests.web.live.alone import run_alone
from tests.web.live.test_places import Nobody
from web.live import looking
from web.live.delivery import Delivery
from web.live.followers import Followers
from web.live.keys import Who
from web.live.link import Link

MANY = 300


def _chats(ports: Ports, count: int, messages: int) -> list[int]:
    """So many chats with so many messages each."""
    with unit_of_work(ports.database) as session:
        chats = [
            Chat(
                public_id=f"d{number}", opening_key=f"d{number}", customer_key=f"v:{number}",
                state=ChatState.ACTIVE, last_seq=messages,
            )
            for number in range(count)
        ]  # fmt: skip
        session.add_all(chats)
        session.flush()
        rows = [
            {
                "chat_id": one.id, "seq": seq, "side": ChatSide.CUSTOMER, "body": "在",
                "client_id": f"c{seq}",
            }
            for one in chats
            for seq in range(1, messages + 1)
        ]  # fmt: skip
        session.execute(sa.insert(ChatMessage), rows)
        return [one.id for one in chats]


def _followers(cursors: dict[int, int]) -> tuple[Followers, Link]:
    followers, link = Followers(lambda *_: ""), Link(Nobody())
    link.who = Who(user_id=1)
    for chat_id, after in cursors.items():
        followers.follow(link, chat_id, after)
    return followers, link


def _delivered(ports: Ports, followers: Followers, ids: list[int]) -> int:
    """How many looks it took until nothing was left."""
    looks = 0

    async def asked(ask: Callable[..., Any], *what: Any) -> Any:
        nonlocal looks
        looks += 1
        return ask(ports, *what)

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            Delivery(followers, asked, group.create_task).wake(ids)

    run_alone(run())
    return looks


def test_it_reads_many_chats_that_have_nothing_new_in_one_look(
    ports: Ports, people: People
) -> None:
    """C9: after a restart everybody asks, and most have missed nothing."""
    ids = _chats(ports, MANY, 1)
    followers, _ = _followers(dict.fromkeys(ids, 1))
    assert _delivered(ports, followers, ids) == 1


def test_it_brings_everything_when_one_look_does_not_hold_it(ports: Ports, people: People) -> None:
    """C9: more than one answer's worth, in many chats and in one, all of it and in few looks."""
    ids = _chats(ports, MANY, 4)
    long = chat(ports, begin(ports, people.xiaoai)).id
    with unit_of_work(ports.database) as session:
        same = {"chat_id": long, "side": ChatSide.AGENT, "body": "在"}
        rows = [same | {"seq": seq, "client_id": f"l{seq}"} for seq in range(2, AT_ONCE * 2)]
        session.execute(sa.insert(ChatMessage), rows)
        session.get_one(Chat, long).last_seq = AT_ONCE * 2 - 1
    followers, link = _followers(dict.fromkeys([*ids, long], 1))
    looks = _delivered(ports, followers, [*ids, long])
    assert all(link.cursors[one] == 4 for one in ids)
    assert link.cursors[long] == AT_ONCE * 2 - 1
    assert looks <= 8


def test_a_new_message_changes_no_list(ports: Ports, people: People) -> None:
    """C3: with two hundred messages a second, agents' lists are not drawn anew each second."""
    ids = _chats(ports, 3, 1)
    followers, _ = _followers({})
    delivery = Delivery(followers, lambda *_: asyncio.sleep(0), lambda _: None)
    assert delivery._look_new(looking.recent(ports))
    with unit_of_work(ports.database) as session:
        session.get_one(Chat, ids[0]).last_seq = 2
    assert not delivery._look_new(looking.recent(ports))
    assert not delivery._look_new([])
    assert not delivery._look_new(looking.recent(ports))
    with unit_of_work(ports.database) as session:
        session.get_one(Chat, ids[0]).state = ChatState.ENDED
    assert delivery._look_new(looking.recent(ports))


def test_it_looks_no_further_back_than_it_says(ports: Ports, people: People) -> None:
    """C9: the look of every second does not read what changed a while ago."""
    ids = _chats(ports, 2, 1)
    with unit_of_work(ports.database) as session:
        session.get_one(Chat, ids[0]).updated_at = utcnow() - timedelta(seconds=10)
    assert [one.chat_id for one in looking.recent(ports)] == [ids[1]]
    assert len(looking.recent(ports, looking.LONG_MISSED)) == len(ids)
