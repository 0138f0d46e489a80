"""Several questions in one message, follow-ups, and what a person takes at once (Q2 Q3 C1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from answerer.answer import Answered, NotSure, Outcome, Reason, Suggested
from answerer.evidence import Candidate
from indexer.backend import Hit
from indexer.document import DocKind
from kb_app import jobs, matching
from kb_app.desk_queue import queue
from kb_app.errors import InvalidInput, NotFound
from kb_app.looking import Matched
from kb_app.matching import write_down
from kb_app.ports import Ports
from kb_app.question_pages import QuestionPage, mine, question_page
from kb_app.question_texts import FOLLOW_UP, MOST_FOLLOW_UPS, asked, said, with_follow_up
from kb_app.questions import follow_up, settle, submit
from kb_app.ticket_pages import customer_ticket, desk_ticket
from kb_app.ticket_rows import QueueFilter
from models import (
    ArticleStats,
    AuditEntry,
    Question,
    QuestionStatus,
    Ticket,
    reading,
    unit_of_work,
    visitor,
)
from tests.conftest import People
from tests.factories import publish_articles
from tests.kb_app.test_questions import asking, stored

LOCK = ("门锁没电了怎么进门", "用充电宝接外面板底部的接口，再用指纹开门。")
BILL = ("电子发票在哪里申请", "在订单详情里点申请发票，填写抬头。")
DOOR = ("门锁怎么更换电池", "打开内面板电池盖，换四节五号电池。")
TWO = "门锁没电了怎么进门，另外电子发票在哪里申请"


def candidate(article_id: int) -> Candidate:
    """A found article."""
    hit = Hit(DocKind.ARTICLE, article_id, 1, 1.0, 1.0, 1.0, 0.0, 0.0)
    return Candidate(hit, "标题", "正文")


def sure(article_id: int, *others: int) -> Answered:
    """Likely right."""
    return Answered(candidate(article_id), 0.97, tuple(map(candidate, others)))


def unsure(*article_ids: int) -> Suggested:
    """Only suggestions."""
    return Suggested(tuple(map(candidate, article_ids)), 0.4, Reason.UNSURE)


def written(ports: Ports, people: People, text: str, outcomes: Sequence[Outcome]) -> QuestionPage:
    """小艾's page of a question whose parts found this."""
    public_id = submit(ports, people.xiaoai, asking(text, key=text[:20]))
    parts = asked(text)
    assert len(parts) == len(outcomes)
    with unit_of_work(ports.database) as session:
        found = sa.select(Question).where(Question.public_id == public_id)
        question = session.scalars(found).one()
        question.shown.clear()
        question.replies.clear()
        session.flush()
        texts = (part.part.text for part in parts)
        write_down(question, Matched(tuple(zip(texts, outcomes, strict=True))))
    return question_page(ports, people.xiaoai, public_id)


def shown(page: QuestionPage) -> list[tuple[str, list[int]]]:
    """What stands under each part: the answer's title, the suggested articles."""
    return [
        (part.answer.title if part.answer else "", [card.article_id for card in part.suggestions])
        for part in page.parts
    ]


def test_it_shows_every_part_with_its_own_answer(ports: Ports, people: People) -> None:
    """Q2: two questions, one answered, one with suggestions; not yet an answered question."""
    lock, bill, door = publish_articles(ports, LOCK, BILL, DOOR)
    page = written(ports, people, TWO, [sure(lock, door), unsure(bill, lock)])
    assert [part.text for part in page.parts] == [LOCK[0], BILL[0]]
    assert shown(page) == [(LOCK[0], [door]), ("", [bill])]
    assert (page.status, page.reason) == (QuestionStatus.SUGGESTED, "unsure")
    assert page.can_follow_up


def test_it_is_answered_when_every_part_is(ports: Ports, people: People) -> None:
    """Q2 Q4: solved means all of it, and every answer gets the credit."""
    lock, bill = publish_articles(ports, LOCK, BILL)
    page = written(ports, people, TWO, [sure(lock), sure(bill)])
    assert page.status is QuestionStatus.ANSWERED
    settle(ports, people.xiaoai, page.public_id)
    with reading(ports.database) as session:
        assert [session.get_one(ArticleStats, each).solved for each in (lock, bill)] == [1, 1]


