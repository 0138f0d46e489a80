"""The insight pages in the browser: numbers, CSV, empty states, decisions (K10 T10)."""

from __future__ import annotations

import csv
import io

import pytest

from kb_app.search import SearchForm, find
from models import visitor
from tests.factories_insight import make_gap
from tests.website import Website
from web.charts import grid_step, line_chart

PAGES = ("/insights", "/insights/searches", "/insights/gaps", "/insights/stages/rated")
TABLES = ("queries", "empty", "rewordings", "days", "categories")


@pytest.mark.parametrize("path", PAGES)
def test_it_explains_what_will_appear(site: Website, path: str) -> None:
    """K10: an empty page says what it is for and when something comes."""
    page = site.browser("组长").get(path)
    assert page.status_code == 200
    assert 'class="empty"' in page.text


@pytest.mark.parametrize(
    "query",
    [
        "days=abc&category=x",
        "from=2026-13-99&to=%00",
        "from=0001-01-01&to=9999-12-31",
        "category=99999999&days=-1",
        "from=2026-03-01",
    ],
)
def test_it_survives_odd_addresses(site: Website, query: str) -> None:
    """T10: never an error for a period or category that cannot be."""
    for path in PAGES:
        assert site.browser("组长").get(f"{path}?{query}").status_code == 200


def test_it_refuses_formulas_in_its_files(site: Website) -> None:
    """O3: what a stranger searches for is not run by the lead's spreadsheet."""
    for person in ("a", "b"):
        find(site.ports, visitor(person), SearchForm('=HYPERLINK("http://x","密码")'))
    sent = site.browser("组长").get("/insights/searches/queries.csv")
    assert sent.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert rows[1][0].startswith("'=")
    assert rows[1][1:3] == ["2", "2"]


@pytest.mark.parametrize("table", TABLES)
def test_it_has_a_file_beside_every_table(site: Website, table: str) -> None:
    browser = site.browser("小编")
    find(site.ports, visitor("a"), SearchForm("密码"))
    assert browser.get(f"/insights/searches/{table}.csv").status_code == 200
    assert browser.get("/insights/searches/other.csv").status_code == 404


def test_it_shows_searches_with_a_chart_and_its_numbers(site: Website) -> None:
    """K10: the chart needs no script and has its numbers beside it."""
    find(site.ports, visitor("a"), SearchForm("密码"))
    page = site.browser("组长").get("/insights/searches").text
    assert "<polyline" in page
    assert 'role="img"' in page
    assert "style=" not in page


def test_it_takes_a_gap_to_the_editor_and_back(site: Website) -> None:
    """K10: 写一篇 opens a draft titled by the question; 忽略 can be taken back."""
    gap_id = make_gap(site.ports, "门锁能不能左右换向")
    browser = site.browser("组长")
    assert "写一篇" in browser.get(f"/insights/gaps/{gap_id}").text
    browser.post(f"/insights/gaps/{gap_id}/ignore")
    assert "已忽略" in browser.get(f"/insights/gaps/{gap_id}").text
    browser.post(f"/insights/gaps/{gap_id}/reopen")
    sent = browser.post(f"/insights/gaps/{gap_id}/write")
    assert "门锁能不能左右换向" in browser.get(sent.location).text
    assert "等文章发布" in browser.get(f"/insights/gaps/{gap_id}").text


def test_it_says_why_nothing_could_be_added(site: Website) -> None:
    """K10: all wordings known already is a sentence on the page, not an error page."""
    title = "门锁电池怎么更换"
    gap_id = make_gap(site.ports, title, site.article(title).id)
    sent = site.browser("组长").post(f"/insights/gaps/{gap_id}/phrase")
    assert sent.status_code == 422
    assert "没有可加的新问法" in sent.text


def test_it_tells_how_far_the_sorting_is(site: Website) -> None:
    """K10: on demand, with progress, and a way on without a script."""
    browser = site.browser("组长")
    browser.post("/insights/gaps")
    running = browser.get("/insights/gaps/progress", headers={"HX-Request": "true"}).text
    assert "hx-trigger" in running
    assert "/insights/gaps" in running
    site.work()
    assert "上次整理" in browser.get("/insights/gaps").text


def test_it_draws_round_grid_lines() -> None:
    assert [grid_step(value) for value in (0, 3, 4, 5, 17, 90, 1000)] == [1, 1, 1, 2, 5, 50, 500]
    assert line_chart([], {"a": []}).lines[0].points == ""
