"""Asking: stored before anything clever runs, answered, settled once (Q2, Q3, Q8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from answerer.answer import Answered, Reason, Suggested
from answerer.evidence import Candidate
from indexer.backend import Hit
from indexer.document import DocKind
from indexer.search import SearchEngine
from kb_app import questions
from kb_app.errors import InvalidInput, NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.looking import Matched
from kb_app.matching import write_down
from kb_app.ports import Ports
from kb_app.question_pages import mine, question_page
from kb_app.questions import QuestionDraft, ask_form, settle, submit
from models import (
    Article,
    ArticleStats,
    ArticleStatus,
    Category,
    Job,
    JobKind,
    Question,
    QuestionStatus,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index
from tests.kb_app.test_search import without_backend

TITLE = "忘记登录密码怎么重设"
BODY = "在登录页点“忘记密码”，按邮件里的链接重设密码。"


def asking(text: str = "忘记登录密码怎么重设", key: str = "key-1", **more: Any) -> QuestionDraft:
    """A filled-in form."""
    form = QuestionDraft(text, None, None, more.pop("email", ""), key)
    return replace(form, **more)


def stored(ports: Ports) -> Question:
    """The only question there is."""
    with reading(ports.database) as session:
        return session.scalars(sa.select(Question)).one()


class ExplodingEngine(SearchEngine):
    """Breaks in a way nobody foresaw."""

    def search(self, request: Any) -> Any:
        """Never returns."""
        raise ZeroDivisionError(request)


def answered_with(ports: Ports, viewer: Viewer, article_id: int, key: str = "key-1") -> str:
    """A question that got this article as its answer, whatever the model would say."""
    question_id, public_id, _new = questions._store(ports, viewer, asking(key=key))
    hit = Hit(DocKind.ARTICLE, article_id, 1, 1.0, 1.0, 1.0, 0.0, 0.0)
    with unit_of_work(ports.database) as session:
        question = session.get_one(Question, question_id)
        answered = Answered(Candidate(hit, TITLE, BODY), 0.97, ())
        write_down(question, Matched(((question.text, answered),)))
    return public_id


def test_it_stores_the_question_before_anything_clever_runs(ports: Ports, people: People) -> None:
    """Q2 C9: whatever breaks while answering, what was typed is kept."""
    broken = replace(ports, engine=ExplodingEngine(ports.engine.parts))
    with pytest.raises(ZeroDivisionError):
        submit(broken, people.xiaoai, asking())
    assert (stored(ports).text, stored(ports).status) == (TITLE, QuestionStatus.RECEIVED)
    public_id = submit(ports, people.xiaoai, asking())
    assert public_id == stored(ports).public_id
    assert stored(ports).status is QuestionStatus.UNANSWERED


def test_it_takes_an_outage_of_search_as_a_reason(ports: Ports, people: People) -> None:
    """Q2 Q3: no answer, no error, and a way to a person."""
    publish_articles(ports, (TITLE, BODY))
    submit(without_backend(ports), people.xiaoai, asking())
    assert (stored(ports).status, stored(ports).reason) == (
        QuestionStatus.UNANSWERED,
        "search_limited",
    )


def test_it_says_when_nothing_is_near(ports: Ports, people: People) -> None:
    """Q3: neither answer nor suggestion when there is none."""
    publish_articles(ports, ("门锁没电怎么办", "换电池"))
    submit(ports, people.xiaoai, asking("发票抬头写错了能改吗"))
    assert stored(ports).status is QuestionStatus.UNANSWERED
    assert stored(ports).reason == "nothing_near"


def test_it_makes_one_question_of_one_sending(ports: Ports, people: People) -> None:
    """Q2 C9: pressing twice, or sending again after a broken line, is one question."""
    publish_articles(ports, (TITLE, BODY))
    first = submit(ports, people.xiaoai, asking())
    assert submit(ports, people.xiaoai, asking("换了说法")) == first
    assert stored(ports).text == TITLE


def test_it_does_not_give_a_foreign_key_its_owners_question(ports: Ports, people: People) -> None:
    """Q8 O3: guessing somebody's key shows nothing of theirs."""
    submit(ports, people.xiaoai, asking())
    with pytest.raises(InvalidInput):
        submit(ports, people.laochen, asking("我的问题"))
    assert stored(ports).asker_key == people.xiaoai.voter_key


