"""Bringing articles in: resumable, repeatable, and no line can stop the others (K14)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from kb_app import importing
from kb_app.errors import InvalidInput
from kb_app.importing import Row, import_jsonl, parse_row
from kb_app.ports import Ports
from kb_app.search import SearchForm, find
from models import Article, ArticleRevision, Category, Job, Product, reading
from tests.conftest import People
from tests.factories import settle_index

LINES: list[dict[str, Any]] = [
    {"id": "a-1", "title": "忘记密码", "body": "点忘记密码", "category": ["账号", "登录"]},
    {"id": "a-2", "title": "门锁没电", "body": "换电池", "category": ["设备"], "products": ["L1"]},
    {"id": 3, "body": "没有标题的正文。第二句。"},
]


def write(path: Path, *lines: object) -> Path:
    """A file of these lines; what is not text is written as JSON."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def count(ports: Ports, table: type) -> int:
    """How many rows there are."""
    with reading(ports.database) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_it_imports_and_finds(ports: Ports, people: People, tmp_path: Path) -> None:
    """K14: published, public, filed by path, found by the next search."""
    done: list[int] = []
    report = import_jsonl(ports, write(tmp_path / "a.jsonl", *LINES), done.append)
    settle_index(ports)
    assert (report.created, report.changed, report.same, report.faults) == (3, 0, 0, [])
    assert sum(done) == 3
    assert [row.slug for row in find(ports, people.passer_by, SearchForm("忘记密码")).rows] == [
        "a-1"
    ]
    with reading(ports.database) as session:
        article = session.scalars(sa.select(Article).where(Article.external_id == "a-1")).one()
        login = session.get_one(Category, article.category_id)
        assert login.name == "登录"
        assert session.get_one(Category, login.parent_id).name == "账号"
        untitled = session.scalars(sa.select(Article).where(Article.external_id == "3")).one()
        assert untitled.title.startswith("没有标题的正文")


def test_it_changes_nothing_on_a_second_run(ports: Ports, tmp_path: Path) -> None:
    """K14: no new version, no revision, no job, no doubled category."""
    path = write(tmp_path / "a.jsonl", *LINES)
    import_jsonl(ports, path)
    tables = (Article, ArticleRevision, Job, Category, Product)
    before = [count(ports, table) for table in tables]
    report = import_jsonl(ports, path)
    assert (report.created, report.changed, report.same) == (0, 0, 3)
    assert [count(ports, table) for table in tables] == before


@pytest.mark.parametrize("names", [["B", "A"], ["A", "A", "B"]])
def test_it_does_not_care_about_the_order_of_products(
    ports: Ports, tmp_path: Path, names: list[str]
) -> None:
    """K14: the same products told in another order, or twice, are no change."""
    rows = [
        {"id": i, "title": f"文章 {i}", "products": list(n)} for i, n in enumerate((names, "AB"))
    ]
    path = write(tmp_path / "a.jsonl", *rows)
    assert import_jsonl(ports, path).created == 2
    assert import_jsonl(ports, path).same == 2


def test_it_goes_on_where_it_was_cut_off(
    ports: Ports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K14 O1: a killed import is finished by running it again."""
    monkeypatch.setattr(importing, "BATCH", 2)
    path = write(tmp_path / "a.jsonl", *({"id": i, "title": f"文章 {i}"} for i in range(7)))

    def die(_count: int) -> None:
        if count(ports, Article) >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_jsonl(ports, path, die)
    assert count(ports, Article) == 4
    report = import_jsonl(ports, path)
    assert (report.created, report.same) == (3, 4)
    assert count(ports, Job) == 7


def test_it_updates_what_changed_outside(ports: Ports, tmp_path: Path) -> None:
    """K14 K8: a new text is a new revision of the same article."""
    path = write(tmp_path / "a.jsonl", *LINES)
    import_jsonl(ports, path)
    write(path, {**LINES[0], "body": "改了"}, *LINES[1:])
    assert import_jsonl(ports, path).changed == 1
    with reading(ports.database) as session:
        article = session.scalars(sa.select(Article).where(Article.external_id == "a-1")).one()
        assert (article.body, article.slug) == ("改了", "a-1")
        numbers = sa.select(ArticleRevision.number).where(ArticleRevision.article_id == article.id)
        assert session.scalars(numbers).all() == [1, 2]


BAD_LINES = [
    "{not json",
    '"a word"',
    "[" * 200_000,
    '{"id": ' + "9" * 5_000 + "}",
    {"title": "没有编号"},
    {"id": None, "title": "空编号"},
    {"id": True, "title": "怪编号"},
    {"id": "x" * 121, "title": "编号太长"},
    {"id": "b"},
    {"id": "b", "title": ["不是文字"]},
    {"id": "b", "title": "路径", "category": [1, 2]},
    {"id": "b", "title": "路径", "category": ["深"] * 2_000},
    {"id": "b", "title": "长", "body": "长" * 200_001},
]


@pytest.mark.parametrize("bad", BAD_LINES, ids=range(len(BAD_LINES)))
def test_it_reports_a_bad_line_by_number_and_imports_the_others(
    ports: Ports, tmp_path: Path, bad: object
) -> None:
    """K14: one bad line is a line in the report, not the end."""
    path = write(tmp_path / "a.jsonl", LINES[0], "", bad, LINES[1])
    report = import_jsonl(ports, path)
    assert report.created == 2
    [(number, reason)] = report.faults
    assert number == 3
    assert 0 < len(reason) <= 200


def test_it_reads_gzip_and_a_byte_order_mark(ports: Ports, tmp_path: Path) -> None:
    """K14: files as other programs leave them."""
    text = "\ufeff" + "\r\n".join(json.dumps(line, ensure_ascii=False) for line in LINES)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(text.encode()))
    report = import_jsonl(ports, path)
    assert (report.created, report.faults) == (3, [])


def test_it_survives_bytes_that_are_no_text(ports: Ports, tmp_path: Path) -> None:
    """K14: a broken encoding costs characters, not the import."""
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"id": "a", "title": "密码'.encode() + b'\xff\xfe"}\n')
    assert import_jsonl(ports, path).created == 1


def test_it_keeps_addresses_apart(ports: Ports, tmp_path: Path) -> None:
    """K8: ids that look alike in an address get different ones."""
    names = ("A 1", "a-1", "a_1", "Ａ 1")
    path = write(tmp_path / "a.jsonl", *({"id": name, "title": name} for name in names))
    assert import_jsonl(ports, path).created == len(names)
    with reading(ports.database) as session:
        assert len(set(session.scalars(sa.select(Article.slug)))) == len(names)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "body", "category", "products", "phrasings"]), json_values
    )
    | json_values
)
def test_it_makes_a_row_of_any_json_or_names_a_fault(data: Any) -> None:
    """K14: whatever a line holds, it is used or refused, and what is used can be stored."""
    try:
        row = parse_row(data)
    except InvalidInput:
        return
    assert isinstance(row, Row)
    assert row.external_id
    assert row.title
    for text in (row.external_id, row.title, row.body, *row.category, *row.products):
        text.encode()
