"""A browser that dies while somebody types without a pause: five seconds are lost at most (K6)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RICH = "[data-rich] .vditor-wysiwyg pre.vditor-reset"
PLAIN = "textarea[name=body]"
TYPED_SECONDS, MOST_LOST = 9.0, 5.0
LETTER, GAP_MILLISECONDS = "龘", 60


def _type_on(page: Page) -> list[float]:
    """Type faster than any pause that could be taken for an end; when each letter was."""
    times: list[float] = []
    until = time.monotonic() + TYPED_SECONDS
    while time.monotonic() < until:
        page.keyboard.type(LETTER)
        times.append(time.monotonic())
        page.wait_for_timeout(GAP_MILLISECONDS)
    return times


@pytest.mark.parametrize("mode", ["wysiwyg", "split"])
def test_it_loses_five_seconds_of_typing_at_most(
    signed_in: Callable[[str], Page], mode: str
) -> None:
    """K6: the page is killed with no goodbye; another browser finds the draft on the server."""
    page = signed_in("editor")
    page.goto("/manage/articles?view=published")
    page.evaluate("(mode) => localStorage.setItem('editor-mode', mode)", mode)
    page.locator(".queue__subject a").first.click()
    page.wait_for_selector("form[data-ready]")
    address = page.url
    page.locator(RICH if mode == "wysiwyg" else PLAIN).click()
    page.keyboard.press("Control+End")
    times = _type_on(page)
    with suppress(Error):
        page.goto("chrome://crash", timeout=3_000)
    elsewhere = signed_in("editor")
    elsewhere.evaluate("(mode) => localStorage.setItem('editor-mode', mode)", "split")
    elsewhere.goto(address)
    elsewhere.locator("[data-draft-offer]").get_by_role("link", name="恢复没保存的内容").click()
    elsewhere.wait_for_selector("form[data-ready]")
    kept = elsewhere.locator(PLAIN).input_value().count(LETTER)
    assert kept > 0
    assert times[-1] - times[min(kept, len(times)) - 1] <= MOST_LOST
