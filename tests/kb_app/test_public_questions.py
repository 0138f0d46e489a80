"""Questions everybody may read: agreed, solved, masked (Q8, K9)."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.backend import SearchFilter, SearchRequest
from indexer.document import DocKind
from indexer.narrowing import DocType
from kb_app.candidates import load
from kb_app.errors import NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.question_pages import public, question_page
from kb_app.questions import submit
from kb_app.search import SearchForm, find
from kb_app.ticket_pages import desk_ticket
from kb_app.tickets import Posting, post_message
from models import MessageKind, SearchLog, TicketStatus, reading
from tests.conftest import People
from tests.factories import publish_articles, settle_index
from tests.kb_app.test_questions import asking


def solved_by_abo(ports: Ports, people: People, **form: Any) -> str:
    """小艾's question, answered and solved by 阿博; both wrote down a phone number."""
    public_id = submit(ports, people.xiaoai, asking("密码错误，手机 13800138000", **form))
    number = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    version = desk_ticket(ports, people.abo, number).version
    reply = Posting(
        MessageKind.REPLY, "请回电 13900139000 核实后重设", "k", version, TicketStatus.SOLVED
    )
    post_message(ports, people.abo, number, reply)
    return public_id


def test_it_shows_an_agreed_and_solved_question_to_all_masked(ports: Ports, people: People) -> None:
    """Q8 K9: public by the asker's choice, answered by a person, private data masked."""
    public_id = solved_by_abo(ports, people, agreed_public=True)
    page = question_page(ports, people.laochen, public_id)
    assert "13800138000" not in page.text
    assert "［手机号］" in page.text
    assert page.ticket_number is None
    assert page.answer is not None
    assert "13900139000" not in page.answer.html
    [row] = public(ports, people.passer_by, 1).rows
    assert row.public_id == public_id
    assert "1380013" not in row.text + row.answer
    assert "13800138000" in question_page(ports, people.xiaoai, public_id).text


def test_it_keeps_a_solved_question_private_unless_agreed(ports: Ports, people: People) -> None:
    """Q8: sharing is the asker's choice."""
    public_id = solved_by_abo(ports, people)
    with pytest.raises(NotFound):
        question_page(ports, people.laochen, public_id)
    assert public(ports, people.laochen, 1).total == 0


def test_it_answers_from_the_question_base(ports: Ports, people: People) -> None:
    """Q2 Q4: a public solved question is found for the next asker, masked."""
    solved_by_abo(ports, people, agreed_public=True)
    settle_index(ports)
    wanted = SearchFilter(people.laochen.keys, kinds=frozenset(DocKind))
    hits = ports.engine.search(SearchRequest("密码错误 手机", wanted)).hits
    [found] = load(ports, people.laochen, hits)
    assert found.hit.kind is DocKind.QUESTION
    assert found.title == "密码错误，手机 ［手机号］"
    assert found.body == "请回电 ［手机号］ 核实后重设"


def test_it_finds_solved_public_questions(ports: Ports, people: People) -> None:
    """K2 Q8: a question somebody agreed to share stands among the articles, masked."""
    public_id = solved_by_abo(ports, people, agreed_public=True)
    publish_articles(ports, ("密码规则", "密码至少八位"))
    settle_index(ports)
    page = find(ports, people.passer_by, SearchForm("密码错误"))
    rows = {row.kind: row for row in page.rows}
    assert rows["question"].public_id == public_id
    assert "13800138000" not in repr(page)
    assert "13900139000" not in repr(page)
    only = SearchForm("密码错误", doc_type=DocType.QUESTION)
    assert [row.kind for row in find(ports, people.passer_by, only).rows] == ["question"]
    with reading(ports.database) as session:
        assert 0 not in session.get_one(SearchLog, page.search_id).shown
