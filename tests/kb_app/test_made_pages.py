"""What a page takes long to make is made once, and never serves what it was not made from (K3)."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from kb_app import articles, made_pages, rendering
from kb_app.errors import NotFound
from kb_app.ports import Ports
from kb_app.render_process import RenderBusy
from models import Article, ArticleMade, ArticleStatus, Viewer, reading, unit_of_work, utcnow
from tests.conftest import People
from tests.factories import make_article, publish_articles, settle_index

DOORS = ("门锁怎么换电池", "按住背板，向下推，换四节五号电池。")
OTHERS = (("门锁怎么换电池（旧款）", DOORS[1]), ("门锁怎么换电池（新款）", DOORS[1]))


def row(ports: Ports, article_id: int) -> ArticleMade | None:
    """What is kept of an article."""
    with reading(ports.database) as session:
        return session.get(ArticleMade, article_id)


def slug(ports: Ports, article_id: int) -> str:
    """Where it is read."""
    with reading(ports.database) as session:
        return session.get_one(Article, article_id).slug


def page(ports: Ports, viewer: Viewer, article_id: int) -> articles.ArticlePage:
    """As this reader sees it now."""
    return articles.read(ports, viewer, slug(ports, article_id), None)


def change(ports: Ports, article_id: int, **values: object) -> None:
    """Behind everybody's back, as another process does."""
    with unit_of_work(ports.database) as session:
        for name, value in values.items():
            setattr(session.get_one(Article, article_id), name, value)


def test_it_serves_what_it_made_and_says_the_same(ports: Ports, people: People) -> None:
    """K3: the second reader gets the first one's page; the HTML is really the kept one."""
    first, *_ = publish_articles(ports, DOORS, *OTHERS)
    fresh = page(ports, people.xiaoai, first)
    assert page(ports, people.xiaoai, first).related == fresh.related
    with unit_of_work(ports.database) as session:
        session.get_one(ArticleMade, first).html = zlib.compress(b"<p>kept</p>")
    kept = page(ports, people.xiaoai, first)
    assert (fresh.html, kept.html) == (rendering.render(DOORS[1]).html, "<p>kept</p>")


@pytest.mark.parametrize("field", ["body", "title"])
def test_it_never_shows_what_an_older_text_said(ports: Ports, people: People, field: str) -> None:
    """K3: what was made of another text is not looked at, whoever changed it and how."""
    (first,) = publish_articles(ports, DOORS)
    page(ports, people.xiaoai, first)
    before = row(ports, first)
    change(ports, first, **{field: "新的说法"})
    now = page(ports, people.xiaoai, first)
    after = row(ports, first)
    assert "新的说法" in (now.html if field == "body" else now.title)
    assert before
    assert after
    assert before.made_from != after.made_from


def test_it_makes_pages_anew_for_other_hosts_and_renderers(ports: Ports, people: People) -> None:
    """K6: a player of a host that is no longer allowed does not outlive its permission."""
    (first,) = publish_articles(ports, ("看视频", "[演示](https://video.example/1)"))
    allowed = replace(
        ports, config=ports.config.model_copy(update={"embed_hosts": "video.example"})
    )
    assert "<iframe" in page(allowed, people.xiaoai, first).html
    assert "<iframe" not in page(ports, people.xiaoai, first).html


def test_it_asks_the_database_who_may_read_a_neighbour(ports: Ports, people: People) -> None:
    """K11: a neighbour that was taken back, restricted or binned is gone with the next page."""
    first, second, third = publish_articles(ports, DOORS, *OTHERS)
    shown = {one.article_id for one in page(ports, people.xiaoai, first).related}
    assert shown == {second, third}
    change(ports, second, status=ArticleStatus.ARCHIVED)
    change(ports, third, deleted_at=utcnow())
    assert page(ports, people.xiaoai, first).related == ()


def test_it_keeps_neighbours_apart_by_what_readers_may_find(ports: Ports, people: People) -> None:
    """K11: what staff find beside an article is not what a stranger is offered."""
    (first,) = publish_articles(ports, DOORS)
    with unit_of_work(ports.database) as session:
        inside = make_article(session, "门锁怎么换电池（内部）", DOORS[1], keys=("staff",)).id
    settle_index(ports)
    assert [one.article_id for one in page(ports, people.abo, first).related] == [inside]
    assert page(ports, people.laochen, first).related == ()
    kept = row(ports, first)
    assert kept
    assert len(kept.near) == 2


