"""Folders of Markdown files with pictures and heads (K14)."""

from __future__ import annotations

from kb_app import editing
from kb_app.exchange.judging import OnConflict
from models import Article, ArticleStatus, Attachment, Category, Job, reading
from tests.conftest import People
from tests.kb_app.exchange.conftest import Exchange
from tests.office_files import zipped

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
FOLDER: dict[str, bytes | str] = {
    "docs/账号/忘记密码.md": "# 忘记密码怎么办\n\n点“忘记密码”。\n\n![步骤](../图/a.png)\n",
    "docs/图/a.png": PNG,
    "docs/门锁.md": (
        "---\ntitle: 门锁没电了\nid: lock-1\ncategory: 设备 / 门锁\nproducts: [L1, L2]\n"
        "phrasings:\n  - 锁没电\n  - 门打不开\nstatus: draft\naccess: staff\n---\n换电池。\n"
    ),
}


def test_it_brings_in_a_folder_with_pictures(exchange: Exchange) -> None:
    """K14: titles, categories from folders or heads, pictures as files of their articles."""
    run = exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    assert (run.state, run.created, run.refused, run.notes) == ("done", 2, 0, [])
    article = exchange.article("账号/忘记密码")
    assert article.title == "忘记密码怎么办"
    assert article.category is not None
    assert article.category.name == "账号"
    with reading(exchange.ports.database) as session:
        [picture] = session.query(Attachment).all()
    assert article.body == f"点“忘记密码”。\n\n![步骤](/files/{picture.id}/a.png)"
    assert picture.media_type == "image/png"


def test_it_reads_the_head_of_a_file(exchange: Exchange) -> None:
    """K14: id, path of categories, products, phrasings, state and readers."""
    exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    article = exchange.article("lock-1")
    assert (article.title, article.status) == ("门锁没电了", ArticleStatus.DRAFT)
    assert article.phrasings == ["锁没电", "门打不开"]
    assert {product.name for product in article.products} == {"L1", "L2"}
    assert article.own_keys == {"staff"}


def test_it_changes_nothing_on_a_second_run(exchange: Exchange) -> None:
    """K14: no article, category, file or job more."""
    exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    before = [exchange.count(table) for table in (Article, Category, Attachment)]
    jobs = exchange.count(Job)
    run = exchange.bring("markdown", "again.zip", zipped(FOLDER))
    assert (run.created, run.changed, run.same, run.conflicts) == (0, 0, 2, 0)
    assert [exchange.count(table) for table in (Article, Category, Attachment)] == before
    assert exchange.count(Job) == jobs + 2  # reading and writing of this run


def test_it_updates_what_changed_outside(exchange: Exchange) -> None:
    """K14: only the changed one gets a new text."""
    exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    changed = {**FOLDER, "docs/账号/忘记密码.md": "# 忘记密码怎么办\n\n改了。"}
    run = exchange.bring("markdown", "docs.zip", zipped(changed))
    assert (run.changed, run.same) == (1, 1)
    assert exchange.article("账号/忘记密码").body == "改了。"


def test_it_does_not_overwrite_what_people_edited(exchange: Exchange, people: People) -> None:
    """K14: a conflict is reported; the person decides."""
    exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    article = exchange.article("账号/忘记密码")
    form = editing.ArticleInput(
        article.title, "人改过的。", category_id=article.category_id, version=article.version
    )
    editing.save(exchange.ports, people.linzhixia, article.id, form)
    changed = zipped({**FOLDER, "docs/账号/忘记密码.md": "# 忘记密码怎么办\n\n外面也改了。"})
    run = exchange.bring("markdown", "docs.zip", changed)
    assert (run.changed, run.conflicts) == (0, 1)
    assert run.notes[0]["code"] == "conflict"
    assert exchange.article("账号/忘记密码").body == "人改过的。"
    run = exchange.bring("markdown", "docs.zip", changed, OnConflict.REPLACE)
    assert (run.changed, run.conflicts) == (1, 0)
    assert exchange.article("账号/忘记密码").body == "外面也改了。"


def test_it_leaves_an_edited_article_alone_while_its_source_stays(
    exchange: Exchange, people: People
) -> None:
    """K14: an edit here and nothing new there is no conflict."""
    exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    article = exchange.article("lock-1")
    form = editing.ArticleInput("门锁没电了", "人改过的。", version=article.version)
    editing.save(exchange.ports, people.linzhixia, article.id, form)
    run = exchange.bring("markdown", "docs.zip", zipped(FOLDER))
    assert (run.same, run.conflicts) == (2, 0)


def test_it_tells_before_it_writes(exchange: Exchange) -> None:
    """K14: the report of a dry run is what happens then, and nothing was written before."""
    run = exchange.read("markdown", "docs.zip", zipped(FOLDER))
    assert (run.state, run.total, run.created) == ("checked", 2, 2)
    assert exchange.count(Article) == 0


def test_it_names_a_picture_that_is_missing(exchange: Exchange) -> None:
    """K14: the article comes in, the report says what it lacks."""
    run = exchange.bring("markdown", "a.md", "# 题\n\n![图](没有.png)".encode())
    assert (run.created, run.refused) == (1, 0)
    assert [(note["where"], note["code"]) for note in run.notes] == [
        ("a.md: 没有.png", "picture_missing")
    ]


def test_it_reads_old_encodings(exchange: Exchange) -> None:
    """K14: GBK, UTF-16 and a byte order mark are recognised."""
    text = "# 忘记密码怎么办\n\n请点击登录页面的忘记密码，按提示操作。\n"
    files = {
        "gbk.md": text.encode("gb18030"),
        "bom.md": text.encode("utf-8-sig"),
        "wide.md": text.encode("utf-16"),
    }
    assert exchange.bring("markdown", "old.zip", zipped(files)).created == 3
    for name in ("gbk", "bom", "wide"):
        assert exchange.article(name).title == "忘记密码怎么办"
