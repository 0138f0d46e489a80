"""What is closed stays closed on its way out and in, whatever a file leaves unsaid (K11 K14)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa

from kb_app import trees
from kb_app.exchange import beside
from kb_app.exchange.details import put
from kb_app.exchange.judging import OnConflict
from kb_app.tree_editing import NodeInput, add
from kb_app.tree_rows import TreeKind
from models import (
    Article,
    ArticleStats,
    Attachment,
    AttachmentAccess,
    AuditEntry,
    Category,
    Role,
    choose_access,
    reading,
    site_settings,
    unit_of_work,
)
from tests.factories import make_article, make_user
from tests.kb_app.exchange.conftest import Exchange


def own_zip(**parts: Any) -> bytes:
    """A file as this product exports it, with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("wenda.json", json.dumps({"format": "wenda"}))
        for name, data in parts.items():
            if isinstance(data, str):
                file.writestr(f"articles/{name}.md", data)
            else:
                file.writestr(f"{name}.json", json.dumps(data))
    return made.getvalue()


def closed_article(exchange: Exchange, title: str) -> int:
    """An article for staff alone."""
    with unit_of_work(exchange.ports.database) as session:
        article = make_article(session, title)
        choose_access(session, article, {"staff"})
        return article.id


def readers(exchange: Exchange, title: str) -> list[frozenset[str]]:
    """Who may read each article of this title."""
    with reading(exchange.ports.database) as session:
        found = session.scalars(sa.select(Article).where(Article.title == title))
        return [article.access_keys for article in found]


def test_it_keeps_readers_when_a_sheet_comes_back(exchange: Exchange) -> None:
    """K11 K14: a closed article given out as a sheet is neither opened nor doubled by it."""
    closed_article(exchange, "内部退款上限")
    sheet = exchange.give("csv").replace("内部退款上限".encode(), "内部退款上限（新）".encode())
    exchange.bring("csv", "a.csv", sheet, OnConflict.REPLACE)
    assert readers(exchange, "内部退款上限（新）") == [frozenset({"staff"})]
    with reading(exchange.ports.database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Article)) == 1


def test_it_keeps_readers_a_sheet_says_nothing_about(exchange: Exchange) -> None:
    """K11 K14: whoever sends question and answer alone changes question and answer alone."""
    exchange.bring("csv", "a.csv", "编号,问题,答案,可见范围\n7,密,旧,内部\n".encode())
    assert exchange.article("7").access_keys == {"staff"}
    exchange.bring("csv", "b.csv", "编号,问题,答案\n7,密,新\n".encode())
    assert exchange.article("7").body == "新"
    assert exchange.article("7").access_keys == {"staff"}


def test_it_keeps_the_category_that_closes_an_article(exchange: Exchange) -> None:
    """K11 K14: no column, and no stroke in its name, takes an article out of its category."""
    tree = (exchange.ports, exchange.viewer, TreeKind.CATEGORY)
    node = add(*tree, None, NodeInput("退款/退货 内部", access="staff"))
    exchange.bring("csv", "a.csv", "编号,问题,答案\n7,密,旧\n".encode())
    with unit_of_work(exchange.ports.database) as session:
        article = session.scalars(sa.select(Article)).one()
        article.category_id = node
        choose_access(session, article, {"public"})
    exchange.bring("csv", "b.csv", "编号,问题,答案\n7,密,新\n".encode(), OnConflict.REPLACE)
    assert exchange.article("7").access_keys == {"staff"}
    sheet = exchange.give("csv").replace("新".encode(), "更新".encode())
    exchange.bring("csv", "c.csv", sheet, OnConflict.REPLACE)
    found = exchange.article("7")
    assert (found.body, found.category_id) == ("更新", node)
    assert found.access_keys == {"staff"}
    assert exchange.count(Category) == 1


def test_it_ties_no_knot_into_a_tree(exchange: Exchange) -> None:
    """K7 K14: categories that lie in each other come in beside each other."""
    nodes = [
        {"slug": "a", "name": "甲", "parent": "b"},
        {"slug": "b", "name": "乙", "parent": "a"},
        {"slug": "../c", "name": "丙", "parent": "b"},
    ]
    assert exchange.bring("wenda", "a.zip", own_zip(trees={"categories": nodes})).state == "done"
    with reading(exchange.ports.database) as session:
        tree = trees.categories(session)
        assert len(tree.choices()) == len(tree.nodes) == 3
        assert all("/" not in node.slug for node in tree.nodes)


