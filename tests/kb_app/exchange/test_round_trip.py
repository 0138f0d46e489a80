"""Everything out and back in: the same site again, field by field (K14)."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kb_app import bootstrap, demo
from kb_app.config import Config
from kb_app.errors import NotFound
from kb_app.exchange import runs
from kb_app.exchange.details import told
from kb_app.exchange.known import content_of
from kb_app.files import Upload, attach, stored_path
from kb_app.ports import Ports
from models import (
    Article,
    ArticlePlan,
    ArticleRedirect,
    ArticleRelated,
    ArticleRevision,
    ArticleStats,
    Attachment,
    AttachmentAccess,
    Category,
    CategoryAccess,
    CustomerLevel,
    Product,
    User,
    choose_access,
    level_key,
    reading,
    unit_of_work,
    utcnow,
)
from tests.conftest import SECRET
from tests.kb_app.exchange.conftest import Exchange

PNG = b"\x89PNG\r\n\x1a\n" + b"2" * 40


@pytest.fixture
def fresh(tmp_path: Path, empty_sqlite: Path) -> Iterator[Ports]:
    """A second, empty site."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    shutil.copy(empty_sqlite, folder / "wenda.db")
    config = Config(data_dir=folder, secret_key=SECRET, encoder="none", mail_url="console:")
    built = bootstrap.build(config)
    yield built
    bootstrap.close(built)


@pytest.fixture
def full(ports: Ports) -> Exchange:
    """The demo site with everything an article can have."""
    demo.load(ports)
    with reading(ports.database) as session:
        owner = session.scalars(sa.select(User).where(User.email.like("owner@%"))).one().as_viewer()
        first, second, third = session.scalars(sa.select(Article.id).order_by(Article.id)).all()[:3]
    picture = attach(ports, owner, first, Upload("步骤 图(1).png", io.BytesIO(PNG)))
    attach(ports, owner, second, Upload("手册.pdf", io.BytesIO(b"%PDF-1.4 text")))
    with unit_of_work(ports.database) as session:
        article = session.get_one(Article, first)
        article.body += f"\n\n![图](/files/{picture.id}/x.png)\n\n---\n\n= 末行"
        article.phrasings = ['带"引号"的问法', "冒号: 与 # 号"]
        level = CustomerLevel(name="金卡", rank=2)
        session.add(level)
        session.flush()
        session.add(AttachmentAccess(attachment_id=picture.id, key="staff"))
        choose_access(session, session.get_one(Article, second), {level_key(level.id)})
        session.add(ArticleRelated(article_id=first, related_id=third, position=0))
        session.add(ArticleRedirect(slug="old-address", article_id=second))
        session.add(ArticlePlan(article_id=third, review_by=utcnow()))
        category = session.scalars(sa.select(Category)).first()
        assert category is not None
        session.add(CategoryAccess(category_id=category.id, key="customer"))
    return Exchange(ports, owner)


def picture_of(ports: Ports) -> dict[str, Any]:
    """Everything a site knows about its articles, without the numbers rows have."""
    with reading(ports.database) as session:
        slugs = dict(session.execute(sa.select(Article.id, Article.slug)).all())
        articles = session.scalars(sa.select(Article).order_by(Article.slug)).all()
        nodes = {
            kind.__tablename__: {
                node.slug: {**told(node), "parent": node.parent_id is not None}
                for node in _all(session, kind)
            }
            for kind in (Category, Product)
        }
        return {
            "articles": {article.slug: _article(session, article) for article in articles},
            "stats": {
                slugs[row.article_id]: told(row, ["changed_at"])
                for row in _all(session, ArticleStats)
            },
            "plans": {slugs[row.article_id]: told(row) for row in _all(session, ArticlePlan)},
            "related": {
                (slugs[r.article_id], slugs[r.related_id]) for r in _all(session, ArticleRelated)
            },
            "redirects": {
                (row.slug, slugs[row.article_id]) for row in _all(session, ArticleRedirect)
            },
            "closed": len(_all(session, CategoryAccess)),
            **nodes,
        }


def _all(session: Any, kind: Any) -> list[Any]:
    return list(session.scalars(sa.select(kind)))