@pytest.mark.parametrize(
    ("form", "field", "code"),
    [
        (asking(""), "text", "empty"),
        (asking(" \x00\x07 "), "text", "empty"),
        (asking("？！😀"), "text", "meaningless"),
        (asking("长" * 5_001), "text", "too_long"),
        (asking(email="not an address"), "email", "email"),
        (asking(category_id=404), "category_id", "unknown"),
        (asking(product_id=404), "product_id", "unknown"),
    ],
    ids=["empty", "control", "emoji", "long", "email", "category", "product"],
)
def test_it_names_the_field_that_cannot_be_accepted(
    ports: Ports, people: People, form: QuestionDraft, field: str, code: str
) -> None:
    """Q1: a clear error beside the field, and no half question."""
    with pytest.raises(InvalidInput) as fault:
        submit(ports, people.xiaoai, form)
    assert (fault.value.field, fault.value.code) == (field, code)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Question)).all() == []


@settings(max_examples=40)
@given(text=st.text(max_size=60), email=st.text(max_size=30), key=st.text(max_size=80))
def test_it_takes_any_form_or_names_a_field(
    ports: Ports, people: People, text: str, email: str, key: str
) -> None:
    """Q1: nothing typed into the form breaks it, and nothing accepted is lost."""
    try:
        public_id = submit(ports, people.passer_by, asking(text, key, email=email))
    except InvalidInput:
        return
    assert question_page(ports, people.passer_by, public_id).mine


def test_it_prefills_the_form(ports: Ports, people: People) -> None:
    """K13: what was searched stands in the form; a visitor is asked for an address."""
    with unit_of_work(ports.database) as session:
        session.add(Category(slug="account", name="账号"))
    page = ask_form(ports, people.passer_by, "忘记密码\x00")
    assert (page.prefill_text, page.needs_email) == ("忘记密码", True)
    assert [choice.label for choice in page.categories] == ["账号"]
    again = ask_form(ports, people.xiaoai, "")
    assert again.submission_key != page.submission_key
    assert not again.needs_email


def test_it_writes_down_what_was_shown(ports: Ports, people: People) -> None:
    """Q2 Q3: the answer with its source, or suggestions in order."""
    [first, second] = publish_articles(ports, (TITLE, BODY), ("修改登录密码", "在设置里修改"))
    public_id = answered_with(ports, people.xiaoai, first)
    page = question_page(ports, people.xiaoai, public_id)
    assert page.status is QuestionStatus.ANSWERED
    assert page.answer is not None
    assert (page.answer.title, page.answer.confidence) == (TITLE, 0.97)
    assert "忘记密码" in page.answer.html
    question_id, other, _ = questions._store(ports, people.xiaoai, asking(key="key-2"))
    hits = [Hit(DocKind.ARTICLE, i, 1, 1.0, 1.0, 1.0, 0.0, 0.0) for i in (second, first)]
    shown = tuple(Candidate(hit, "", "") for hit in hits)
    with unit_of_work(ports.database) as session:
        outcome = Suggested(shown, 0.4, Reason.UNSURE)
        question = session.get_one(Question, question_id)
        write_down(question, Matched(((question.text, outcome),)))
    page = question_page(ports, people.xiaoai, other)
    assert page.answer is None
    assert [card.article_id for card in page.suggestions] == [second, first]


