"""What people in the chat's tests do and see, on whichever page they chat."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def say(page: Page, text: str) -> None:
    """Type it and press Enter."""
    field = page.locator("[data-text]:visible")
    field.fill(text)
    field.press("Enter")


def heard(page: Page, text: str) -> None:
    """It stands there once, stored and not merely on its way."""
    expect(page.locator(".said[data-seq]:visible", has_text=text)).to_have_count(1)
