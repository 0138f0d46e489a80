"""A solved ticket becomes knowledge: once, masked, found by the next search (K9)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from kb_app.editing import publish, trash
from kb_app.errors import InvalidInput, NotAllowed, NotFound, NotSolved
from kb_app.escalation import Escalation, escalate
from kb_app.ports import Ports
from kb_app.promotion import DraftInput, promote, propose
from kb_app.questions import submit
from kb_app.search import SearchForm, find
from kb_app.tickets import Posting, post_message
from models import (
    Article,
    ArticleStatus,
    AuditEntry,
    Category,
    MessageKind,
    Product,
    Ticket,
    TicketStatus,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import publish_articles, settle_index
from tests.kb_app.desk import move, say
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
    assert (page.category_id, page.product_ids) == (1, (1,))
    assert page.existing is None


def test_it_keeps_notes_out_of_the_draft(ports: Ports, people: People, solved: str) -> None:
    """K9 T2: what was private among staff does not become public."""
    assert "这批货" not in propose(ports, people.abo, solved).body


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
    assert (existing.article_id, existing.status) == (first, "draft")
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
        assert article.status is ArticleStatus.DRAFT
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
