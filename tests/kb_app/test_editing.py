"""Writing articles: no edit is lost, every state can come back, search follows (K6, K8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from kb_app import editing
from kb_app.editing import (
    ArticleInput,
    archive,
    create,
    preview,
    publish,
    restore,
    restore_revision,
    save,
    save_and_publish,
    slug_of,
    trash,
)
from kb_app.editor_pages import ManageFilter, compare, edit, manage, revision
from kb_app.errors import EditConflict, InvalidInput, NotAllowed, NotFound
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from models import (
    STAFF_KEY,
    Article,
    ArticleAccess,
    ArticleRevision,
    ArticleStatus,
    AuditEntry,
    Category,
    Job,
    JobKind,
    Product,
    Viewer,
    level_key,
    reading,
    unit_of_work,
)
from tests.conftest import People
from tests.factories import settle_index

FORM = ArticleInput("忘记密码怎么重设", "点忘记密码")


def article(ports: Ports, article_id: int) -> Article:
    """The article as it is now, with its access keys loaded."""
    with reading(ports.database) as session:
        found = session.get_one(Article, article_id)
        assert found.access_keys is not None
        assert found.products is not None
        return found


@pytest.fixture
def draft_id(ports: Ports, people: People) -> int:
    """A draft of 林知夏."""
    return create(ports, people.linzhixia, FORM)


def _found(ports: Ports, viewer: Viewer) -> list[int]:
    settle_index(ports)
    return [row.article_id for row in find(ports, viewer, SearchForm("忘记密码")).rows]


def test_it_begins_as_a_draft_nobody_finds(ports: Ports, people: People, draft_id: int) -> None:
    """K8: written by, first revision, audit entry; not readable yet."""
    made = article(ports, draft_id)
    assert (made.status, made.author_id) == (ArticleStatus.DRAFT, people.linzhixia.user_id)
    assert made.access_keys == {"public"}
    assert _found(ports, people.xiaoai) == []
    with reading(ports.database) as session:
        assert session.scalars(sa.select(ArticleRevision.number)).all() == [1]
        assert session.scalars(sa.select(AuditEntry.action)).all() == ["article.create"]


def test_it_tells_the_second_of_two_writers(ports: Ports, people: People, draft_id: int) -> None:
    """K6: both opened version 1; the second saving is refused, the first stands."""
    version = save(ports, people.linzhixia, draft_id, replace(FORM, body="先保存的", version=1))
    with pytest.raises(EditConflict):
        save(ports, people.linzhixia, draft_id, replace(FORM, body="后保存的", version=1))
    assert article(ports, draft_id).body == "先保存的"
    save(ports, people.linzhixia, draft_id, replace(FORM, body="看过再存", version=version))
    assert article(ports, draft_id).body == "看过再存"


def test_it_lets_one_of_eight_savings_through(ports: Ports, people: People, draft_id: int) -> None:
    """K6: in a real race exactly one wins and one revision is written."""

    def try_to(place: int) -> bool:
        try:
            save(ports, people.linzhixia, draft_id, replace(FORM, body=str(place), version=1))
        except EditConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(try_to, range(8)))
    assert won.count(True) == 1
    assert article(ports, draft_id).body == str(won.index(True))
    with reading(ports.database) as session:
        assert session.scalars(sa.select(ArticleRevision.number)).all() == [1, 2]


Change = Callable[[Ports, Viewer, int, int], int]


@pytest.mark.parametrize("change", [publish, archive, trash, restore])
def test_it_asks_every_change_for_the_version_seen(
    ports: Ports, people: People, draft_id: int, change: Change
) -> None:
    """K6 K8: nobody publishes or bins what they did not look at."""
    save(ports, people.linzhixia, draft_id, replace(FORM, version=1))
    with pytest.raises(EditConflict):
        change(ports, people.linzhixia, draft_id, 1)
    with pytest.raises(NotFound):
        change(ports, people.linzhixia, 404, 1)
    for other in (people.abo, people.xiaoai):
        with pytest.raises(NotAllowed):
            change(ports, other, draft_id, 2)


def test_it_is_found_from_publishing_to_archiving(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8: the next search follows every step of an article's life."""
    writer = people.linzhixia
    version = publish(ports, writer, draft_id, 1)
    assert _found(ports, people.xiaoai) == [draft_id]
    published_at = article(ports, draft_id).published_at
    version = archive(ports, writer, draft_id, version)
    assert _found(ports, people.xiaoai) == []
    version = restore(ports, writer, draft_id, version)
    assert article(ports, draft_id).status is ArticleStatus.DRAFT
    version = publish(ports, writer, draft_id, version)
    assert _found(ports, people.xiaoai) == [draft_id]
    assert article(ports, draft_id).published_at == published_at
    trash(ports, writer, draft_id, version)
    assert _found(ports, people.xiaoai) == []


