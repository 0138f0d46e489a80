"""A chat inside the panel on a foreign page with hostile styles, on a phone (C1)."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.test_chat import Site, live, someone
from tests.browser.test_embed import allow, opened, shop

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NAME = """node => node.getAttribute("aria-label") || node.textContent || node.title
  || [...(node.labels ?? [])].map((label) => label.textContent).join(" ") || "" """
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


def _begin(inside: Frame) -> None:
    """Ask, by keyboard, until the robot has answered and the page's script is there."""
    inside.get_by_role("link", name="在线咨询").press("Enter")
    inside.get_by_label("想咨询什么").fill("门锁提示电量低")
    inside.get_by_role("button", name="开始咨询").press("Enter")
    inside.locator(".said--robot").first.wait_for()
    expect(inside.locator("[data-clip]")).to_be_visible()


def test_it_chats_inside_a_hostile_page(someone: Callable[..., Page], shop: str) -> None:
    """C1: by keyboard, the robot answers, a person is called; no cookie before, during or after."""
    allow(someone("owner"), shop)
    page = someone(width=390)
    opened(page, shop)
    inside = _inside(page)
    _begin(inside)
    expect(inside.locator(".said--robot")).to_have_count(2)
    field = inside.get_by_label("消息")
    field.fill("转人工")
    field.press("Enter")
    expect(inside.get_by_text("留下联系方式")).to_be_visible()
    assert inside.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside.locator("[data-file]").set_input_files(
        {"name": "面板.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    picture = inside.locator(".said__picture img")
    expect(picture).to_have_count(1)
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 1)
    assert page.context.cookies() == []
    # The next page of the shop, in the same tab: the conversation goes on; a new tab has none.
    opened(page, shop)
    expect(page.locator("wenda-help")).to_have_count(1)
    expect(_inside(page).locator(".said", has_text="门锁提示电量低").first).to_be_visible()
    page.evaluate("window.wenda.pass('')")
    opened(page, shop)
    expect(_inside(page).get_by_role("link", name="在线咨询")).to_be_visible()
    assert page.context.cookies() == []


def _pass(page: Page, token: str) -> None:
    """The panel is shut, the shop learns who the visitor is, the panel is opened again."""
    page.evaluate(f"wenda.close(); wenda.pass('{token}')")
    for _ in range(100):
        if len(page.frames) == 1:
            break
        page.wait_for_timeout(50)
    page.evaluate("wenda.open()")


def test_a_token_that_comes_late_leaves_a_chat_alone(
    someone: Callable[..., Page], shop: str
) -> None:
    """X4 C9: before, it goes along; afterwards the chat is there as it was."""
    allow(someone("owner"), shop)
    page = someone(width=390)
    opened(page, shop)
    _inside(page)
    _pass(page, "early")
    inside = _inside(page)
    assert "passed=early" in inside.url
    _begin(inside)
    _pass(page, "late")
    expect(_inside(page).locator(".said--robot").first).to_be_visible()


def test_every_control_has_a_name(someone: Callable[..., Page], shop: str) -> None:
    """C1 O5: what a screen reader reads out of the panel's chat."""
    allow(someone("owner"), shop)
    page = someone(width=390)
    opened(page, shop)
    inside = _inside(page)
    _begin(inside)
    for role in ("button", "link", "textbox"):
        for one in inside.get_by_role(role).all():
            assert one.evaluate(NAME).strip(), one.evaluate("node => node.outerHTML")
    expect(inside.get_by_role("region", name="会话内容")).to_be_visible()
    expect(inside.locator("[aria-live=polite] .said").first).to_be_visible()
