"""Search out of service: pages say so, nothing fails, questions are still taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb_app import bootstrap
from tests.flows.forms import submit
from tests.website import Website, open_site

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def cut_off(site_folder: Path, tmp_path: Path) -> Iterator[Website]:
    """A site whose search server does not answer and that has no encoder either."""
    website = open_site(site_folder, tmp_path / "data", search_url=NOBODY_LISTENS)
    yield website
    bootstrap.close(website.ports)


def test_it_shows_every_page_and_says_that_search_is_limited(cut_off: Website) -> None:
    browser = cut_off.browser()
    for path in (
        "/",
        "/hot",
        "/categories/use",
        "/articles/" + cut_off.article("门锁离线怎么办").slug,
    ):
        assert browser.get(path).status_code == 200
    page = browser.get("/search?q=门锁")
    assert page.status_code == 200
    assert "搜索暂时受限" in page.text
    answer = browser.get("/api/v1/search?q=门锁").json
    assert answer is not None
    assert answer["limited"] is True


def test_it_takes_questions_and_hands_them_to_people(cut_off: Website) -> None:
    """Q2: an outage of search is a reason, never a 500."""
    browser = cut_off.browser()
    page = submit(browser, browser.get("/ask"), "/ask", text="门锁离线怎么办")
    assert page.status_code == 200
    assert "搜索暂时不可用" in page.text
    page = submit(browser, page, "/unsolved", email="guest@example.com")
    assert "WD-" in page.text


def test_it_stays_ready_without_its_search(cut_off: Website) -> None:
    """O2: requests may still be sent here."""
    answer = cut_off.browser().get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["search"] is False
