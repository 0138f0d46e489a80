"""How every article does: searches, tickets afterwards, twins, links, categories (K10)."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from kb_app.editing import ArticleInput, create_and_publish
from kb_app.errors import NotAllowed, NotFound
from kb_app.escalation import Escalation, escalate
from kb_app.insight.advice import Advice, Reason
from kb_app.insight.heat import heat_page
from kb_app.insight.links import Fault, addresses, links_page
from kb_app.insight.period import Wanted
from kb_app.insight.twin_pages import dismiss, restore, twins_page
from kb_app.insight.twins import Pair, close_pairs
from kb_app.insight.worklist import WorkFilter, WorkPage, WorkRow, worklist
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from kb_app.usage import Origin, opened
from models import (
    Article,
    ArticlePlan,
    Category,
    IndexEntry,
    Viewer,
    reading,
    unit_of_work,
    visitor,
)
from tests.conftest import People
from tests.factories import publish_articles, settle_index
from tests.factories_insight import asked, at, searching

LONG = "长按电源键五秒，等指示灯变蓝，再打开手机的蓝牙列表，选择耳机的名字，点连接。" * 3


def listed(ports: Ports, viewer: Viewer, **wanted: object) -> WorkPage:
    """The list of everything."""
    return worklist(ports, viewer, WorkFilter(Wanted(), **{"selected": "all", **wanted}))  # type: ignore[arg-type]


def only(page: WorkPage) -> WorkRow:
    """Its one row."""
    [row] = page.part.rows
    return row


def opens(ports: Ports, viewer: Viewer, text: str, article_id: int) -> None:
    """A search and a click on this article."""
    page = searching(ports, viewer.voter_key.removeprefix("v:"), text)
    opened(ports, viewer, article_id, Origin(page.search_id or 0, 1))


def test_it_counts_what_led_to_an_article(ports: Ports, lead: Viewer) -> None:
    """K10: visits, searches, mean place, the most frequent words."""
    [article_id] = publish_articles(ports, ("蓝牙耳机配对失败", LONG))
    for person in ("a", "b"):
        opens(ports, visitor(person), "耳机配对", article_id)
    row = only(listed(ports, lead))
    assert (row.use.searches, row.use.position, row.article.views) == (2, 1.0, 2)
    assert row.use.queries == (("耳机配对", 2),)
    assert (row.advice, row.reason) == (Advice.KEEP, Reason.FINE)


def test_it_counts_tickets_of_those_who_had_read_it(
    ports: Ports, people: People, lead: Viewer
) -> None:
    """K10 T10: within seven days after opening it, each ticket once, others not."""
    [article_id] = publish_articles(ports, ("蓝牙耳机配对失败", LONG))
    page = searching(ports, "x", "耳机配对")
    assert page.search_id
    for viewer, text in ((people.xiaoai, "量子防水膜怎么贴"), (people.laochen, "浇花机漏水")):
        public_id = asked(ports, viewer, text, text)
        escalate(ports, viewer, public_id, Escalation("", "somebody@example.com"))
    assert only(listed(ports, lead)).tickets == 0
    earlier = at(ports, ports.clock() - timedelta(minutes=5))
    own = find(earlier, people.xiaoai, SearchForm("耳机配对"))
    opened(earlier, people.xiaoai, article_id, Origin(own.search_id or 0, 1))
    assert only(listed(ports, lead)).tickets == 1


def test_it_filters_sorts_and_counts(ports: Ports, lead: Viewer) -> None:
    """K10: by advice, category and owner; a short one and one without an owner."""
    with unit_of_work(ports.database) as session:
        session.add(Category(slug="use", name="使用"))
    first, second = publish_articles(ports, ("蓝牙耳机配对失败", LONG), ("发票", "见店。"))
    with unit_of_work(ports.database) as session:
        session.get_one(Article, first).category_id = 1
        session.add(ArticlePlan(article_id=first, owner_id=lead.user_id))
    page = listed(ports, lead, selected="todo")
    assert [row.article.article_id for row in page.part.rows] == [second]
    assert page.part.counts["write"] == page.part.counts["keep"] == 1
    assert only(listed(ports, lead, owner_id=0)).article.article_id == second
    assert only(listed(ports, lead, owner_id=lead.user_id)).article.owner_name == "周组长"
    within = WorkFilter(Wanted(category_id=1), "all", sort="oldest")
    assert only(worklist(ports, lead, within)).category == "使用"


def test_it_is_for_who_may_see_insight(ports: Ports, people: People) -> None:
    """K11: like the other insight pages."""
    for viewer in (people.xiaoai, people.abo):
        for look in (twins_page, links_page):
            with pytest.raises(NotAllowed):
                look(ports, viewer)
        with pytest.raises(NotAllowed):
            listed(ports, viewer)
        with pytest.raises(NotAllowed):
            heat_page(ports, viewer, Wanted())


def test_it_finds_what_lies_close_in_meaning() -> None:
    """K10: the nearest pair first; what all have in common does not make them alike."""
    titles = np.array([[5, 1, 0, 0], [5, 1, 0.1, 0], [5, 0, 1, 0], [5, 0, 0, 1]], np.float32)
    assert [(p.first, p.second) for p in close_pairs([7, 9, 11, 12], titles, titles)] == [(7, 9)]
    assert close_pairs([], np.zeros((0, 1), np.float32), np.zeros((0, 1), np.float32)) == ()


def test_it_forgets_a_pair_somebody_dismissed(ports: Ports, lead: Viewer) -> None:
    """K10: 不是一回事 stays said, until it is taken back."""
    first, second, third = publish_articles(ports, ("甲", LONG), ("乙", LONG), ("丙", "别的事情"))
    same, other = np.eye(4, dtype="<f2")[[0, 1]]
    with unit_of_work(ports.database) as session:
        for article_id, vector in ((first, same), (second, same), (third, other)):
            session.execute(
                sa.update(IndexEntry)
                .where(IndexEntry.doc_id == f"a:{article_id}")
                .values(
                    encoder="e",
                    title_vector=vector.tobytes(),
                    body_vector=vector.tobytes(),
                    changed_at=ports.clock(),
                )
            )
    [row] = twins_page(ports, lead).rows
    assert (row.first.article_id, row.second.article_id) == (first, second)
    assert listed(ports, lead, selected="merge").part.total == 2
    for _ in range(2):
        dismiss(ports, lead, second, first)
    page = twins_page(ports, lead)
    assert (page.rows, len(page.dismissed)) == ((), 1)
    assert listed(ports, lead, selected="merge").part.total == 0
    restore(ports, lead, first, second)
    assert len(twins_page(ports, lead).rows) == 1
    with pytest.raises(NotFound):
        dismiss(ports, lead, first, first)
    with pytest.raises(NotFound):
        dismiss(ports, lead, first, 999)


def test_it_knows_pairs_by_value() -> None:
    """A pair is told by its two articles."""
    assert Pair(1, 2, 0.9) == Pair(1, 2, 0.9)


def test_it_finds_links_that_lead_nowhere(ports: Ports, people: People, lead: Viewer) -> None:
    """K10: articles, files, categories; old addresses redirect and are no fault."""
    good = create_and_publish(ports, people.linzhixia, ArticleInput("好文章", LONG))
    with reading(ports.database) as session:
        slug = session.get_one(Article, good).slug
    body = (
        f"[好](/articles/{slug}#a) [坏](/articles/nowhere) ![图](/files/77/a.png) "
        "[类](/categories/none) [问](/ask) <img src='https://x.example/a.png'> "
        "[外](https://y.example/b) https://z.example/c。 [锚](#x) [邮](mailto:a@b.cn)"
    )
    create_and_publish(ports, people.linzhixia, ArticleInput("链接", body))
    page = links_page(ports, lead)
    assert [(row.address, row.picture, row.fault) for row in page.broken] == [
        ("/articles/nowhere", False, Fault.NO_ARTICLE),
        ("/files/77/a.png", True, Fault.NO_FILE),
        ("/categories/none", False, Fault.NO_CATEGORY),
    ]
    assert [(row.address, row.picture) for row in page.elsewhere] == [
        ("https://x.example/a.png", True),
        ("https://y.example/b", False),
        ("https://z.example/c", False),
    ]
    assert page.articles == 2


@pytest.mark.parametrize(
    "body", ["[" * 5_000, "](" * 5_000, "<img " * 5_000, "![" + "a" * 50_000, "http://" * 5_000]
)
def test_it_reads_hostile_bodies_quickly(body: str) -> None:
    """O3: linear, whatever is written."""
    assert len(list(addresses(body))) <= 1


def test_it_shows_which_category_is_hot(ports: Ports, lead: Viewer) -> None:
    """K10: searches by top category and stretch of time, figures beside."""
    with unit_of_work(ports.database) as session:
        session.add(Category(slug="use", name="使用"))
        session.flush()
        session.add(Category(slug="ear", name="耳机", parent_id=1))
    [article_id] = publish_articles(ports, ("蓝牙耳机配对失败", LONG))
    with unit_of_work(ports.database) as session:
        session.get_one(Article, article_id).category_id = 2
    settle_index(ports)
    opens(ports, visitor("a"), "耳机配对", article_id)
    page = heat_page(ports, lead, Wanted(7))
    [row] = page.rows
    assert (row.name, row.searches, row.cells[-1], row.articles) == ("使用", 1, 1, 1)
    assert len(page.columns) == len(row.cells) == 7
    assert len(heat_page(ports, lead, Wanted(90)).columns) <= 14
