"""An entry of a title alone answers only a question that is surely the same (Q3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from answerer.answer import Answered, Policy, Suggested, judge
from answerer.confidence import shipped
from answerer.evidence import Candidate
from indexer.backend import Hit
from indexer.document import DocKind
from kb_app.learning.changes import put_in_effect
from kb_app.learning.model import as_words, encoder_of, shipped_for
from kb_app.ports import Ports
from kb_app.question_pages import question_page
from kb_app.questions import submit
from models import LearnedKind, Question, QuestionStatus, reading
from tests.conftest import People
from tests.factories import publish_articles
from tests.kb_app.test_questions import asking

TITLE = "忘记登录密码以后应该怎么重新设置一个新的密码"
HIT = Hit(DocKind.ARTICLE, 1, 1, 1.0, 1.0, 0.5, 0.5, 0.0)


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ("", True),
        ("  \n", True),
        (TITLE + "？", True),
        (f"## {TITLE}", True),
        ("点忘记密码", False),
        ("![](/files/1/步骤.png)", False),
        ('<img src="/files/1/步骤.png">', False),
        ("<https://example.com/reset>", False),
        (" " * 500 + "点忘记密码", False),
        ("<!-- 待补 -->", True),
    ],
)
def test_it_knows_an_entry_without_a_text_of_its_own(body: str, empty: bool) -> None:
    assert Candidate(HIT, TITLE, body).titles_only is empty


def test_it_demands_more_of_a_title_alone_than_of_a_text() -> None:
    """Q3: the same question, the same confidence: quoted, or only suggested."""
    texts = replace(shipped(), thresholds=((0.95, 0.9),), titles=None, plain=None)
    titles = replace(texts, thresholds=((0.95, 0.995),))
    model = replace(texts, titles=titles)
    policy = Policy(model, 0.95)
    text = (Candidate(HIT, TITLE, "点忘记密码，再按提示操作。"),)
    title = (Candidate(HIT, TITLE, ""),)
    assert isinstance(judge(TITLE, text, policy, limited=False), Answered)
    assert isinstance(judge(TITLE, title, policy, limited=False), Suggested)
    sure = replace(model, titles=texts)
    assert isinstance(judge(TITLE, title, Policy(sure, 0.95), limited=False), Answered)


def test_a_category_with_poor_outcomes_demands_more() -> None:
    """Q3: by its own lower bound; other categories are not touched."""
    model = replace(
        shipped(), thresholds=((0.95, 0.5),), category_thresholds=((7, ((0.95, 2.0),)),), plain=None
    )
    policy = Policy(model, 0.95)
    here, there = (Candidate(HIT, TITLE, "点忘记密码", number) for number in (7, 8))
    assert isinstance(judge(TITLE, (here,), policy, limited=False), Suggested)
    assert isinstance(judge(TITLE, (there,), policy, limited=False), Answered)


def test_it_names_the_entry_and_links_to_it(ports: Ports, people: People) -> None:
    """Q3: nothing is quoted that is not there."""
    publish_articles(ports, (TITLE, ""), ("门锁没电怎么办", "换电池"))
    encoder = encoder_of(ports)
    usual = shipped_for(encoder)
    assert usual.titles is not None
    model = replace(usual, titles=replace(usual.titles, thresholds=((0.99, 0.5),)))
    put_in_effect(ports, LearnedKind.CALIBRATION, as_words(model, encoder), {})
    public_id = submit(ports, people.xiaoai, asking(TITLE))
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Question)).one().status is QuestionStatus.ANSWERED
    answer = question_page(ports, people.xiaoai, public_id).answer
    assert answer is not None
    assert answer.title == TITLE
    assert TITLE in answer.html
    assert answer.slug
