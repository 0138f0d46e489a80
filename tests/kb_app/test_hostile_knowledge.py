"""What writers, files, clocks and links could do to readers, and do not (O3 K7 K8 K11)."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kb_app import article_due, audiences, drafts, file_previews, tree_editing
from kb_app.article_life import PlanInput, plan
from kb_app.comparing import compare
from kb_app.editing import archive, create, publish, restore, save
from kb_app.errors import NotFound
from kb_app.extraction.sandbox import Sandbox
from kb_app.files import Upload, attach, detach, restrict
from kb_app.ports import Ports
from kb_app.rendering import render
from kb_app.sharing import share, shared, shared_file
from kb_app.tree_editing import NodeInput, add
from kb_app.tree_rows import TreeKind
from kb_app.word_diff import side_by_side
from models import Article, ArticleStatus, AuditEntry, reading, unit_of_work
from tests.conftest import People
from tests.factories import make_article, settle_index
from tests.kb_app.test_editing import FORM
from tests.kb_app.test_files import PNG, put
from tests.office_files import pdf

PLAYER = "player.example"


@pytest.mark.parametrize(
    "link",
    [
        '[x" onloadstart="alert(1)](/files/1/a.mp4)',
        '[x" autoplay onplay="alert(1)](/files/1/a.mp3)',
        f'[x" srcdoc="&lt;b&gt;" a="](https://{PLAYER}/v)',
        '<p><a href="/files/1/a.mp4">x" onfocus="alert(1)</a></p>',
    ],
)
def test_it_lets_the_words_of_a_link_add_nothing_to_a_player(link: str) -> None:
    """O3: what stands between the tags becomes a title and stays one."""
    html = render(link, (PLAYER,)).html
    assert "&quot;" in html
    for word in (" onloadstart=", " onplay=", " onfocus=", " srcdoc="):
        assert f'"{word}' not in html


def test_it_publishes_nothing_whose_time_is_over(ports: Ports, people: People) -> None:
    """K8: a worker that was away over both the beginning and the end shows nothing for ever."""
    article_id = create(ports, people.linzhixia, FORM)
    now = ports.clock()
    times = PlanInput(None, now + timedelta(days=1), now + timedelta(days=2), None, 1)
    plan(ports, people.linzhixia, article_id, times)
    late = replace(ports, clock=lambda: now + timedelta(days=3))
    article_due.act(late, article_id)
    article_due.act(late, article_id)
    with reading(ports.database) as session:
        found = session.get_one(Article, article_id)
        assert found.status is ArticleStatus.ARCHIVED
        assert found.expires_at == now + timedelta(days=2)


def test_it_shows_nothing_by_an_old_link_that_was_published_and_taken_back(
    ports: Ports, people: People
) -> None:
    """K8 K11: what is taken out of sight is out of sight for holders of old links too."""
    article_id = create(ports, people.linzhixia, FORM)
    link = attach(ports, people.linzhixia, article_id, Upload("图.png", io.BytesIO(PNG)))
    token = share(ports, people.linzhixia, article_id, 30)
    assert shared(ports, people.passer_by, token).title == FORM.title
    version = publish(ports, people.linzhixia, article_id, 1)
    version = archive(ports, people.linzhixia, article_id, version)
    restore(ports, people.linzhixia, article_id, version)
    with pytest.raises(NotFound):
        shared(ports, people.passer_by, token)
    with pytest.raises(NotFound):
        shared_file(ports, people.passer_by, token, link.id)
    again = share(ports, people.linzhixia, article_id, 1)
    assert shared(ports, people.passer_by, again).title == FORM.title


def test_it_starts_no_process_for_a_page_that_is_not_there(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K7 O3: asking for page 150 of a short file costs nothing, and nobody waits for ever."""
    with unit_of_work(ports.database) as session:
        article_id = make_article(session, "怎么接线").id
    link = put(ports, people, article_id, pdf("第1步"), "手册.pdf")
    settle_index(ports)
    asked: list[int] = []

    def page(_self: Sandbox, _source: object, number: int, _width: int) -> bytes:
        asked.append(number)
        return b"png"

    monkeypatch.setattr(Sandbox, "page", page)
    with pytest.raises(NotFound):
        file_previews.drawn_page(ports, people.passer_by, link.id, 150)
    monkeypatch.setattr(file_previews, "WAIT_SECONDS", 0.01)
    with file_previews._drawing, file_previews._drawing, pytest.raises(NotFound):
        file_previews.drawn_page(ports, people.passer_by, link.id, 1)
    assert asked == []
    assert file_previews.drawn_page(ports, people.passer_by, link.id, 1).read_bytes() == b"png"


def test_it_notes_who_was_let_in_by_whom(ports: Ports, people: People) -> None:
    """K11 A2: readers of articles, categories and files change in the log as well."""
    article_id = create(ports, people.linzhixia, FORM)
    link = attach(ports, people.linzhixia, article_id, Upload("图.png", io.BytesIO(PNG)))
    save(ports, people.linzhixia, article_id, replace(FORM, access="staff", version=1))
    restrict(ports, people.linzhixia, article_id, link.id, "staff")
    detach(ports, people.linzhixia, article_id, link.id)
    same = attach(ports, people.linzhixia, article_id, Upload("图.png", io.BytesIO(PNG)))
    assert [audience.key for audience in same.seen_by] == ["staff"]
    add(ports, people.linzhixia, TreeKind.CATEGORY, None, NodeInput("内部", access="staff"))
    with reading(ports.database) as session:
        rows = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    told = [(row.action, row.detail) for row in rows]
    assert ("article.access", {"before": "public", "after": "staff"}) in told
    assert ("file.restrict", {"filename": "图.png", "readers": ["staff"]}) in told
    assert [action for action, _ in told].count("file.attach") == 2
    assert ("category.add", {"name": "内部", "readers": "staff"}) in told


def test_it_closes_more_articles_than_it_looks_at_at_once(
    ports: Ports, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K11: a category of any size is closed whole, a part of its articles in memory at a time."""
    monkeypatch.setattr(audiences, "AT_ONCE", 2)
    node = add(ports, people.linzhixia, TreeKind.CATEGORY, None, NodeInput("内部"))
    with unit_of_work(ports.database) as session:
        for number in range(5):
            make_article(session, f"第{number}篇").category_id = node
    change = NodeInput("内部", access="staff")
    tree_editing.save(ports, people.linzhixia, TreeKind.CATEGORY, node, change)
    with reading(ports.database) as session:
        found = session.scalars(sa.select(Article)).all()
        assert [article.access_keys for article in found] == [frozenset({"staff"})] * 5


def test_it_takes_no_key_that_is_longer_than_a_number(ports: Ports, people: People) -> None:
    """O1: an address made up by hand is not found, never an error of the site."""
    for key in ("000000000001" + "9" * 25, "0", "1" * 30):
        with pytest.raises(NotFound):
            drafts.keep(ports, people.linzhixia, key, None)


def test_it_compares_a_text_of_one_word_in_bounded_time() -> None:
    """K8 O3: a hundred lines of the same two words do not hold a thread for a minute."""
    old = "\n".join(f"{n}" + " .," * 650 for n in range(90))
    new = "\n".join(f"{n}" + " ,." * 650 for n in range(90))
    begun = time.perf_counter()
    assert side_by_side(compare(old, new))
    assert time.perf_counter() - begun < 10
