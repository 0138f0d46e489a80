"""The robot answers first, asks back, hands over, and is silent once a person is there (C1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kb_app.chat import customer, ending, opening, robot, saying, serving
from kb_app.chat.talk import Say
from kb_app.ports import Ports
from models import ArticleStats, ChatSide, ChatState, reading
from tests.conftest import People
from tests.factories import publish_articles
from tests.kb_app.chat.chats import begin, bodies, chat, customer_says, events, online

LOCK = ("门锁没电了怎么开门", "用 9V 电池碰触点，再输入密码。")


def test_it_answers_from_the_base_with_its_sources(ports: Ports, people: People) -> None:
    """C1: the first words of a chat are answered, and say where the answer stands."""
    publish_articles(ports, LOCK, ("退款多久到账", "原路返回，1 到 5 个工作日。"))
    public_id = begin(ports, people.xiaoai, "门锁没电了怎么开门")
    assert robot.turn(ports, chat(ports, public_id).id)
    line = customer.chat_page(ports, people.xiaoai, public_id).lines[-1]
    assert "9V 电池" in line.html
    assert line.choices[0].title == LOCK[0]
    assert line.choices[0].slug


def test_it_says_something_once_however_often_its_turn_is_run(ports: Ports, people: People) -> None:
    """C9: a second worker taking the same turn adds nothing."""
    public_id = begin(ports, people.xiaoai, "门锁没电了怎么开门")
    chat_id = chat(ports, public_id).id
    assert [robot.turn(ports, chat_id) for _ in range(3)] == [True, False, False]
    assert len(bodies(ports, public_id, ChatSide.ROBOT)) == 2


def test_it_hands_over_a_wish_for_a_person_at_once(ports: Ports, people: People) -> None:
    """C1: 转人工 is obeyed, with what was said as the summary."""
    public_id = begin(ports, people.xiaoai, "门锁没电了")
    customer_says(ports, public_id, "转人工", "1")
    found = chat(ports, public_id)
    assert (found.state, found.why) == (ChatState.WAITING, "wants_person")
    assert found.summary["said"][-1].endswith("转人工")


@pytest.mark.parametrize("who", ["the customer's tap", "an agent who steps in"])
def test_it_leaves_a_summary_whoever_ends_its_part(ports: Ports, people: People, who: str) -> None:
    """C1: not only for words that ask for a person."""
    publish_articles(ports, LOCK, ("退款多久到账", "原路返回，1 到 5 个工作日。"))
    public_id = begin(ports, people.xiaoai, "门锁没电了怎么开门")
    robot.turn(ports, chat(ports, public_id).id)
    if who == "the customer's tap":
        opening.call(ports, people.xiaoai, public_id)
    else:
        serving.take_over(ports, people.abo, public_id)
    summary = chat(ports, public_id).summary
    assert summary["said"] == ["门锁没电了怎么开门"]
    assert LOCK[0] in summary["shown"]


def test_it_hands_danger_over_with_advice_first(ports: Ports, people: People) -> None:
    """C1: what may be dangerous goes to a person at once, and the customer reads what to do."""
    public_id = begin(ports, people.xiaoai)
    customer_says(ports, public_id, "家里有股煤气味，我头很晕", "1")
    assert chat(ports, public_id).why == "safety"
    assert "119" in bodies(ports, public_id, ChatSide.ROBOT)[-1]


def test_it_gives_up_after_two_failures(ports: Ports, people: People) -> None:
    """C1: it never loops."""
    public_id = begin(ports, people.xiaoai)
    customer_says(ports, public_id, "量子纠缠的贝尔不等式怎么推导", "1")
    customer_says(ports, public_id, "薛定谔方程的边界条件", "2")
    assert chat(ports, public_id).why == "not_found"


def test_it_is_silent_from_the_moment_a_person_is_there(ports: Ports, people: People) -> None:
    """C1: the bot never talks over an agent."""
    online(ports, people.abo)
    public_id = begin(ports, people.xiaoai, "门锁没电了怎么开门", person=True)
    customer_says(ports, public_id, "在吗", "1")
    assert bodies(ports, public_id, ChatSide.ROBOT) == [bodies(ports, public_id)[0]]
    assert chat(ports, public_id).state is ChatState.ACTIVE


def test_it_drops_its_answer_when_a_person_came_meanwhile(
    ports: Ports, people: People, monkeypatch: object
) -> None:
    """C1: looked up before, stored after: the state decides at the moment of storing."""
    public_id = begin(ports, people.xiaoai, "门锁没电了怎么开门")
    found = chat(ports, public_id)
    opening.call(ports, people.xiaoai, public_id)
    assert not robot.turn(ports, found.id)
    assert events(ports, public_id) == ["nobody"]


def test_it_answers_the_choice_that_was_tapped(ports: Ports, people: People) -> None:
    """C1: asking back is settled by one tap."""
    (lock,) = publish_articles(ports, LOCK)
    public_id = begin(ports, people.xiaoai)
    words = Say(chat(ports, public_id).id, LOCK[0], "tap", data={"pick": ["article", lock]})
    saying.say(ports, words)
    robot.turn(ports, chat(ports, public_id).id)
    assert "9V 电池" in bodies(ports, public_id, ChatSide.ROBOT)[-1]


def test_it_credits_an_article_for_the_first_thumb_alone(ports: Ports, people: People) -> None:
    """C1: feedback on an answer counts once, whatever is clicked afterwards."""
    (lock,) = publish_articles(ports, LOCK)
    public_id = begin(ports, people.xiaoai, LOCK[0])
    robot.turn(ports, chat(ports, public_id).id)
    seq = chat(ports, public_id).last_seq
    for useful in (1, -1, 1):
        ending.judge(ports, people.xiaoai, public_id, seq, useful)
    with reading(ports.database) as session:
        solved = session.scalar(
            sa.select(ArticleStats.solved).where(ArticleStats.article_id == lock)
        )
    assert solved == 1