def test_it_writes_the_index_job_with_the_change(
    ports: Ports, people: People, draft_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1: a change and its way into the index happen together or not at all."""

    def break_down(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(editing, "enqueue", break_down)
    with pytest.raises(ZeroDivisionError):
        publish(ports, people.linzhixia, draft_id, 1)
    monkeypatch.undo()
    assert article(ports, draft_id).status is ArticleStatus.DRAFT
    publish(ports, people.linzhixia, draft_id, 1)
    with reading(ports.database) as session:
        job = session.scalars(sa.select(Job)).one()
        assert (job.kind, job.payload) == (JobKind.INDEX_ARTICLE, {"article_id": draft_id})


def test_it_saves_and_publishes_in_one_step(ports: Ports, people: People, draft_id: int) -> None:
    """K8: exactly what is in the editor becomes readable."""
    form = replace(FORM, body="忘记密码请看这里", version=1)
    save_and_publish(ports, people.linzhixia, draft_id, form)
    made = article(ports, draft_id)
    assert (made.status, made.body) == (ArticleStatus.PUBLISHED, form.body)
    with pytest.raises(EditConflict):
        save_and_publish(ports, people.linzhixia, draft_id, form)


def test_it_brings_an_earlier_state_back_as_a_new_one(
    ports: Ports, people: People, draft_id: int
) -> None:
    """K8: history only grows; the diff tells what changed."""
    writer = people.linzhixia
    version = save(
        ports, writer, draft_id, replace(FORM, title="改了", body="新的\n点忘记密码", version=1)
    )
    old = revision(ports, writer, draft_id, 1)
    assert (old.title, old.body) == (FORM.title, FORM.body)
    assert {line.kind for line in old.diff} == {"add", "del", "same"}
    version = restore_revision(ports, writer, draft_id, 1, version)
    made = article(ports, draft_id)
    assert (made.title, made.body) == (FORM.title, FORM.body)
    assert [row.number for row in edit(ports, writer, draft_id).revisions] == [3, 2, 1]
    with pytest.raises(NotFound):
        restore_revision(ports, writer, draft_id, 99, version)
    with pytest.raises(NotFound):
        revision(ports, writer, draft_id, 99)


@given(before=st.text("ab\n+-? "), after=st.text("ab\n+-? "))
def test_it_compares_so_that_both_sides_can_be_read_off(before: str, after: str) -> None:
    """K8: same and deleted lines are the old text, same and added ones the new."""
    lines = compare(before, after)
    assert [line.text for line in lines if line.kind != "add"] == before.splitlines()
    assert [line.text for line in lines if line.kind != "del"] == after.splitlines()


def test_it_gives_every_article_its_own_address(ports: Ports, people: People) -> None:
    """K8: the same title five times, five addresses; no title breaks an address."""
    titles = ["同名"] * 5 + ["C++", "！？a", "ＡＢＣ　１２", "Ⅳ 号门锁/说明"]
    slugs = [
        article(ports, create(ports, people.linzhixia, replace(FORM, title=title))).slug
        for title in titles
    ]
    assert len(set(slugs)) == len(slugs)
    assert slugs[0] == "同名"
    assert slugs[-2] == "abc-12"


@given(st.text())
def test_it_makes_an_address_of_any_title(title: str) -> None:
    """K8: one path segment, never empty, never too long for its column."""
    slug = slug_of(title)
    assert 0 < len(slug) <= 120
    assert "/" not in slug
    assert slug == slug.strip()


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
    assert page.access == STAFF_KEY
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