def test_it_takes_an_answer_back_when_its_article_is_hidden(ports: Ports, people: People) -> None:
    """K11: an answer is not a way around the access rules."""
    [article_id] = publish_articles(ports, (TITLE, BODY))
    public_id = answered_with(ports, people.xiaoai, article_id)
    with unit_of_work(ports.database) as session:
        session.get_one(Article, article_id).status = ArticleStatus.ARCHIVED
    assert question_page(ports, people.xiaoai, public_id).answer is None


def test_it_credits_the_article_once_when_settled(ports: Ports, people: People) -> None:
    """Q4 K4: 解决了 counts for the article that solved it, however often it is pressed."""
    [article_id] = publish_articles(ports, (TITLE, BODY))
    public_id = answered_with(ports, people.xiaoai, article_id)
    for _ in range(3):
        settle(ports, people.xiaoai, public_id)
    assert stored(ports).status is QuestionStatus.DEFLECTED
    assert stored(ports).settled_at is not None
    with reading(ports.database) as session:
        stats = session.get_one(ArticleStats, article_id)
        assert stats.solved == 1
        assert stats.heat > 0
        learnt = session.scalars(sa.select(Job).where(Job.kind == JobKind.INDEX_QUESTION))
        assert len(learnt.all()) == 1


def test_it_cannot_be_settled_by_nothing(ports: Ports, people: People) -> None:
    """K10: what was never shown is never counted as deflected."""
    public_id = submit(ports, people.xiaoai, asking())
    with pytest.raises(InvalidInput):
        settle(ports, people.xiaoai, public_id)
    assert stored(ports).status is QuestionStatus.UNANSWERED


def test_it_keeps_a_private_question_from_strangers(ports: Ports, people: People) -> None:
    """Q7 Q8: the asker and the desk see it, nobody else, not even that it exists."""
    public_id = submit(ports, people.xiaoai, asking())
    assert question_page(ports, people.xiaoai, public_id).mine
    assert not question_page(ports, people.abo, public_id).mine
    for stranger in (people.laochen, people.passer_by, people.linzhixia):
        with pytest.raises(NotFound):
            question_page(ports, stranger, public_id)
        with pytest.raises(NotFound):
            settle(ports, stranger, public_id)
        with pytest.raises(NotFound):
            escalate(ports, stranger, public_id, Escalation("", ""))


def test_it_lists_what_i_asked_and_only_that(ports: Ports, people: People) -> None:
    """Q7 Q8: 我提交的问题, newest first, with the ticket it became."""
    first = submit(ports, people.xiaoai, asking(key="a"))
    second = submit(ports, people.xiaoai, asking("门锁没电", key="b"))
    submit(ports, people.laochen, asking(key="c"))
    number = escalate(ports, people.xiaoai, first, Escalation("", ""))
    page = mine(ports, people.xiaoai, 1)
    assert [row.public_id for row in page.questions] == [second, first]
    assert [row.ticket_number for row in page.questions] == [None, number]
    assert [row.number for row in page.tickets] == [number]
    assert mine(ports, people.abo, -3).questions == ()


def test_it_answers_by_itself_only_above_the_sites_precision(ports: Ports, people: People) -> None:
    """Q3: the precision target decides between an answer and suggestions."""
    with unit_of_work(ports.database) as session:
        make_article(session, TITLE, BODY)
    settle_index(ports)
    for place, precision in enumerate((0.5, 0.999)):
        config = ports.config.model_copy(update={"answer_precision": precision})
        submit(replace(ports, config=config), people.xiaoai, asking(key=f"p{place}"))
    with reading(ports.database) as session:
        loose, strict = session.scalars(sa.select(Question).order_by(Question.id))
    order = [QuestionStatus.UNANSWERED, QuestionStatus.SUGGESTED, QuestionStatus.ANSWERED]
    assert loose.confidence == strict.confidence
    assert order.index(loose.status) >= order.index(strict.status)
    assert strict.status is not QuestionStatus.ANSWERED
