"""Over 700 texts that would act, rendered and put before Chromium with no policy (K6 O3).

What is asked is what the browser did and made: scripts that ran, elements, attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from playwright.sync_api import Browser

from kb_app import markdown_html
from kb_app.markdown_html import TAGS, to_html
from kb_app.rendering import render, render_message
from tests.browser.xss_watch import framed, watching
from tests.xss import vectors

pytestmark = pytest.mark.browser

OWN = frozenset({"input", "div", "video", "audio", "iframe", "tbody", "section"})
HOSTS = ("player.bilibili.com",)
ALONE = "{}"
PLACES = ("前文\n\n{}\n\n后文", "- {}", "> {}", "**{}**", "| a |\n|---|\n| {} |", "# {}", "[{}](x)")
TRIED, LEAST_ALIVE = 340, 120
TOUCH_FRAMES = """() => {
  for (const frame of document.querySelectorAll("iframe"))
    for (const one of frame.contentDocument?.querySelectorAll("body *") || [])
      try { one.click?.(); one.focus?.(); } catch {}
}"""


def _sections(texts: Iterable[str]) -> str:
    return "".join(f"<section data-vector={n}>{text}</section>" for n, text in enumerate(texts))


def _placed(place: str) -> list[str]:
    return [place.replace("{}", vector) for vector in vectors()]


def test_it_has_enough_of_them_and_they_are_alive(chromium: Browser) -> None:
    """O3: without the sanitiser they do run in this very browser: silence means something."""
    texts = [markdown_html._parsed(vector) for vector in vectors()[:TRIED]]
    ran: set[object] = set()
    assert len(set(vectors())) >= 700
    for start in range(0, len(texts), 100):
        with watching(chromium, bypass=True) as watch:
            watch.show(framed(texts[start : start + 100]))
            watch.page.evaluate(TOUCH_FRAMES)
            watch.page.wait_for_timeout(200)
            ran.update(told[0] for told in watch.hits if isinstance(told, tuple))
    assert len(ran) >= LEAST_ALIVE


@pytest.mark.parametrize("place", [ALONE, *PLACES])
def test_it_renders_nothing_that_acts_in_a_browser(chromium: Browser, place: str) -> None:
    """K6 O3: alone, in a list, a quotation, a table, a heading, a link – and parsed twice."""
    with watching(chromium, bypass=True) as watch:
        watch.show(_sections(render(text, HOSTS).html for text in _placed(place)))
        assert watch.look("body *", TAGS | OWN) == []
        watch.again("section")
        assert watch.look("body *", TAGS | OWN) == []
        watch.touch()
        watch.nothing_acted()
        assert watch.page.locator("body > section").count() == len(vectors())


def test_it_shows_messages_as_text_in_a_browser(chromium: Browser) -> None:
    """T1 C1 O3: what a customer types in a ticket or a chat is letters and links."""
    with watching(chromium, bypass=True) as watch:
        watch.show(_sections(render_message(vector) for vector in vectors()))
        assert watch.look("body *", frozenset({"section", "a", "br"})) == []
        watch.touch()
        watch.nothing_acted()


def _unsanitised(monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind:
        def clean(self, text: str) -> str:
            return text

    monkeypatch.setattr(markdown_html, "_cleaner", Blind)


def _careless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown_html, "PROTOCOLS", markdown_html.PROTOCOLS | {"javascript"})


@pytest.mark.parametrize("breaking", [_unsanitised, _careless])
def test_it_would_notice_a_sanitiser_that_sleeps(
    chromium: Browser,
    monkeypatch: pytest.MonkeyPatch,
    breaking: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """O3: taken away, or only told that javascript: is an address like any other."""
    breaking(monkeypatch)
    with watching(chromium, bypass=True) as watch:
        watch.show(_sections(to_html(vector) for vector in vectors()))
        assert watch.look("body *", TAGS | OWN)