def test_it_builds_no_tree_deeper_than_a_page_can_show(exchange: Exchange) -> None:
    """K7 K14: a thousand categories each inside the next come in, and the pages still open."""
    nodes = [{"slug": f"c{n}", "name": f"第{n}层", "parent": f"c{n + 1}"} for n in range(2_000)]
    assert exchange.bring("wenda", "a.zip", own_zip(trees={"categories": nodes})).state == "done"
    with reading(exchange.ports.database) as session:
        tree = trees.categories(session)
        assert len(tree.nodes) == 2_000
        assert max(len(tree.path(node.id)) for node in tree.nodes) <= trees.DEEPEST
        assert tree.cards(None, {})


def test_it_puts_no_file_down_without_its_readers(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K11 K14: a restricted file that is brought in is never open, not even for a moment."""
    key = hashlib.sha256(b"secret").hexdigest()
    head = {"sha256": key, "name": "a.txt", "path": f"../files/{key}/a.txt", "access": ["staff"]}
    text = f'---\ntitle: "甲"\nslug: "a"\nfiles: [{json.dumps(head)}]\n---\n内容\n'
    made = io.BytesIO(own_zip(a=text))
    with zipfile.ZipFile(made, "a") as file:
        file.writestr(f"files/{key}/a.txt", b"secret")

    def cut_off(_session: object) -> object:
        raise OSError

    monkeypatch.setattr(beside, "AudienceNames", cut_off)
    assert exchange.bring("wenda", "a.zip", made.getvalue()).notes[0]["code"] == "file"
    assert exchange.count(Attachment) == 0
    monkeypatch.undo()
    with unit_of_work(exchange.ports.database) as session:
        session.execute(sa.delete(Article))
    assert exchange.bring("wenda", "a.zip", made.getvalue()).created == 1
    with reading(exchange.ports.database) as session:
        assert session.scalars(sa.select(AttachmentAccess.key)).all() == ["staff"]


def test_it_packs_no_path_that_leaves_the_folder(exchange: Exchange) -> None:
    """K14 O3: an address that came from outside cannot climb when an export is unpacked."""
    evil = '---\ntitle: "甲"\nslug: "../../../tmp/x"\n---\n内容\n'
    assert exchange.bring("wenda", "a.zip", own_zip(a=evil)).created == 1
    with zipfile.ZipFile(io.BytesIO(exchange.give())) as made:
        names = [name for name in made.namelist() if name.startswith("articles/")]
    assert len(names) == 1
    assert ".." not in names[0].split("/")
    assert names[0].count("/") == 1


def test_it_takes_no_number_a_database_cannot_hold() -> None:
    """K14 O1: what is beyond every column is passed over, not a run that never ends."""
    stats = ArticleStats(article_id=1, views=3, heat=1.0)
    put(stats, {"views": 10**30, "heat": float("inf"), "helpful": float("nan"),
                "changed_at": "0001-01-01T00:00:00+14:00"})  # fmt: skip
    assert (stats.views, stats.heat) == (3, 1.0)
    assert "helpful" not in stats.__dict__
    assert "changed_at" not in stats.__dict__
    article = Article(title="", slug="s")
    put(article, {"slug": "a\x00b\ud800c"})
    assert article.slug == "abc"


def test_it_keeps_only_the_beginning_of_a_huge_cell(exchange: Exchange) -> None:
    """K14 O3: what a person sees of a sheet to tell its columns apart is small."""
    wide = ",".join("长" * 90_000 for _ in range(40))
    run = exchange.read("csv", "a.csv", f"问题,答案\n甲,乙\n{wide}\n".encode())
    assert run.state == "mapping"
    assert max(len(cell) for row in run.options["columns"]["sample"] for cell in row) <= 200


def test_it_notes_who_brought_a_look_along(exchange: Exchange) -> None:
    """K12 K14: a look that comes in by a file is in the log like one that was chosen."""
    with unit_of_work(exchange.ports.database) as session:
        admin = make_user(session, "方园", Role.ADMIN).as_viewer()
    Exchange(exchange.ports, admin).bring(
        "wenda", "a.zip", own_zip(settings={"look": {"name": "新站"}})
    )
    with reading(exchange.ports.database) as session:
        assert site_settings(session).look["name"] == "新站"
        deeds = session.scalars(sa.select(AuditEntry.action)).all()
        assert "look.import" in deeds
