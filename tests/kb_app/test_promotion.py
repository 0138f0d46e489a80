"""A solved ticket becomes knowledge: once, masked, found by the next search (K9)."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
import sqlalchemy as sa

from kb_app.editing import publish, trash
from kb_app.editor_pages import edit
from kb_app.errors import InvalidInput, NotAllowed, NotFound, NotSolved
from kb_app.escalation import Escalation, escalate
from kb_app.files import files_of, receive
from kb_app.ports import Ports
from kb_app.promotion import DraftInput, Rechoice, choose_again, promote, propose
from kb_app.questions import submit
from kb_app.search import SearchForm, find
from kb_app.tickets import Posting, post_message
from models import (
    Article,
    ArticleStatus,
    AuditEntry,
    Category,
    FormFile,
    MessageKind,
    NoteKind,
    Product,
    Ticket,
    TicketStatus,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import publish_articles, settle_index
from tests.kb_app.desk import log_of, move, say
from tests.kb_app.test_questions import asking

ASKED = "你好，请问蓝牙耳机配对失败怎么办？我的电话 13800138000"
ANSWERED = "长按电源键 5 秒进入配对模式，不行请写信 help@example.com。"


@pytest.fixture
def number(ports: Ports, people: People) -> str:
    """A ticket with a reply and a note, still open."""
    with unit_of_work(ports.database) as session:
        session.add_all([Category(slug="use", name="使用"), Product(slug="ear", name="耳机")])
    public_id = submit(ports, people.xiaoai, asking(ASKED, category_id=1, product_id=1))
    made = escalate(ports, people.xiaoai, public_id, Escalation("", ""))
    say(ports, people.abo, made, ANSWERED)
    note = Posting(MessageKind.NOTE, "内部：这批货有问题", "note", 1)
    post_message(ports, people.abo, made, note)
    return made


@pytest.fixture
def solved(ports: Ports, people: People, number: str) -> str:
    """The same ticket, solved."""
    move(ports, people.abo, number, TicketStatus.SOLVED)
    return number


def _form(ports: Ports, people: People, number: str) -> DraftInput:
    page = propose(ports, people.abo, number)
    return DraftInput(page.title, page.body, page.category_id, page.product_ids)


def test_it_proposes_a_masked_draft(ports: Ports, people: People, solved: str) -> None:
    """K9: question and answer, places filled in, private data hidden and named."""
    page = propose(ports, people.abo, solved)
    assert page.title.startswith("蓝牙耳机配对失败怎么办")
    whole = page.title + page.body
    assert "13800138000" not in whole
    assert "help@example.com" not in whole
    assert "长按电源键" in page.body
    assert set(page.masked) == {"phone", "email"}
    assert [(row.kind, row.places) for row in page.hidden] == [("phone", (0, 1)), ("email", (2,))]
    assert (page.category_id, page.product_ids) == (1, (1,))
    assert page.existing is None


def test_it_keeps_notes_out_of_the_draft(ports: Ports, people: People, solved: str) -> None:
    """K9 T2: what was private among staff does not become public."""
    page = propose(ports, people.abo, solved)
    assert "这批货" not in page.body
    assert [part.by_staff for part in page.parts] == [False, True]


def test_it_undoes_single_masks_and_no_others(ports: Ports, people: People, solved: str) -> None:
    """K9: the address was the company's own; the telephone number stays hidden."""
    page = propose(ports, people.abo, solved)
    mail = next(row for row in page.hidden if row.kind == "email")
    form = replace(_form(ports, people, solved), kept=(mail.key, "unknown"))
    with reading(ports.database) as session:
        article = session.get_one(Article, promote(ports, people.abo, solved, form))
        assert "help@example.com" in article.body
        assert "13800138000" not in article.title + article.body
        deed = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "ticket.promote")
        ).one()
        assert deed.detail["unmasked"] == ["email"]


def test_it_takes_messages_out_and_in_without_losing_what_was_typed(
    ports: Ports, people: People, solved: str
) -> None:
    """K9: choosing messages changes only their own words."""
    page = propose(ports, people.abo, solved)
    answer = page.parts[1].key
    typed = page.body.replace("## 问题", "## 我改过的问题")
    without = choose_again(ports, people.abo, solved, Rechoice(typed, page.chosen, ("q",)))
    assert without.chosen == ("q",)
    assert "长按电源键" not in without.body
    assert "我改过的问题" in without.body
    again = choose_again(ports, people.abo, solved, Rechoice(without.body, ("q",), ("q", answer)))
    assert again.body.count("长按电源键") == 1
    assert "我改过的问题" in again.body
    untouched = choose_again(ports, people.abo, solved, Rechoice(page.body, page.chosen, (answer,)))
    assert "## 问题" not in untouched.body