def test_it_says_of_a_part_that_nothing_was_found(ports: Ports, people: People) -> None:
    """Q3: one part may stay open."""
    [lock] = publish_articles(ports, LOCK)
    page = written(ports, people, TWO, [unsure(lock), NotSure(Reason.NOTHING_NEAR)])
    assert shown(page) == [("", [lock]), ("", [])]


def test_it_shows_a_text_with_the_newest_that_was_asked(ports: Ports, people: People) -> None:
    """Q2: what a follow-up found stands under it, not hidden above."""
    lock, door = publish_articles(ports, LOCK, DOOR)
    text = with_follow_up("门锁怎么换电池", "那没电了怎么进门")
    page = written(ports, people, text, [unsure(door, lock), unsure(lock, door)])
    assert shown(page) == [("", []), ("", [lock, door])]
    assert [part.follow_up for part in page.parts] == [False, True]
    assert page.text == "门锁怎么换电池"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("门锁充电的时候冒烟了", "safety"),
        ("给我转人工", "wants_person"),
        ("再不处理我就打12315投诉", "complaint_official"),
        ("什么破系统，垃圾！", "angry"),
    ],
)
def test_it_gives_to_a_person_what_no_robot_should_answer(
    ports: Ports, people: People, text: str, why: str
) -> None:
    """Q2 C1: a ticket at once, a note with the reason for staff alone, no automatic answer."""
    publish_articles(ports, LOCK, DOOR)
    public_id = submit(ports, people.xiaoai, asking(text))
    page = question_page(ports, people.xiaoai, public_id)
    assert (page.status, page.handed, page.answer) == (QuestionStatus.ESCALATED, why, None)
    assert page.ticket_number is not None
    assert not page.can_follow_up
    ticket = desk_ticket(ports, people.abo, page.ticket_number)
    assert ticket.handed == why
    assert "优先处理" in ticket.messages[0].html
    assert customer_ticket(ports, people.xiaoai, page.ticket_number).messages == ()
    with reading(ports.database) as session:
        deeds = set(session.scalars(sa.select(AuditEntry.action)))
    assert {"question.escalated", "question.handed_over"} <= deeds


def test_it_answers_when_a_person_is_not_wanted(ports: Ports, people: People) -> None:
    """C1: 不用转人工 is no wish for a person."""
    publish_articles(ports, LOCK)
    submit(ports, people.xiaoai, asking("不用转人工，门锁没电了怎么进门"))
    assert stored(ports).status is not QuestionStatus.ESCALATED


def test_it_serves_danger_first(ports: Ports, people: People) -> None:
    """C1: whoever waits longest comes first, but danger before everybody."""
    submit(ports, people.xiaoai, asking("给我转人工", key="a"))
    submit(ports, people.laochen, asking("家里闻到煤气味", key="b"))
    page = queue(ports, people.abo, QueueFilter())
    assert [row.handed for row in page.rows] == ["safety", "wants_person"]


def test_it_hands_danger_over_even_in_a_comparison_group(ports: Ports, people: People) -> None:
    """C1 K10: measuring never stands before safety."""
    share = {"holdout_share": 0.5, "holdout_minimum": 0}
    measuring = replace(ports, config=ports.config.model_copy(update=share))
    for number in range(8):
        submit(measuring, visitor(f"v{number}"), asking("热水器漏电了", key=f"a{number}"))
        submit(measuring, visitor(f"v{number}"), asking("发票怎么开", key=f"b{number}"))
    with reading(ports.database) as session:
        reasons = list(session.scalars(sa.select(Question.reason)))
        assert len(session.scalars(sa.select(Ticket)).all()) == 8
    assert reasons.count("safety") == 8
    assert "held_out" in reasons


