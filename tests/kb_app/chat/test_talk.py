"""Nothing said in a chat is lost, doubled or out of order (C9)."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_app.chat import saying
from kb_app.chat.lines import lines_after
from kb_app.chat.saying import FLOOD, Refused, Said
from kb_app.chat.talk import Say
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from models import Chat, ChatMessage, ChatSide, reading, unit_of_work
from tests.conftest import People
from tests.kb_app.chat.chats import agent_says, begin, bodies, chat, online, whispers


def test_it_numbers_messages_without_gaps(ports: Ports, people: People) -> None:
    """C9: the welcome is 1, everything after it follows."""
    public_id = begin(ports, people.xiaoai, "门锁没电了")
    chat_id = chat(ports, public_id).id
    found = [saying.say(ports, Say(chat_id, f"第 {n} 句", f"k{n}")).seq for n in range(5)]
    assert found == [3, 4, 5, 6, 7]


def test_it_takes_a_message_sent_again_for_the_one_it_has(ports: Ports, people: People) -> None:
    """C9: a retry changes nothing and gets the same number."""
    public_id = begin(ports, people.xiaoai)
    words = Say(chat(ports, public_id).id, "在吗", "same")
    first, again = saying.say(ports, words), saying.say(ports, words)
    assert (first.seq, again.seq, again.is_new) == (2, 2, False)
    assert bodies(ports, public_id, ChatSide.CUSTOMER) == ["在吗"]


def test_it_takes_a_repeated_message_within_one_batch_once(ports: Ports, people: People) -> None:
    """C9: the same retry twice in one transaction."""
    chat_id = chat(ports, begin(ports, people.xiaoai)).id
    found = saying.say_all(ports, [Say(chat_id, "在吗", "same")] * 3)
    assert [each.seq for each in found if isinstance(each, Said)] == [2, 2, 2]


def test_it_refuses_one_and_keeps_the_others(ports: Ports, people: People) -> None:
    """C9: an empty or endless message spoils nobody else's."""
    chat_id = chat(ports, begin(ports, people.xiaoai)).id
    found = saying.say_all(
        ports,
        [
            Say(chat_id, "一", "1"),
            Say(chat_id, "  ", "2"),
            Say(chat_id, "字" * 4001, "3"),
            Say(404, "没有这个会话", "4"),
            Say(chat_id, "二", "5"),
        ],
    )
    codes = [each.code for each in found if isinstance(each, Refused)]
    assert codes == ["empty", "too_long", "unknown"]
    assert [each.seq for each in found if isinstance(each, Said)] == [2, 3]


def test_it_refuses_a_flood(ports: Ports, people: People) -> None:
    """C9: more than twenty messages in ten seconds are not a person."""
    chat_id = chat(ports, begin(ports, people.xiaoai)).id
    for number in range(FLOOD):
        saying.say(ports, Say(chat_id, "刷", f"k{number}"))
    with pytest.raises(InvalidInput, match="flood"):
        saying.say(ports, Say(chat_id, "刷", "one more"))


def test_it_lets_only_those_who_serve_speak(ports: Ports, people: People) -> None:
    """C4: a colleague may whisper; to speak they join."""
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, "门锁没电了", person=True)
    assert agent_says(ports, people.abo, public_id, "您好", "a").seq
    with pytest.raises(InvalidInput, match="not_yours"):
        agent_says(ports, people.linzhixia, public_id, "我来说两句", "b")
    assert whispers(ports, people.linzhixia, public_id, "看保修期", "c").seq


@settings(max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7)), min_size=1, max_size=24))
def test_it_loses_and_doubles_nothing_whatever_is_sent_again(
    ports: Ports, people: People, sent: list[tuple[int, int]]
) -> None:
    """C9: any order of sendings and retries of two chats; each message once, in first order."""
    with unit_of_work(ports.database) as session:
        session.execute(sa.delete(ChatMessage))
        session.execute(sa.delete(Chat))
    chats = [begin(ports, people.xiaoai), begin(ports, people.laochen)]
    ids = [chat(ports, public_id).id for public_id in chats]
    for which, number in sent:
        saying.say(ports, Say(ids[which], f"话 {number}", f"m{number}"))
    for which, public_id in enumerate(chats):
        expected = list(dict.fromkeys(f"话 {n}" for w, n in sent if w == which))
        assert bodies(ports, public_id, ChatSide.CUSTOMER) == expected


def test_it_keeps_order_when_many_write_at_once(ports: Ports, people: People) -> None:
    """C9: four writers, each message sent twice: 0 lost, 0 doubled, numbers without gaps."""
    chat_id = chat(ports, begin(ports, people.xiaoai)).id
    with unit_of_work(ports.database) as session:
        session.get_one(Chat, chat_id).agent_id = people.abo.user_id

    def write(writer: int) -> None:
        for number in range(20):
            side = ChatSide.AGENT if writer else ChatSide.CUSTOMER
            author = people.abo.user_id if writer else None
            words = Say(chat_id, f"{writer}-{number}", f"{writer}-{number}", side, author_id=author)
            if not writer and number >= FLOOD - 1:
                return
            saying.say_all(ports, [words])
            saying.say_all(ports, [words])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(ports.database) as session:
        lines = lines_after(session, {chat_id: 1})[chat_id]
    assert [line.seq for line in lines] == list(range(2, 81))
    for writer in range(4):
        mine = [line.client_id for line in lines if line.client_id.startswith(f"{writer}-")]
        assert mine == [f"{writer}-{number}" for number in range(len(mine))]
