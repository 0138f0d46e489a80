"""Writing articles: no edit is lost, every state can come back, search follows (K6, K8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kb_app import article_change
from kb_app.editing import (
    ArticleInput,
    archive,
    create,
    publish,
    restore,
    restore_revision,
    save,
    save_and_publish,
    slug_of,
    trash,
)
from kb_app.editor_pages import compare, edit, revision
from kb_app.errors import EditConflict, NotAllowed, NotFound
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from models import (
    Article,
    ArticleRevision,
    ArticleStatus,
    AuditEntry,
    Job,
    JobKind,
    Viewer,
    reading,
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

    monkeypatch.setattr(article_change, "enqueue", break_down)
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
    assert {line.kind for line in old.diff} == {"change", "same"}
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
