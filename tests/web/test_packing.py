"""Styles and scripts travel packed; pages and files as they are (K12 O3)."""

from __future__ import annotations

import gzip

from tests.website import Website

STYLES = "/static/css/base.css"
PACKS = {"Accept-Encoding": "gzip, deflate, br"}


def test_it_packs_styles_for_who_can_unpack(site: Website) -> None:
    """K12: the same bytes, fewer of them; a part of one is not packed."""
    browser = site.browser()
    plain, packed = browser.get(STYLES), browser.get(STYLES, headers=PACKS)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]
    part = browser.get(STYLES, headers={**PACKS, "Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, plain.data[:10])


def test_it_knows_what_a_browser_has_already(site: Website) -> None:
    """K12: packed or not, what did not change is not sent again."""
    browser = site.browser()
    tag = browser.get(STYLES, headers=PACKS).headers["ETag"]
    assert browser.get(STYLES, headers={**PACKS, "If-None-Match": tag}).status_code == 304


def test_it_packs_no_page(site: Website) -> None:
    """O3: the length of a packed page could tell what stands in it."""
    assert "Content-Encoding" not in site.browser().get("/login", headers=PACKS).headers