def _article(session: Any, article: Article) -> dict[str, Any]:
    files = session.scalars(
        sa.select(Attachment).where(Attachment.article_id == article.id).order_by(Attachment.id)
    ).all()
    body = article.body
    for row in files:
        body = body.replace(f"/files/{row.id}/", f"/files/{row.sha256}/")
    values = content_of(article)
    revisions = session.scalars(
        sa.select(ArticleRevision).where(ArticleRevision.article_id == article.id)
    )
    return {
        **values,
        **told(article, ["external_id"]),
        "external_id": article.external_id,
        "body": body.split("/files/")[0],
        "category": article.category.slug if article.category else None,
        "products": [product.slug for product in article.products],
        "files": [(row.sha256, row.filename, len(row.access)) for row in files],
        "revisions": [(row.number, row.title, len(row.body)) for row in revisions],
    }


@pytest.mark.slow
def test_it_brings_everything_back_as_it_was(full: Exchange, fresh: Ports) -> None:
    """K14: articles, trees, readers, files, numbers, plans, neighbours, former addresses."""
    with unit_of_work(fresh.database) as session:
        session.add(CustomerLevel(name="银卡", rank=1))
        session.add(CustomerLevel(name="金卡", rank=2))
    data = full.give(versions=True)
    other = Exchange(fresh, full.viewer)
    with unit_of_work(fresh.database) as session:
        person = User(id=full.viewer.user_id, email="o@x.cn", name="主", password_hash="-")
        person.role = full.viewer.role
        session.add(person)
    run = other.bring("wenda", "wenda-export.zip", data)
    assert (run.state, run.refused, run.conflicts, run.notes) == ("done", 0, 0, [])
    before, after = picture_of(full.ports), picture_of(fresh)
    for part in before:
        if part != "articles":
            assert after[part] == before[part], part
    for slug, article in before["articles"].items():
        expected = {**article, "access": after["articles"][slug]["access"]}
        assert after["articles"][slug] == expected, slug
    with reading(fresh.database) as session:
        gold = session.scalars(sa.select(CustomerLevel).where(CustomerLevel.name == "金卡")).one()
        closed = session.scalars(
            sa.select(Article).where(Article.slug.in_(before["articles"]))
        ).all()
        assert {level_key(gold.id)} in [article.own_keys for article in closed]
        for row in session.scalars(sa.select(Attachment)):
            assert stored_path(fresh, row.sha256).is_file()
    assert other.bring("wenda", "again.zip", data).same == len(before["articles"])


@pytest.mark.slow
def test_it_changes_nothing_when_brought_back_to_where_it_came_from(full: Exchange) -> None:
    """K14: an export of this very site holds no news for it."""
    before = picture_of(full.ports)
    run = full.bring("wenda", "wenda-export.zip", full.give())
    assert (run.created, run.changed, run.conflicts) == (0, 0, 0)
    assert picture_of(full.ports) == before


def test_it_never_opens_what_was_closed(exchange: Exchange) -> None:
    """K11 K14: a level this site does not know becomes staff only."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("wenda.json", json.dumps({"format": "wenda"}))
        file.writestr(
            "articles/a.md", '---\ntitle: "密"\nslug: "a"\naccess: ["level:钻石"]\n---\n内容\n'
        )
    assert exchange.bring("wenda", "x.zip", made.getvalue()).created == 1
    with reading(exchange.ports.database) as session:
        article = session.scalars(sa.select(Article).where(Article.slug == "a")).one()
        assert article.access_keys == {"staff"}


def test_it_writes_a_sheet_no_spreadsheet_takes_for_formulas(exchange: Exchange) -> None:
    """K14 O3: =, +, -, @ get a quote before them, which an import takes away again."""
    said = "=HYPERLINK(1)"
    exchange.bring("csv", "a.csv", f'编号,问题,答案\n1,"{said}","@SUM(1)"\n'.encode())
    data = exchange.give("csv").decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(data)))[1]
    assert row[1:3] == ["'=HYPERLINK(1)", "'@SUM(1)"]
    assert exchange.bring("csv", "b.csv", data.encode()).same == 1


def test_it_leaves_nothing_of_a_cut_off_export(exchange: Exchange) -> None:
    """K14: what can be downloaded is whole."""
    exchange.give("csv")
    with pytest.raises(NotFound):
        runs.product(exchange.ports, exchange.viewer, 999)
