"""The pages about articles in the browser: list, twins, links, categories, CSV (K10)."""

from __future__ import annotations

import csv
import io

import pytest

from kb_app.search import SearchForm, find
from models import visitor
from tests.website import Website

PAGES = ("", "/twins", "/links", "/categories")


@pytest.mark.parametrize("path", PAGES)
def test_it_shows_every_page_with_something_to_say(site: Website, path: str) -> None:
    """K10: a list or a sentence about what will appear."""
    page = site.browser("小编").get(f"/insights/articles{path}")
    assert page.status_code == 200
    assert "文章清单" in page.text
    assert ("entries" in page.text) or ("<table" in page.text) or ('class="empty"' in page.text)


@pytest.mark.parametrize(
    "query",
    [
        "view=none&sort=none&page=99999",
        "owner=abc&category=x",
        "owner=99999999999&days=-1",
        "from=2026-13-99&to=%00",
        "view=retire&owner=0",
    ],
)
def test_it_survives_odd_addresses(site: Website, query: str) -> None:
    """K10: never an error for what cannot be."""
    for path in (*PAGES, "/list.csv", "/twins.csv", "/links.csv", "/categories.csv"):
        assert site.browser("组长").get(f"/insights/articles{path}?{query}").status_code == 200


def test_its_file_holds_the_whole_list(site: Website) -> None:
    """K10: one line an article, headed in Chinese."""
    find(site.ports, visitor("a"), SearchForm("门锁"))
    sent = site.browser("组长").get("/insights/articles/list.csv?view=all")
    rows = list(csv.reader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert rows[0][:2] == ["编号", "标题"]
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_it_says_what_is_wrong_with_a_pair(site: Website) -> None:
    """K10: a form without articles comes back with a sentence."""
    page = site.browser("组长").post("/insights/articles/twins/dismiss", {"first": "1"})
    assert page.status_code == 422
    assert "没有提交成功" in page.text
