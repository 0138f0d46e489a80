"""What the editor's form takes: any text, both trees, who may read (K6, K11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_app.article_list import ManageFilter, manage
from kb_app.editing import (
    ArticleInput,
    create,
    preview,
    publish,
    save,
    trash,
)
from kb_app.editor_pages import edit
from kb_app.errors import InvalidInput, NotAllowed
from kb_app.ports import Ports
from models import (
    Article,
    ArticleAccess,
    Category,
    Product,
    level_key,
    unit_of_work,
)
from tests.conftest import People
from tests.kb_app.test_editing import FORM, article


@pytest.fixture
def draft_id(ports: Ports, people: People) -> int:
    """A draft of 林知夏."""
    return create(ports, people.linzhixia, FORM)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"title": "？！"}, "title"),
        ({"body": "长" * 200_001}, "body"),
        ({"category_id": 404}, "category_id"),
        ({"product_ids": (404,)}, "product_ids"),
        ({"access": "everybody"}, "access"),
        ({"phrasings": "长" * 201}, "phrasings"),
        ({"phrasings": "\n".join(map(str, range(101)))}, "phrasings"),
    ],
)
def test_it_names_the_field_and_keeps_the_article(
    ports: Ports, people: People, draft_id: int, change: dict[str, Any], field: str
) -> None:
    """K6: a clear error, and what was there stays."""
    with pytest.raises(InvalidInput) as fault:
        save(ports, people.linzhixia, draft_id, replace(FORM, version=1, **change))
    assert fault.value.field == field
    made = article(ports, draft_id)
    assert (made.title, made.body, made.version) == (FORM.title, FORM.body, 1)


def test_it_files_an_article_in_both_trees(ports: Ports, people: People, draft_id: int) -> None:
    """K2 K8: category, products, other phrasings without doubles."""
    with unit_of_work(ports.database) as session:
        session.add_all([Category(slug="c", name="账号"), Product(slug="p", name="App")])
    form = replace(
        FORM,
        category_id=1,
        product_ids=(1, 1),
        phrasings=" 密码忘了 \n\n密码忘了\n登不上",
        version=1,
    )
    save(ports, people.linzhixia, draft_id, form)
    page = edit(ports, people.linzhixia, draft_id)
    assert (page.category_id, page.product_ids) == (1, (1,))
    assert page.phrasings == "密码忘了\n登不上"


def test_it_keeps_finer_access_rules_through_a_saving(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K11: the editor's simple choice does not open what was finer."""
    with unit_of_work(ports.database) as session:
        session.get_one(Article, draft_id).access = [ArticleAccess(key=level_key(3))]
    page = edit(ports, people.linzhixia, draft_id)
    assert page.access == level_key(3)
    save(ports, people.linzhixia, draft_id, replace(FORM, access=page.access, version=page.version))
    assert article(ports, draft_id).access_keys == {level_key(3)}


@pytest.mark.parametrize("access", ["public", "customer", "staff"])
def test_it_sets_who_may_read(ports: Ports, people: People, draft_id: int, access: str) -> None:
    """K11: one word in the editor, one key in the database, back and forth."""
    for word in (access, "public", access):
        version = article(ports, draft_id).version
        save(ports, people.linzhixia, draft_id, replace(FORM, access=word, version=version))
    assert article(ports, draft_id).access_keys == {access}
    assert edit(ports, people.linzhixia, draft_id).access == access


def test_it_lists_and_counts_for_managers(ports: Ports, people: People, draft_id: int) -> None:
    """K8: every state has a number; a search in titles takes signs literally."""
    other = create(ports, people.linzhixia, replace(FORM, title="100% 退款"))
    trash(ports, people.linzhixia, create(ports, people.linzhixia, FORM), 1)
    publish(ports, people.linzhixia, draft_id, 1)
    page = manage(ports, people.linzhixia, ManageFilter())
    assert (page.counts["all"], page.counts["draft"], page.counts["published"]) == (2, 1, 1)
    assert page.counts["deleted"] == 1
    for name, count in page.counts.items():
        assert manage(ports, people.linzhixia, ManageFilter(name)).total == count
    found = manage(ports, people.linzhixia, ManageFilter(query="0%"))
    assert [row.article_id for row in found.rows] == [other]
    with pytest.raises(NotAllowed):
        manage(ports, people.abo, ManageFilter())


@settings(max_examples=40)
@given(title=st.text(max_size=40), body=st.text(max_size=60), phrasings=st.text(max_size=60))
def test_it_keeps_any_text_or_names_a_field(
    ports: Ports, people: People, title: str, body: str, phrasings: str
) -> None:
    """K6: nothing typed into the editor breaks it."""
    try:
        made = create(ports, people.linzhixia, ArticleInput(title, body, phrasings))
    except InvalidInput:
        return
    assert edit(ports, people.linzhixia, made).version == 1


def test_it_previews_without_anything_that_acts(people: People) -> None:
    """K6: the preview is as safe as the page."""
    html = preview(people.linzhixia, "# 标题\n\n<script>alert(1)</script>\x00")
    assert "<h1" in html
    assert "<script" not in html
    with pytest.raises(NotAllowed):
        preview(people.xiaoai, "x")
