"""Who is let in, from a form to every article below a category, at once (K11)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from indexer.backend import SearchFilter, SearchRequest
from kb_app.audiences import audiences, chosen_keys, mend, seen_by
from kb_app.editing import ArticleInput, create_and_publish, save
from kb_app.errors import InvalidInput, NotAllowed, NotFound
from kb_app.files import open_file, restrict
from kb_app.ports import Ports
from kb_app.tree_editing import NodeInput
from kb_app.tree_editing import add as add_node
from kb_app.tree_editing import save as save_node
from kb_app.tree_rows import TreeKind
from models import (
    PUBLIC_KEY,
    STAFF_KEY,
    Article,
    CustomerGroup,
    CustomerLevel,
    User,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import settle_index
from tests.kb_app.test_files import PNG, put

CATEGORY = TreeKind.CATEGORY


@pytest.fixture
def level(ports: Ports, people: People) -> str:
    """金, and 小艾 in it; beside it a group nobody is in."""
    with unit_of_work(ports.database) as session:
        gold = CustomerLevel(name="金", rank=2)
        session.add_all([gold, CustomerGroup(name="甲公司")])
        session.flush()
        session.get_one(User, people.xiaoai.user_id).level_id = gold.id
        return f"level:{gold.id}"


def shelf(ports: Ports, people: People, access: str = "", parent: int | None = None) -> int:
    """A category."""
    return add_node(ports, people.linzhixia, CATEGORY, parent, NodeInput("会员", access=access))


def published(ports: Ports, people: People, category_id: int | None, access: str) -> int:
    """An article there."""
    form = ArticleInput("会员折扣", "结算页可见", "", category_id, (), access)
    return create_and_publish(ports, people.linzhixia, form)


def keys_of(ports: Ports, article_id: int) -> frozenset[str]:
    """What opens it now."""
    with reading(ports.database) as session:
        return session.get_one(Article, article_id).access_keys


def test_it_names_everybody_who_can_be_chosen(ports: Ports, level: str) -> None:
    """K11: the site's three, levels by rank, groups, teams."""
    with reading(ports.database) as session:
        found = audiences(session)
    assert [one.key for one in found][:3] == ["public", "customer", "staff"]
    assert {one.name for one in found} >= {"金", "甲公司"}


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), (",", "empty"), ("level:99", "unknown"), ("root", "unknown")]
)
def test_it_refuses_a_choice_that_is_none(ports: Ports, text: str, code: str) -> None:
    """K11: nobody is let in by a typing error, and nobody is shut out by an empty form."""
    with reading(ports.database) as session, pytest.raises(InvalidInput) as refused:
        chosen_keys(session, text)
    assert (refused.value.field, refused.value.code) == ("access", code)


def test_it_publishes_for_a_level_and_staff(ports: Ports, people: People, level: str) -> None:
    """K11: several at once; a broader one makes the narrower needless."""
    article_id = published(ports, people, None, f"{level},{STAFF_KEY}")
    assert keys_of(ports, article_id) == {level, STAFF_KEY}
    assert keys_of(ports, published(ports, people, None, f"{level},customer")) == {"customer"}


def test_it_closes_a_category_for_all_articles_below_at_once(
    ports: Ports, people: People, level: str
) -> None:
    """K11: before any background work; the index follows."""
    top = shelf(ports, people)
    below = shelf(ports, people, parent=top)
    article_id = published(ports, people, below, PUBLIC_KEY)
    settle_index(ports)
    form = NodeInput("会员", access=f"{level},{STAFF_KEY}")
    save_node(ports, people.linzhixia, CATEGORY, top, form)
    assert keys_of(ports, article_id) == {level, STAFF_KEY}
    settle_index(ports)
    asked = SearchRequest("会员折扣", SearchFilter(frozenset({PUBLIC_KEY})))
    assert ports.engine.search(asked).hits == ()
    save_node(ports, people.linzhixia, CATEGORY, top, NodeInput("会员"))
    assert keys_of(ports, article_id) == {PUBLIC_KEY}


def test_it_keeps_an_article_stricter_than_its_category(
    ports: Ports, people: People, level: str
) -> None:
    """K11: stricter is possible, looser is not, and the way back is remembered."""
    closed = shelf(ports, people, "customer")
    article_id = published(ports, people, closed, STAFF_KEY)
    assert keys_of(ports, article_id) == {STAFF_KEY}
    with reading(ports.database) as session:
        version = session.get_one(Article, article_id).version
    form = ArticleInput("会员折扣", "x", "", closed, (), PUBLIC_KEY, version)
    now = save(ports, people.linzhixia, article_id, form)
    assert keys_of(ports, article_id) == {"customer"}
    save(ports, people.linzhixia, article_id, replace(form, category_id=None, version=now))
    assert keys_of(ports, article_id) == {PUBLIC_KEY}


def test_it_says_who_sees_a_thing_and_why(ports: Ports, people: People, level: str) -> None:
    """K11: 谁能看到, and which category is the reason."""
    closed = shelf(ports, people, STAFF_KEY)
    with reading(ports.database) as session:
        seen = seen_by(session, frozenset({PUBLIC_KEY}), closed)
        nobody = seen_by(session, frozenset({level}), closed)
    assert [one.key for one in seen.opens] == [STAFF_KEY]
    assert seen.limited_by is not None
    assert seen.limited_by.name == "会员"
    assert nobody.opens == ()


def test_it_mends_what_was_written_past_the_rule(ports: Ports, people: People) -> None:
    """K11: a row changed by hand is not looser than its category for long."""
    closed, article_id = shelf(ports, people, STAFF_KEY), published(ports, people, None, PUBLIC_KEY)
    with unit_of_work(ports.database) as session:
        session.execute(sa.update(Article).values(category_id=closed))
    assert keys_of(ports, article_id) == {PUBLIC_KEY}
    mend(ports)
    assert keys_of(ports, article_id) == {STAFF_KEY}


def test_it_lets_a_file_be_stricter_than_its_article(
    ports: Ports, people: People, level: str
) -> None:
    """K11 K7: the article is open, the file is for some; its text is found by nobody else."""
    article_id = published(ports, people, None, PUBLIC_KEY)
    link = put(ports, people, article_id, PNG, "价目表.png")
    restrict(ports, people.linzhixia, article_id, link.id, level)
    for stranger in (people.passer_by, people.laochen, people.abo):
        with pytest.raises(NotFound):
            open_file(ports, stranger, link.id)
    with reading(ports.database) as session:
        gold = session.get_one(User, people.xiaoai.user_id).as_viewer()
    assert open_file(ports, gold, link.id).inline
    restrict(ports, people.linzhixia, article_id, link.id, "")
    assert open_file(ports, people.passer_by, link.id).inline
    with pytest.raises(NotAllowed):
        restrict(ports, people.xiaoai, article_id, link.id, "")