def test_it_stores_a_follow_up_with_its_question(ports: Ports, people: People) -> None:
    """Q7 C1: what is asked on is kept, looked up, and goes to the ticket with the rest."""
    publish_articles(ports, LOCK, DOOR)
    public_id = submit(ports, people.xiaoai, asking("门锁怎么更换电池"))
    assert question_page(ports, people.xiaoai, public_id).can_follow_up
    follow_up(ports, people.xiaoai, public_id, "那没电了怎么进门")
    follow_up(ports, people.xiaoai, public_id, "那没电了怎么进门")
    assert said(stored(ports).text) == ("门锁怎么更换电池", "那没电了怎么进门")
    page = question_page(ports, people.xiaoai, public_id)
    assert [part.text for part in page.parts][-1] == "那没电了怎么进门"
    assert [row.text for row in mine(ports, people.xiaoai, 1).questions] == ["门锁怎么更换电池"]
    follow_up(ports, people.xiaoai, public_id, "算了，转人工")
    page = question_page(ports, people.xiaoai, public_id)
    assert page.handed == "wants_person"
    with reading(ports.database) as session:
        ticket = session.scalars(sa.select(Ticket)).one()
    assert "那没电了怎么进门" in ticket.body


def test_it_finds_the_answer_of_a_follow_up_after_a_kill(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C9: a process that dies between storing and looking loses nothing."""
    publish_articles(ports, LOCK, DOOR)
    public_id = submit(ports, people.xiaoai, asking("门锁怎么更换电池"))
    monkeypatch.setattr("kb_app.questions.match", lambda *_: None)
    follow_up(ports, people.xiaoai, public_id, "那没电了怎么进门")
    assert stored(ports).status is QuestionStatus.RECEIVED
    matching.match_left_behind(ports, stored(ports).id)
    assert stored(ports).status is not QuestionStatus.RECEIVED
    jobs.drain(ports)


@pytest.mark.parametrize(("more", "code"), [("", "empty"), ("长" * 501, "too_long")])
def test_it_names_what_is_wrong_with_a_follow_up(
    ports: Ports, people: People, more: str, code: str
) -> None:
    """Q1: a clear error, and the question as it was."""
    public_id = submit(ports, people.xiaoai, asking())
    with pytest.raises(InvalidInput) as fault:
        follow_up(ports, people.xiaoai, public_id, more)
    assert (fault.value.field, fault.value.code) == ("more", code)
    assert FOLLOW_UP not in stored(ports).text


def test_it_ends_asking_on(ports: Ports, people: People) -> None:
    """C1: not for ever, not after the end, not by strangers."""
    publish_articles(ports, DOOR)
    public_id = submit(ports, people.xiaoai, asking("门锁怎么更换电池"))
    with pytest.raises(NotFound):
        follow_up(ports, people.laochen, public_id, "那没电了呢")
    text = stored(ports).text
    for number in range(MOST_FOLLOW_UPS):
        text = with_follow_up(text, f"那第{number}种呢")
    with unit_of_work(ports.database) as session:
        session.get_one(Question, stored(ports).id).text = text
    with pytest.raises(InvalidInput) as fault:
        follow_up(ports, people.xiaoai, public_id, "还有一种呢")
    assert fault.value.code == "too_many"
    settle(ports, people.xiaoai, public_id)
    with pytest.raises(InvalidInput) as fault:
        follow_up(ports, people.xiaoai, public_id, "还有一种呢")
    assert fault.value.code == "deflected"


def test_it_shows_the_sites_own_emergency_advice(ports: Ports, people: People) -> None:
    """C1: what a site says in danger is the site's to decide."""
    own = ports.config.model_copy(update={"emergency_advice": "先断电 | 打 400-1 "})
    changed = replace(ports, config=own)
    public_id = submit(changed, people.xiaoai, asking("热水器漏电了"))
    assert question_page(changed, people.xiaoai, public_id).advice == ("先断电", "打 400-1")
    assert question_page(ports, people.xiaoai, public_id).advice == ()
