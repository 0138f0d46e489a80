"""A search server that takes five seconds: pages keep their time limit and say so (O2)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb_app import bootstrap, indexing
from tests.servers.slow_proxy import SlowProxy, slow_proxy
from tests.website import Website, open_site

pytestmark = pytest.mark.server

ADDED_SECONDS = 5.0
PAGE_SECONDS = 4.0
AT_ONCE_SECONDS = 1.5


@pytest.fixture
def proxy(elasticsearch_url: str) -> Iterator[SlowProxy]:
    """A proxy before the real server that adds nothing yet."""
    with slow_proxy(elasticsearch_url, 0.0) as standing:
        yield standing


@pytest.fixture
def behind(
    site_folder: Path, tmp_path: Path, proxy: SlowProxy, elasticsearch_prefix: str
) -> Iterator[Website]:
    """A site whose search server is reached through the proxy."""
    website = open_site(
        site_folder, tmp_path / "data", search_url=proxy.url, search_prefix=elasticsearch_prefix
    )
    indexing.ensure_index(website.ports)
    yield website
    bootstrap.close(website.ports)


def test_pages_answer_in_time_with_a_notice_and_recover(behind: Website, proxy: SlowProxy) -> None:
    """O2: the first to ask waits a little, the next ones not at all; then all is well again."""
    browser = behind.browser()
    assert "搜索暂时受限" not in browser.get("/search?q=门锁离线").text
    proxy.delay = ADDED_SECONDS
    for query, limit in (("门锁", PAGE_SECONDS), ("退款", AT_ONCE_SECONDS)):
        began = time.monotonic()
        page = browser.get(f"/search?q={query}")
        assert time.monotonic() - began < limit
        assert page.status_code == 200
        assert "搜索暂时受限" in page.text
    proxy.delay = 0.0
    until = time.monotonic() + 30
    while "搜索暂时受限" in browser.get("/search?q=密码").text:
        assert time.monotonic() < until
        time.sleep(0.5)
