"""Import and export in the browser: send, look, confirm; take everything away (K14)."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from kb_app.exchange import runs
from models import Article, ExchangeRun, reading
from tests.web.cases_site import make_runs
from tests.website import Browser, Website

SHEET = "问题,答案,相似问法\n怎么开发票,点“我的订单”,开票\n,没有问题,\n"


def send(browser: Browser, file_format: str, name: str, data: bytes) -> int:
    """Send a file as the form does; returns the run."""
    answer = browser.post(
        "/manage/import", {"format": file_format, "file": (io.BytesIO(data), name)}
    )
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def work(site: Website, run_id: int) -> None:
    """What the worker would do."""
    runs.work(site.ports, run_id)


def test_it_imports_a_sheet_step_by_step(site: Website) -> None:
    """K14: columns, report, confirmation, result – and the article is found."""
    browser = site.browser("小编")
    run_id = send(browser, "csv", "faq.csv", SHEET.encode("gb18030"))
    address = f"/manage/import/{run_id}"
    assert "正在读取" in browser.get(address).text
    work(site, run_id)
    page = browser.get(address).text
    assert "每一列是什么" in page
    assert re.search(r'<option value="1" selected>答案', page)
    browser.post(f"{address}/columns", {"column_title": "0", "column_body": "1"})
    work(site, run_id)
    page = browser.get(address).text
    assert "如果现在导入" in page
    assert "没有问题（标题）" in page
    browser.post(f"{address}/start")
    progress = browser.get(f"{address}/progress")
    assert "正在导入" in progress.text
    work(site, run_id)
    assert browser.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    assert "导入结果" in browser.get(address).text
    site.work()
    assert "怎么开发票" in site.browser().get("/search?q=怎么开发票").text


def test_it_keeps_the_form_when_columns_are_wrong(site: Website) -> None:
    """K14: what was chosen stays chosen, and the fault is named."""
    make_runs(site)
    browser = site.browser("小编")
    for form, said in (
        ({"column_title": "0"}, "请选择哪一列是答案"),
        ({"column_title": "1", "column_body": "1"}, "选了同一列"),
        ({"column_title": "x", "column_body": "1"}, "格式不正确"),
    ):
        answer = browser.post("/manage/import/2/columns", form)
        assert answer.status_code == 422
        assert said in answer.text


@pytest.mark.parametrize("form", [{}, {"format": "exe"}])
def test_it_says_what_is_missing(site: Website, form: dict[str, str]) -> None:
    """K14: no file, no format: the page again."""
    answer = site.browser("小编").post("/manage/import", form)
    assert answer.status_code == 422
    assert "请选择" in answer.text


def test_it_explains_a_file_it_could_not_read(site: Website) -> None:
    """K14: nothing was written, and why."""
    browser = site.browser("小编")
    run_id = send(browser, "docx", "坏.docx", b"PK\x03\x04 broken")
    work(site, run_id)
    page = browser.get(f"/manage/import/{run_id}").text
    assert "文件损坏" in page
    assert "没有写入任何内容" in page


def test_it_does_nothing_after_a_cancelled_import(site: Website) -> None:
    """K14: cancelled is cancelled, whenever the worker comes."""
    browser = site.browser("小编")
    run_id = send(browser, "markdown", "a.md", "# 新的一篇\n\n正文".encode())
    browser.post(f"/manage/import/{run_id}/cancel")
    work(site, run_id)
    with reading(site.ports.database) as session:
        assert session.get_one(ExchangeRun, run_id).state == "cancelled"
        assert session.query(Article).filter(Article.title == "新的一篇").count() == 0


def test_it_gives_everything_away(site: Website) -> None:
    """K14: packed in the background, then downloaded by who may."""
    browser = site.browser("小编")
    browser.post("/manage/export", {"format": "wenda"})
    with reading(site.ports.database) as session:
        run_id = session.query(ExchangeRun.id).scalar()
    assert browser.get(f"/manage/export/{run_id}/file").status_code == 404
    work(site, run_id)
    answer = browser.get(f"/manage/export/{run_id}/file")
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert "wenda.json" in names
    assert len([name for name in names if name.startswith("articles/")]) == 7
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert site.browser("小艾").get(f"/manage/export/{run_id}/file").status_code == 403
