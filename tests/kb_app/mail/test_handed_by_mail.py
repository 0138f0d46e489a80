"""Tickets handed over to a mailbox (X5, M1): a mail there, its answer public, forgery a note."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_app.bridging.handing import hand_over
from kb_app.ports import Ports
from kb_app.tickets import customer_reply
from models import Bridge, Mailbox, MessageKind, unit_of_work
from tests.conftest import People
from tests.kb_app.mail.post import deliver, make_box, said, sent, tickets, went, words
from tests.letters import Letter, letter

TEAM = "team@other.example"


@pytest.fixture
def box(ports: Ports, people: People, number: str) -> Mailbox:
    """The site's mailbox; 小艾's ticket has gone to the team by mail, and a word after it."""
    found = make_box(ports)
    with unit_of_work(ports.database) as session:
        bridge = Bridge(name="外包团队", kind="mail", username=TEAM)
        session.add(bridge)
        session.flush()
        bridge_id = bridge.id
    hand_over(ports, people.abo, number, bridge_id)
    deliver(ports, found)
    customer_reply(ports, people.xiaoai, number, "换过电池了", "k1")
    deliver(ports, found)
    return found


def answer(ports: Ports, text: str, sender: str = TEAM) -> bytes:
    """An answer to the mail that handed it over."""
    handed = next(row for row in went(ports) if row.kind == "handover")
    headers = {"In-Reply-To": f"<{handed.message_id}>"}
    return letter(
        Letter(text, "回复", f"林工 <{sender}>", message_id="x1@o.example", headers=headers)
    )


def test_it_goes_as_a_mail_that_a_person_wrote(ports: Ports, box: Mailbox, tmp_path: Path) -> None:
    """X5: context and later words, in one thread, not marked as automatic."""
    mails = [mail for mail in sent(tmp_path) if mail["To"] == TEAM]
    assert len(mails) == 2
    assert "门锁打不开了" in said(mails[0])
    assert "换过电池了" in said(mails[1])
    assert mails[0]["Auto-Submitted"] is None
    assert mails[0]["Reply-To"] == box.address


def test_their_answer_is_public_and_said_once(ports: Ports, box: Mailbox) -> None:
    """X5: the answer reaches the customer; the same mail twice counts once."""
    mail = answer(ports, "请重启网关。")
    deliver(ports, box, mail)
    deliver(ports, box, mail)
    assert words(ports) == ["换过电池了", "请重启网关。"]
    customer = [row for row in went(ports) if row.kind == "reply"]
    assert [row.to_email for row in customer] == [tickets(ports)[0].requester_email]


def test_whoever_else_answers_is_a_note(ports: Ports, box: Mailbox) -> None:
    """X5: the id proves the thread, the address the team; one alone is not enough."""
    deliver(ports, box, answer(ports, "我来答", "eve@evil.example"))
    forged = Letter(
        "没有编号", f"[{tickets(ports)[0].number}]", f"林工 <{TEAM}>", message_id="x2@o.e"
    )
    deliver(ports, box, letter(forged))
    assert words(ports) == ["换过电池了"]
    assert any("我来答" in note for note in words(ports, MessageKind.NOTE))
