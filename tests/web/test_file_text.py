"""Text of files on the pages: results name file and page, the editor tells the state (K7)."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa

from kb_app.files import FileLink, Upload, attach
from models import STAFF_KEY, Article, ArticleAccess, FileText, Job, JobKind, reading, unit_of_work
from tests.office_files import pdf, pptx, xlsx, zipped
from tests.web.cases import viewer_named
from tests.website import VISITOR, Website

MANUAL = pdf("开箱检查", "指纹录入", "霍尔磁片位于电池仓左侧")
TITLE = "门锁离线怎么办"


def put(site: Website, data: bytes, name: str, title: str = TITLE) -> FileLink:
    """小编 attaches a file to an article, and it is read."""
    upload = Upload(name, io.BytesIO(data))
    link = attach(site.ports, viewer_named(site, "小编"), site.article(title).id, upload)
    site.work()
    return link


def words(html: str) -> str:
    """A page's text without marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_it_names_the_file_and_the_page_that_answer(site: Website) -> None:
    """K7 K2: 《安装手册.pdf》 第 3 页, opened at that page."""
    link = put(site, MANUAL, "安装手册.pdf")
    page = site.browser().get("/search?q=霍尔磁片").text
    assert "《安装手册.pdf》 第 3 页" in words(page)
    assert f'href="/files/{link.id}/' in page
    assert ".pdf#page=3" in page
    assert "霍尔磁片位于电池仓左侧" in words(page)


@pytest.mark.parametrize(
    ("data", "name", "shown"),
    [
        (pptx("封面", "霍尔磁片"), "培训.pptx", "《培训.pptx》 第 2 张幻灯片"),
        (xlsx({"配件": [["霍尔磁片"]]}), "清单.xlsx", "《清单.xlsx》 工作表“配件”"),
        (zipped({"资料/a.pdf": MANUAL}), "包.zip", "《包.zip》 · 资料/a.pdf 第 3 页"),
        ("霍尔磁片".encode("gbk"), "说明.txt", "《说明.txt》"),
    ],
)
def test_it_names_places_in_other_files(site: Website, data: bytes, name: str, shown: str) -> None:
    """K7: slides, sheets, the path in an archive; only a PDF opens at its page."""
    put(site, data, name)
    page = site.browser().get("/search?q=霍尔磁片").text
    assert shown in words(page)
    assert "#page=" not in page


def test_it_shows_no_file_where_the_article_itself_answers(site: Website) -> None:
    """K7: a file is named when its words answer, not because it is there."""
    put(site, MANUAL, "安装手册.pdf")
    page = site.browser().get("/search?q=路由器通电网关重新配网").text
    assert TITLE in words(page)
    assert "安装手册" not in words(page)


def test_it_keeps_file_text_from_who_may_not_read_the_article(site: Website) -> None:
    """K11: in results, suggestions, API; also while the index still says otherwise."""
    put(site, MANUAL, "安装手册.pdf")
    with unit_of_work(site.ports.database) as session:
        session.get_one(Article, site.article(TITLE).id).access = [ArticleAccess(key=STAFF_KEY)]
    for path in ("/search?q=霍尔磁片", "/suggest?q=霍尔磁片", "/api/v1/search?q=霍尔磁片"):
        for name in (VISITOR, "小艾"):
            said = words(site.browser(name).get(path).text)
            assert "安装手册" not in said
            assert "电池仓左侧" not in said
    with unit_of_work(site.ports.database) as session:
        session.add(Job(kind=JobKind.INDEX_ARTICLE, payload={"article_id": site.article(TITLE).id}))
    site.work()
    assert "安装手册" in words(site.browser("阿博").get("/search?q=霍尔磁片").text)
    assert "安装手册" not in words(site.browser("小艾").get("/search?q=霍尔磁片").text)


def test_it_tells_managers_what_became_of_each_file(site: Website) -> None:
    """K7: waiting, found, without text, failed with why, in plain words; retry where it helps."""
    article = site.article(TITLE)
    address = f"/manage/articles/{article.id}"
    upload = Upload("安装手册.pdf", io.BytesIO(MANUAL))
    attach(site.ports, viewer_named(site, "小编"), article.id, upload)
    waiting = site.browser("小编").get(address).text
    assert "正在读取里面的文字" in waiting
    assert f'hx-get="{address}/files"' in waiting
    put(site, b"%PDF-1.7\n" + bytes(range(256)) * 40, "坏.pdf")
    put(site, pdf(""), "扫描件.pdf")
    put(site, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "老.doc")
    page = site.browser("小编").get(f"{address}/files").text
    said = words(page)
    assert "文字可以搜到（3 页）" in said
    assert "没读到文字：文件已损坏，打不开" in said
    assert "里面没有文字，可能是扫描件或图片" in said
    assert "旧版 Office 格式，请另存为 docx" in said
    assert page.count("重试</button>") == 1
    assert "hx-get" not in page


def test_it_reads_again_on_demand_and_keeps_what_was_typed(site: Website) -> None:
    """K6 K7: the retry button lies in the editor's form; nothing typed is lost or saved."""
    link = put(site, b"%PDF-1.7\n" + bytes(range(256)) * 40, "坏.pdf")
    article = site.article(TITLE)
    path = f"/manage/articles/{article.id}/files/{link.id}/read"
    typed = {"title": TITLE, "body": "还没保存的话", "version": str(article.version)}
    answer = site.browser("小编").post(path, typed)
    assert answer.status_code == 200
    assert "还没保存的话" in answer.text
    assert "正在读取里面的文字" in answer.text
    assert site.article(TITLE).body == article.body
    assert site.browser("小编").post(path).status_code == 303
    other = site.article("修改登录密码").id
    assert (
        site.browser("小编").post(f"/manage/articles/{other}/files/{link.id}/read").status_code
        == 404
    )
    with reading(site.ports.database) as session:
        asked = sa.select(sa.func.count()).where(Job.kind == JobKind.EXTRACT_FILE)
        assert session.scalar(asked) == 3
        assert session.scalars(sa.select(FileText.tries)).all() == [0]


def test_it_lets_a_file_be_the_article(site: Website) -> None:
    """K7: an empty body is no error once there is a file; readers are pointed to it."""
    browser = site.browser("小编")
    made = browser.post("/manage/articles", {"title": "说明书下载", "body": "", "access": "public"})
    article = site.article("说明书下载")
    assert made.status_code == 303
    put(site, MANUAL, "说明书.pdf", "说明书下载")
    form = {"title": "说明书下载", "body": "", "access": "public", "action": "publish"}
    form["version"] = str(article.version)
    assert browser.post(f"/manage/articles/{article.id}/save", form).status_code == 303
    site.work()
    shown = site.browser().get(f"/articles/{article.slug}").text
    assert "内容都在下面的文件里" in shown
    assert "说明书.pdf" in shown
    assert "《说明书.pdf》 第 3 页" in words(site.browser().get("/search?q=霍尔磁片").text)
