"""Every page of a site whose every text is hostile, visited with the policy on and off (K6 O3).

On: the browser reports no attempt. Off: no script runs, so nothing depends on the policy.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.xss_site import *  # noqa: F403  the hostile site
from tests.browser.xss_site import Served, enter
from tests.browser.xss_watch import Watch, watching
from tests.xss_world import WORD, short

pytestmark = pytest.mark.browser

VISITOR = (
    "/", "/categories/{category}", f"/search?q={WORD}", f"/search?q={WORD}&page=2", "/hot",
    f"/search?q={WORD}&category={{category}}", f"/suggest?q={WORD}", "/questions",
    "/questions?page=2", f"/embed?q={WORD}", "/embed", "/embed/articles/{slug}", "/feed.atom",
    "/llms.txt", "/ask",
)  # fmt: skip
CUSTOMER = ("/my", "/tickets/{number}", "/chat/{chat}")
EDITOR = (
    "/manage/articles", f"/manage/articles?query={WORD}", "/manage/articles/{article}/life",
    "/manage/articles/{article}/files", "/manage/trees", "/manage/trees/category/5",
    "/insights/articles", "/manage/view-as",
)  # fmt: skip
AGENT = (
    "/desk", "/desk/tickets/{number}", "/desk/chats", "/desk/chats/{chat}/pane",
    "/desk/chats/archive", "/desk/tickets/{number}/replies", f"/desk/articles?q={WORD}",
)  # fmt: skip


def _visit(watch: Watch, path: str) -> None:
    """Open a page and hold its texts to account; its own scripts and forms are its own."""
    answer = watch.page.goto(path, wait_until="load")
    assert answer is not None
    assert answer.status == 200, path
    assert watch.look("body *:not(svg, svg *, form, form *)") == [], path
    assert urlsplit(watch.page.url).path == urlsplit(path).path, "led away"


@pytest.mark.parametrize("bypass", [True, False], ids=["no-policy", "policy"])
@pytest.mark.parametrize(
    ("name", "paths"),
    [("", VISITOR), ("小艾", CUSTOMER), ("小编", EDITOR), ("阿博", AGENT)],
    ids=["visitor", "customer", "editor", "agent"],
)
def test_it_shows_hostile_words_and_obeys_none(
    chromium: Browser, served: Served, name: str, paths: tuple[str, ...], bypass: bool
) -> None:
    """K1 K2 K6 K12 T1 C1 O3: titles, categories, files, questions, replies, chats, feeds."""
    with watching(chromium, served.address, bypass=bypass) as watch:
        if name:
            enter(watch, name)
        for path in paths:
            _visit(watch, served.path(path))
        watch.nothing_acted()


@pytest.mark.parametrize("bypass", [True, False], ids=["no-policy", "policy"])
def test_it_shows_hostile_articles(chromium: Browser, served: Served, bypass: bool) -> None:
    """K6 O3: all vectors as bodies, on their pages and printed."""
    with watching(chromium, served.address, bypass=bypass) as watch:
        for slug in served.world.slugs[:: 1 if bypass else 3]:
            _visit(watch, f"/articles/{slug}")
            watch.page.emulate_media(media="print")
            assert watch.look(".prose *") == []
            watch.page.emulate_media(media="screen")
            watch.touch(".prose *")
        watch.nothing_acted()


def test_it_echoes_what_was_searched_for(chromium: Browser, served: Served) -> None:
    """K1 O3: the words of an address come back as words, in the box, the title, the empty page."""
    with watching(chromium, served.address, bypass=True) as watch:
        for text in short(200, 8):
            for asked in ("/search?q=", "/ask?q=", "/login?next="):
                answer = watch.page.goto(asked + quote(text, safe=""))
                assert answer is not None
                assert answer.status == 200, asked
        watch.nothing_acted()