def test_it_looks_for_new_neighbours_after_some_hours(ports: Ports, people: People) -> None:
    """K8: an article written later stands beside older ones the same day."""
    (first,) = publish_articles(ports, DOORS)
    assert page(ports, people.xiaoai, first).related == ()
    (later,) = publish_articles(ports, OTHERS[0])
    hours = timedelta(seconds=made_pages.NEAR_SECONDS)
    in_time = replace(ports, clock=lambda: utcnow() + hours)
    assert [one.article_id for one in page(in_time, people.xiaoai, first).related] == [later]


def test_it_keeps_no_page_of_a_text_that_took_too_long(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K6: shown as typed while the machine was busy, properly as soon as it can be."""
    body = "**粗** " * 1000
    (first,) = publish_articles(ports, ("很长", body))

    def busy(*_: object) -> str:
        raise RenderBusy

    with monkeypatch.context() as patched:
        patched.setattr(rendering, "_long", busy)
        assert "**粗**" in page(ports, people.xiaoai, first).html
    assert "<strong>粗</strong>" in page(ports, people.xiaoai, first).html


def test_it_writes_once_for_a_text_that_always_takes_too_long(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K3: who reads it waits for no write, and its neighbours are kept like those of others."""
    first, second = publish_articles(ports, ("很长", "**粗** " * 1000), ("很长", "**粗** " * 999))
    monkeypatch.setattr(rendering, "_long", lambda *_: None)
    shown = page(ports, people.xiaoai, first)
    assert [one.article_id for one in shown.related] == [second]
    kept, later = row(ports, first), replace(ports, clock=lambda: utcnow() + timedelta(seconds=9))
    assert page(later, people.xiaoai, first).related == shown.related
    again = row(ports, first)
    assert kept
    assert again
    assert (again.html, again.near, len(kept.near)) == (b"", kept.near, 1)


def test_more_kinds_of_readers_than_there_is_room_throw_nobody_out(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K3: a site of many groups does not write at every reading; old ones make room."""
    first, second = publish_articles(ports, DOORS, OTHERS[0])
    monkeypatch.setattr(made_pages, "MOST_KINDS_OF_READERS", 1)
    page(ports, people.xiaoai, first)
    before = row(ports, first)
    assert [one.article_id for one in page(ports, people.abo, first).related] == [second]
    after = row(ports, first)
    assert before
    assert after
    assert after.near == before.near
    hours = timedelta(seconds=made_pages.NEAR_SECONDS)
    page(replace(ports, clock=lambda: utcnow() + hours), people.abo, first)
    last = row(ports, first)
    assert last
    assert len(last.near) == 1
    assert last.near.keys() != before.near.keys()


def test_the_worker_makes_pages_ahead_and_then_rests(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K3: also nobody's first page is slow; drafts wait until they are published."""
    clock = [1000.0]
    monkeypatch.setattr(made_pages, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    first, second, third = publish_articles(ports, DOORS, *OTHERS)
    change(ports, third, status=ArticleStatus.DRAFT)
    assert made_pages.make_ahead(ports) is True
    assert made_pages.make_ahead(ports) is False
    with reading(ports.database) as session:
        assert set(session.scalars(sa.select(ArticleMade.article_id))) == {first, second}
    with unit_of_work(ports.database) as session:
        older = session.get_one(ArticleMade, first)
        older.maker, older.made_from, older.html = "older", "older", b"older"
    assert made_pages.make_ahead(ports) is False, "it looks again in a minute"
    clock[0] += made_pages.LOOK_EVERY
    assert made_pages.make_ahead(ports) is True
    assert page(ports, people.xiaoai, first).html == rendering.render(DOORS[1]).html


def test_what_was_made_goes_with_its_article(ports: Ports, people: People) -> None:
    """K8: who empties the bin leaves no copy of the text behind."""
    (first,) = publish_articles(ports, DOORS)
    page(ports, people.xiaoai, first)
    with unit_of_work(ports.database) as session:
        session.delete(session.get_one(Article, first))
    assert row(ports, first) is None
    made = made_pages.Made(rendering.render(""), (), {"article_id": first})
    made_pages.keep(ports, made)
    assert row(ports, first) is None


def test_a_page_of_hidden_text_stays_hidden(ports: Ports, people: People) -> None:
    """K11: that a page is at hand opens it to nobody."""
    (first,) = publish_articles(ports, DOORS)
    address = slug(ports, first)
    page(ports, people.xiaoai, first)
    change(ports, first, status=ArticleStatus.DRAFT)
    with pytest.raises(NotFound):
        articles.read(ports, people.xiaoai, address, None)
