"""Queue, assignment, transfer with consent, taking over, joining (C2 C4)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app.chat import console, customer, opening, presence, serving
from kb_app.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from kb_app.ports import Ports
from models import AgentState, Chat, ChatAgent, ChatState, Role, Viewer, unit_of_work, utcnow
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.chat.chats import agent_says, begin, bodies, chat, events, online, whispers


def _agent(ports: Ports, name: str, role: Role = Role.AGENT) -> Viewer:
    with unit_of_work(ports.database) as session:
        return make_user(session, name, role).as_viewer()


def test_it_gives_a_chat_to_the_agent_with_the_fewest(ports: Ports, people: People) -> None:
    """C2: without teams there is one desk, by load."""
    anna = _agent(ports, "安娜")
    online(ports, people.abo)
    first = begin(ports, people.xiaoai, person=True)
    online(ports, anna)
    second = begin(ports, people.laochen, person=True)
    assert chat(ports, first).agent_id == people.abo.user_id
    assert chat(ports, second).agent_id == anna.user_id


def test_it_keeps_to_the_limit_and_says_the_place(ports: Ports, people: People) -> None:
    """C2 C4: one at once; the next one waits in first place, without a number nobody knows."""
    online(ports, people.abo, 1)
    begin(ports, people.xiaoai, person=True)
    waits = begin(ports, people.laochen, person=True)
    standing = customer.chat_page(ports, people.laochen, waits).standing
    assert (standing.state, standing.position) == (ChatState.WAITING, 1)
    assert (standing.minutes, standing.served) == (None, True)


def test_it_gives_nothing_to_a_busy_agent(ports: Ports, people: People) -> None:
    """C4: busy, or 0 at once, takes no chat; nobody on duty is said honestly."""
    online(ports, people.abo, 0)
    public_id = begin(ports, people.xiaoai, person=True)
    assert events(ports, public_id) == ["nobody"]
    assert not customer.chat_page(ports, people.xiaoai, public_id).standing.served


def test_it_gives_out_what_waits_when_somebody_comes(ports: Ports, people: People) -> None:
    """C2: coming online takes the queue in its order."""
    first = begin(ports, people.xiaoai, person=True)
    second = begin(ports, people.laochen, person=True)
    serving.set_duty(ports, people.abo, AgentState.ONLINE, 1)
    assert chat(ports, first).state is ChatState.ACTIVE
    assert chat(ports, second).state is ChatState.WAITING


def test_it_forgets_an_agent_whose_page_is_closed(ports: Ports, people: People) -> None:
    """C2: a browser that died is not on duty."""
    online(ports, people.abo)
    with unit_of_work(ports.database) as session:
        gone = utcnow() - timedelta(minutes=2)
        session.execute(sa.update(ChatAgent).values(seen_at=gone))
    assert chat(ports, begin(ports, people.xiaoai, person=True)).state is ChatState.WAITING


def test_it_transfers_only_with_consent(ports: Ports, people: People) -> None:
    """C4: it stays mine until the colleague accepts."""
    anna = _agent(ports, "安娜")
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, person=True)
    serving.offer(ports, people.abo, public_id, anna.user_id or 0)
    assert agent_says(ports, people.abo, public_id, "稍等，我请同事看看", "1").seq
    assert console.lists(ports, anna).waiting[0].offered_to_me
    serving.accept(ports, anna, public_id)
    assert chat(ports, public_id).agent_id == anna.user_id
    with pytest.raises(InvalidInput, match="not_yours"):
        agent_says(ports, people.abo, public_id, "我还在", "2")


def test_it_stays_when_the_colleague_declines(ports: Ports, people: People) -> None:
    """C4: no answer is no transfer."""
    anna = _agent(ports, "安娜")
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, person=True)
    serving.offer(ports, people.abo, public_id, anna.user_id or 0)
    serving.decline(ports, anna, public_id)
    assert chat(ports, public_id).agent_id == people.abo.user_id
    assert chat(ports, public_id).offered_to_id is None


def test_it_lets_only_one_of_two_accept(ports: Ports, people: People) -> None:
    """C4: the faster one has it."""
    anna = _agent(ports, "安娜")
    public_id = begin(ports, people.xiaoai, person=True)
    serving.accept(ports, people.abo, public_id)
    with pytest.raises(IllegalMove):
        serving.accept(ports, anna, public_id)


def test_it_lets_a_colleague_take_over_only_from_somebody_silent(
    ports: Ports, people: People
) -> None:
    """C5: once the alarm rang, anyone may."""
    anna = _agent(ports, "安娜")
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, person=True)
    with pytest.raises(NotAllowed):
        serving.take_over(ports, anna, public_id)
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Chat).values(alarmed_at=utcnow()))
    serving.take_over(ports, anna, public_id)
    assert chat(ports, public_id).agent_id == anna.user_id


def test_it_lets_a_lead_listen_whisper_join_and_assign(ports: Ports, people: People) -> None:
    """C4: the customer sees the joining, never a whisper."""
    lead = _agent(ports, "组长", Role.LEAD)
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, "门锁没电了", person=True)
    whispers(ports, lead, public_id, "先问型号", "w")
    serving.join(ports, lead, public_id)
    agent_says(ports, lead, public_id, "我是组长", "l")
    shown = " ".join(
        line.html for line in customer.chat_page(ports, people.xiaoai, public_id).lines
    )
    assert "先问型号" not in shown
    assert "组长 加入了会话" in shown
    assert "我是组长" in shown
    serving.assign(ports, lead, public_id, lead.user_id or 0)
    assert chat(ports, public_id).agent_id == lead.user_id
    with pytest.raises(NotAllowed):
        serving.assign(ports, people.abo, public_id, people.abo.user_id or 0)


def test_it_goes_on_with_the_chat_that_is_open(ports: Ports, people: People) -> None:
    """C9: a second form leads into the same chat, with what was typed in it."""
    first = begin(ports, people.xiaoai, "门锁没电了", opening_key="a")
    again = begin(ports, people.xiaoai, "还有，怎么退款", opening_key="b")
    same = begin(ports, people.xiaoai, "还有，怎么退款", opening_key="b")
    assert first == again == same
    assert bodies(ports, first).count("还有，怎么退款") == 1


def test_it_hides_a_chat_from_strangers(ports: Ports, people: People) -> None:
    """C1: even that it exists is nobody's business."""
    public_id = begin(ports, people.xiaoai)
    with pytest.raises(NotFound):
        customer.chat_page(ports, people.laochen, public_id)
    with pytest.raises(NotFound):
        opening.call(ports, people.laochen, public_id)


def test_it_refuses_more_chats_than_there_can_be(ports: Ports, people: People) -> None:
    """C4: a bad limit is said, and nothing changes."""
    with pytest.raises(InvalidInput, match="most_chats"):
        presence.set_state(ports, people.abo, AgentState.ONLINE, 51)
