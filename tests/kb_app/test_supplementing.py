"""A solved ticket helps an article that exists: another wording, or more text (K9)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kb_app.editing import ArticleInput, create_and_publish
from kb_app.editor_pages import edit
from kb_app.errors import InvalidInput, NotAllowed, NotFound, NotSolved
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.promotion import propose
from kb_app.questions import submit
from kb_app.supplementing import Addition, Outcome, add_phrasing, supplement
from models import (
    Article,
    ArticleNote,
    Job,
    JobKind,
    LearnedChange,
    Role,
    TicketStatus,
    Viewer,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import make_user
from tests.kb_app.desk import log_of, move, say
from tests.kb_app.test_questions import asking

WORDING = "耳机连不上手机怎么办"


@pytest.fixture
def lead(ports: Ports) -> Viewer:
    """周组长, who may do both: the desk and the articles."""
    with unit_of_work(ports.database) as session:
        return make_user(session, "周组长", Role.LEAD).as_viewer()


@pytest.fixture
def article_id(ports: Ports, people: People) -> int:
    """What is there already."""
    form = ArticleInput("蓝牙耳机配对失败", "长按电源键。")
    return create_and_publish(ports, people.linzhixia, form)


@pytest.fixture
def solved(ports: Ports, people: People) -> str:
    """A solved ticket about the same."""
    public_id = submit(ports, people.xiaoai, asking("我的耳机连不上，电话 13800138000"))
    number = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    say(ports, people.abo, number, "先删除旧的配对，再长按电源键。")
    move(ports, people.abo, number, TicketStatus.SOLVED)
    return number


def phrasings(ports: Ports, article_id: int) -> list[str]:
    """The article's similar questions now."""
    with reading(ports.database) as session:
        return session.get_one(Article, article_id).phrasings


def test_it_adds_a_wording_once(ports: Ports, lead: Viewer, solved: str, article_id: int) -> None:
    """K9: who may publish adds it at once, linked both ways."""
    wanted = Addition(article_id, WORDING)
    assert add_phrasing(ports, lead, solved, wanted) is Outcome.ADDED
    assert add_phrasing(ports, lead, solved, wanted) is Outcome.KNOWN
    assert phrasings(ports, article_id) == [WORDING]
    assert edit(ports, lead, article_id).sources == (solved,)
    assert ("phrased", "", "蓝牙耳机配对失败") in log_of(ports, solved)


def test_it_proposes_an_agent_s_wording_to_the_editors(
    ports: Ports, people: People, solved: str, article_id: int
) -> None:
    """K9: an agent changes no published article alone."""
    wanted = Addition(article_id, WORDING)
    assert add_phrasing(ports, people.abo, solved, wanted) is Outcome.PROPOSED
    assert add_phrasing(ports, people.abo, solved, wanted) is Outcome.KNOWN
    assert phrasings(ports, article_id) == []
    with reading(ports.database) as session:
        change = session.scalars(sa.select(LearnedChange)).one()
        assert (change.article_id, change.after) == (article_id, {"phrasing": WORDING})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("？？", "meaningless"),
        ("问" * 201, "too_long"),
        ("我的电话 13800138000 收不到", "private"),
        ("［手机号］收不到验证码", "private"),
    ],
)
def test_it_takes_no_wording_that_tells_on_somebody(
    ports: Ports, lead: Viewer, solved: str, text: str, code: str
) -> None:
    """K9 O3: a similar question is public."""
    with pytest.raises(InvalidInput) as caught:
        add_phrasing(ports, lead, solved, Addition(1, text))
    assert (caught.value.field, caught.value.code) == ("phrasing", code)


def test_it_puts_the_text_into_the_writer_s_draft_once(
    ports: Ports, lead: Viewer, solved: str, article_id: int
) -> None:
    """K6 K9: behind what the article says, unsaved; readers see nothing of it."""
    body = propose(ports, lead, solved).body
    assert supplement(ports, lead, solved, Addition(article_id, body)) is Outcome.ADDED
    assert supplement(ports, lead, solved, Addition(article_id, body)) is Outcome.KNOWN
    page = edit(ports, lead, article_id)
    assert page.body == "长按电源键。"
    assert page.draft is not None
    kept = page.draft.fields["body"]
    assert kept.startswith("长按电源键。\n\n## 问题")
    assert kept.count("先删除旧的配对") == 1
    assert "13800138000" not in kept


def test_it_goes_on_with_a_draft_the_writer_has(
    ports: Ports, lead: Viewer, solved: str, article_id: int
) -> None:
    """K6: what somebody typed and did not save is still there."""
    supplement(ports, lead, solved, Addition(article_id, "第一段"))
    supplement(ports, lead, solved, Addition(article_id, "第二段"))
    draft = edit(ports, lead, article_id).draft
    assert draft is not None
    assert draft.fields["body"] == "长按电源键。\n\n第一段\n\n第二段"


def test_it_sends_an_agent_s_text_to_who_answers_for_the_article(
    ports: Ports, people: People, solved: str, article_id: int
) -> None:
    """K8 K9: a note beside the article and a mail, once."""
    wanted = Addition(article_id, "先删除旧的配对。")
    assert supplement(ports, people.abo, solved, wanted) is Outcome.PROPOSED
    assert supplement(ports, people.abo, solved, wanted) is Outcome.KNOWN
    with reading(ports.database) as session:
        note = session.scalars(sa.select(ArticleNote)).one()
        assert (note.author_id, solved in note.body) == (people.abo.user_id, True)
        mails = session.scalars(sa.select(Job).where(Job.kind == JobKind.SEND_MAIL)).all()
        assert [m for m in mails if "先删除旧的配对" in m.payload["body"]]


def test_it_is_for_the_desk_and_for_articles_one_may_read(
    ports: Ports, people: People, solved: str, article_id: int
) -> None:
    """K11: no stranger, no hidden article, no open ticket."""
    for way in (add_phrasing, supplement):
        with pytest.raises(NotAllowed):
            way(ports, people.xiaoai, solved, Addition(article_id, WORDING))
        with pytest.raises(NotFound):
            way(ports, people.abo, solved, Addition(article_id + 1, WORDING))
        with pytest.raises(NotFound):
            way(ports, people.abo, "WD-404", Addition(article_id, WORDING))
    move(ports, people.abo, solved, TicketStatus.OPEN)
    with pytest.raises(NotSolved):
        add_phrasing(ports, people.abo, solved, Addition(article_id, WORDING))
