"""What a customer cannot do to the robot and to others by what their page sends (C9)."""

from __future__ import annotations

import pytest

from kb_app.chat import ending, robot, saying
from kb_app.chat.talk import Say
from kb_app.chat.tending import tend
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from models import ChatSide, ChatState
from tests.conftest import People
from tests.kb_app.chat.chats import begin, bodies, chat, online


def test_it_keeps_the_sites_own_ids_to_the_site(ports: Ports, people: People) -> None:
    """C9: with the robot's next id taken, the robot, and the tending of all chats, would fail."""
    public_id = begin(ports, people.xiaoai)
    chat_id = chat(ports, public_id).id
    seq = chat(ports, public_id).last_seq + 1
    with pytest.raises(InvalidInput):
        saying.say(ports, Say(chat_id, "在吗", f"robot:{seq}"))
    saying.say(ports, Say(chat_id, "在吗", "left-word"))
    assert robot.turn(ports, chat_id)
    assert len(bodies(ports, public_id, ChatSide.ROBOT)) == 2
    assert ending.leave_word(ports, people.xiaoai, public_id, "请回电", "13800000000")


def test_it_tends_the_others_when_one_chat_fails(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C9: who waits is given out although another chat's turn cannot be taken."""
    broken = begin(ports, people.xiaoai)
    chat_id = chat(ports, broken).id
    saying.say(ports, Say(chat_id, "在吗", "c1"))
    waiting = begin(ports, people.laochen, "转人工", person=True)
    online(ports, people.abo)
    monkeypatch.setattr("kb_app.chat.tending.ROBOT_LATE", -saying.FLOOD_WINDOW)
    monkeypatch.setattr(robot, "_reply", _fails)
    tend(ports)
    assert chat(ports, broken).state is ChatState.ROBOT
    assert chat(ports, waiting).state is ChatState.ACTIVE


def _fails(*_what: object) -> None:
    raise InvalidInput("body", "unknown")
