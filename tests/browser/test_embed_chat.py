"""A chat inside the panel on a foreign page with hostile styles, on a phone (C1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.test_chat import Site, live, someone
from tests.browser.test_embed import allow, opened, shop

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["live", "shop", "someone"]


@pytest.fixture
def address(live: Site) -> str:
    """The site with its sockets, for the shop's page."""
    return f"http://127.0.0.1:{live.port}"


def _inside(page: Page) -> Frame:
    for _ in range(100):
        found = [one for one in page.frames if "/embed" in one.url]
        if found:
            return found[0]
        page.wait_for_timeout(100)
    raise AssertionError("the panel did not open")


def test_it_chats_inside_a_hostile_page(someone: Callable[..., Page], shop: str) -> None:
    """C1: by keyboard, the robot answers, a person is called; no cookie before, during or after."""
    allow(someone("owner"), shop)
    page = someone(width=390)
    opened(page, shop)
    inside = _inside(page)
    inside.get_by_role("link", name="在线咨询").press("Enter")
    inside.get_by_label("想咨询什么").fill("门锁提示电量低")
    inside.get_by_role("button", name="开始咨询").press("Enter")
    expect(inside.locator(".said--robot")).to_have_count(2)
    field = inside.get_by_label("消息")
    field.fill("转人工")
    field.press("Enter")
    expect(inside.get_by_text("留下联系方式")).to_be_visible(timeout=20_000)
    assert inside.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.context.cookies() == []