def test_it_carries_chosen_files_over(ports: Ports, people: People, solved: str) -> None:
    """K9 K7: what the customer sent lies beside the article, if the agent wants it."""
    stored = receive(ports, people.abo, io.BytesIO(b"a picture"))
    with unit_of_work(ports.database) as session:
        question_id = session.scalars(sa.select(Ticket.question_id)).one()
        assert question_id is not None
        for name in ("要的.txt", "不要.txt"):
            row = FormFile(question_id=question_id, field="f", filename=name, sha256=stored.sha256)
            row.media_type, row.size = stored.media_type, stored.size
            session.add(row)
    wanted, other = propose(ports, people.abo, solved).files
    assert (wanted.filename, other.filename) == ("要的.txt", "不要.txt")
    form = replace(_form(ports, people, solved), files=(wanted.key, "form-999"))
    article_id = promote(ports, people.abo, solved, form)
    with reading(ports.database) as session:
        assert [file.filename for file in files_of(session, article_id)] == ["要的.txt"]


def test_it_asks_a_reviewer_and_credits_the_agent(
    ports: Ports, people: People, solved: str
) -> None:
    """K8 K9: an agent's draft waits for review under their name, linked both ways."""
    article_id = promote(ports, people.abo, solved, _form(ports, people, solved))
    page = edit(ports, people.linzhixia, article_id)
    assert (page.status, page.sources) == (ArticleStatus.REVIEW, (solved,))
    assert [(note.kind, note.author_name) for note in page.notes] == [
        (NoteKind.SUBMITTED, people.abo.name)
    ]
    with reading(ports.database) as session:
        assert session.get_one(Article, article_id).author_id == people.abo.user_id
    assert ("promoted", "", page.title) in log_of(ports, solved)


def test_it_shows_near_articles_first(ports: Ports, people: People, solved: str) -> None:
    """K9: before a duplicate is written, what is there already is shown."""
    near, _far = publish_articles(
        ports, ("蓝牙耳机配对失败", "进入配对模式"), ("发票怎么开", "在订单页申请")
    )
    cards = propose(ports, people.abo, solved).near
    assert [card.article_id for card in cards][:1] == [near]


def test_it_promotes_only_what_is_solved(ports: Ports, people: People, number: str) -> None:
    """K9: an open question has no answer yet."""
    form = DraftInput("标题", "正文", None, ())
    with pytest.raises(NotSolved):
        propose(ports, people.abo, number)
    with pytest.raises(NotSolved):
        promote(ports, people.abo, number, form)
    with pytest.raises(NotFound):
        promote(ports, people.abo, "WD-404", form)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Article)).all() == []


def test_it_promotes_once(ports: Ports, people: People, solved: str) -> None:
    """K9: a second click leads to the same draft, even when that lies in the bin."""
    form = _form(ports, people, solved)
    first = promote(ports, people.abo, solved, form)
    assert promote(ports, people.abo, solved, form) == first
    existing = propose(ports, people.abo, solved).existing
    assert existing is not None
    assert (existing.article_id, existing.status) == (first, "review")
    with reading(ports.database) as session:
        article = session.get_one(Article, first)
        assert article.source_ticket_id == session.scalars(sa.select(Ticket.id)).one()
        deeds = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "ticket.promote")
        ).all()
        assert len(deeds) == 1
        version = article.version
    trash(ports, people.linzhixia, first, version)
    assert promote(ports, people.abo, solved, form) == first
    binned = propose(ports, people.abo, solved).existing
    assert binned is not None
    assert binned.status == "deleted"


def test_it_is_found_once_published_and_not_before(
    ports: Ports, people: People, solved: str
) -> None:
    """K9 K8: draft, published, found by the next customer with the same question."""
    article_id = promote(ports, people.abo, solved, _form(ports, people, solved))
    settle_index(ports)
    wanted = SearchForm("蓝牙耳机配对失败")
    assert find(ports, people.laochen, wanted).rows == ()
    with reading(ports.database) as session:
        article = session.get_one(Article, article_id)
        assert article.status is ArticleStatus.REVIEW
        version = article.version
    publish(ports, people.linzhixia, article_id, version)
    settle_index(ports)
    assert [row.article_id for row in find(ports, people.laochen, wanted).rows] == [article_id]


def test_it_refuses_a_draft_without_a_title(ports: Ports, people: People, solved: str) -> None:
    """K9: the error names the field; nothing is made."""
    for form in (DraftInput(" ", "正文", None, ()), DraftInput("标题", "正文", 404, ())):
        with pytest.raises(InvalidInput):
            promote(ports, people.abo, solved, form)
    with reading(ports.database) as session:
        assert session.scalars(sa.select(Article)).all() == []


def test_it_is_for_the_desk(ports: Ports, people: People, solved: str) -> None:
    """K11: a customer cannot read a ticket by promoting it."""
    for viewer in (people.xiaoai, people.linzhixia):
        with pytest.raises(NotAllowed):
            propose(ports, viewer, solved)
