"""A manual uploaded in a real browser: read while one looks on, found, opened at its page (K7)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.office_files import pdf

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANUAL = pdf("开箱检查", "指纹录入", "霍尔磁片位于电池仓左侧，松动时会误报门未关")


def test_it_finds_the_page_of_a_manual_that_was_just_uploaded(
    signed_in: Callable[[str], Page], visitor: Callable[..., Page]
) -> None:
    """K7: no reload is needed to see that the text was read; the link opens page three."""
    page = signed_in("editor")
    page.goto("/manage/articles")
    page.get_by_role("link", name="门锁").first.click()
    page.get_by_label("选择文件").set_input_files(
        {"name": "维修手册.pdf", "mimeType": "application/pdf", "buffer": MANUAL}
    )
    page.get_by_role("button", name="上传").click()
    expect(page.locator("#file-list")).to_contain_text("文字可以搜到（3 页）")
    reader = visitor(390, 844)
    reader.goto("/search?q=霍尔磁片松动误报")
    found = reader.get_by_role("link", name=re.compile("维修手册"))
    expect(found).to_contain_text("《维修手册.pdf》 第 3 页")
    address = found.get_attribute("href") or ""
    assert address.endswith(".pdf#page=3")
    answer = reader.request.get(address.partition("#")[0])
    assert answer.body() == MANUAL
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")
