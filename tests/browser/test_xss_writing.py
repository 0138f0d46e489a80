"""Hostile texts in the editor, files, a style sheet and what is imported (K6 K7 K12 K14)."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import Browser, Page

from kb_app.accounts import viewer_for
from kb_app.exchange.readers.html_markdown import parsed, to_markdown
from kb_app.files import Upload, attach
from kb_app.look.css import CssFault, checked
from kb_app.markdown_html import TAGS
from kb_app.rendering import render
from models import site_settings, unit_of_work
from tests.browser.test_xss import HOSTS, OWN, _sections
from tests.browser.xss_site import *  # noqa: F403  the hostile site
from tests.browser.xss_site import Served, enter
from tests.browser.xss_watch import watching
from tests.website import person
from tests.xss import CORPUS, vectors
from tests.xss_world import short

pytestmark = pytest.mark.browser

RICH = "[data-rich] .vditor-wysiwyg pre.vditor-reset"
PASTE = """([where, html]) => {
  const data = new DataTransfer();
  data.setData("text/html", html);
  const field = document.querySelector(where);
  field.focus();
  const options = { clipboardData: data, bubbles: true, cancelable: true };
  field.dispatchEvent(new ClipboardEvent("paste", options));
}"""
# All of them through what the editor makes elements with, of Markdown and of HTML.
MADE = """async (texts) => {
  const { harmless } = await import("/static/js/editor-guard.js");
  const lute = window.Lute.New();
  const made = document.createElement("div");
  made.id = "made";
  document.body.append(made);
  for (const text of texts)
    for (const html of [lute.Md2VditorDOM(text), lute.HTML2VditorDOM(text), harmless(text)]) {
      const one = document.createElement("div");
      one.innerHTML = html;
      made.append(one);
    }
}"""
EMBED = """(src) => {
  for (const tag of ["img", "iframe", "object", "embed", "script"]) {
    const one = document.createElement(tag);
    one[tag === "object" ? "data" : "src"] = src;
    document.body.append(one);
  }
}"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="hit(1)"><script>hit(2)</script></svg>'
STYLES = [
    line.replace("⏤", "\u2028").replace("␀", "\0")
    for line in (CORPUS.parent / "styles.txt").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("bypass", [True, False], ids=["no-policy", "policy"])
def test_it_opens_hostile_articles_in_the_editor(
    chromium: Browser, served: Served, bypass: bool
) -> None:
    """K6 O3: whoever edits what another wrote, in rich text or beside the preview, is safe."""
    with watching(chromium, served.address, bypass=bypass) as watch:
        enter(watch, "小编")
        for article_id in served.world.article_ids[:: 6 if bypass else 12]:
            watch.page.goto(f"/manage/articles/{article_id}")
            watch.page.wait_for_selector("form[data-ready]")
            watch.touch("#preview *")
        watch.nothing_acted()


def _paste(page: Page, html: str) -> None:
    page.evaluate(PASTE, [RICH, html])


def test_it_takes_hostile_pastes(chromium: Browser, served: Served) -> None:
    """K6 O3: the clipboard of a hostile page, into the rich field.

    Only without the policy: with it the browser reports what it reads in documents that run
    nothing, too.
    """
    with watching(chromium, served.address, bypass=True) as watch:
        enter(watch, "小编")
        watch.page.goto("/manage/articles/new")
        watch.page.wait_for_selector(RICH)
        for text in vectors()[::12]:
            _paste(watch.page, f"<html><body>{text}</body></html>")
        watch.page.wait_for_timeout(500)
        watch.nothing_acted()
        watch.page.evaluate(MADE, vectors())
        watch.page.wait_for_timeout(1000)
        watch.touch("#made *")
        watch.nothing_acted()
        assert watch.look("#made *") == []


def test_it_serves_hostile_files_as_nothing_but_bytes(chromium: Browser, served: Served) -> None:
    """K7 O3: SVG and HTML never become a page, however they are asked for."""
    ports = served.site.ports
    author = person(ports, "小编")
    editor = viewer_for(ports, author.id, author.session_epoch, "x")
    article = served.world.article_ids[1]
    with watching(chromium, served.address, bypass=True) as watch:
        for name in ("图.svg", "图.png", "页.html", "a.svg.png", "脚本.js", "手册.pdf"):
            data = io.BytesIO(f"<!--{name}-->{SVG}".encode())
            link = attach(ports, editor, article, Upload(name, data))
            path = f"/files/{link.id}/{name}"
            watch.page.goto("/hot")
            for asked in (path, f"{path}?download", f"{path}?inline=1"):
                answer = watch.page.request.get(asked)
                assert answer.headers["content-disposition"].startswith("attachment")
                assert answer.headers["content-type"] == "application/octet-stream"
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert "sandbox" in answer.headers["content-security-policy"]
            watch.page.evaluate(
                EMBED,
                path,
            )
            watch.page.wait_for_timeout(300)
        watch.nothing_acted()


@pytest.mark.parametrize(
    "head", [b"GIF89a/*", b"\x89PNG\r\n\x1a\n/*", b"\xff\xd8\xff\xfe/*", b"%PDF-1.4/*"]
)
def test_it_runs_nothing_in_files_of_two_kinds(
    chromium: Browser, served: Served, head: bytes
) -> None:
    """K7 O3: a picture or a PDF that is a script and a page as well stays what it began as."""
    ports, author = served.site.ports, person(served.site.ports, "小编")
    data = head + b"*/=1;hit(1);/*<script>hit(2)</script><svg onload=hit(3)>*/"
    upload = Upload("图.gif", io.BytesIO(data))
    viewer = viewer_for(ports, author.id, author.session_epoch, "x")
    link = attach(ports, viewer, served.world.article_ids[2], upload)
    with watching(chromium, served.address, bypass=True) as watch:
        watch.page.goto("/hot")
        watch.page.evaluate(EMBED, f"/files/{link.id}/x.html")
        watch.page.wait_for_timeout(500)
        watch.nothing_acted()


def test_it_lets_a_style_sheet_reach_nothing(chromium: Browser) -> None:
    """K12 O3: what passes the check asks no other site and ends no element it stands in."""
    passed: list[str] = []
    for number, style in enumerate(STYLES):
        try:
            passed.append(checked(style.replace("§", f"hit({number})")))
        except CssFault:
            continue
    assert len(STYLES) - len(passed) >= 20
    with watching(chromium, bypass=True) as watch:
        asked: list[str] = []
        watch.page.on("request", lambda request: asked.append(request.url))
        words = "".join(f"<style>{one}</style>" for one in passed)
        watch.show(f"{words}<section><a href=x>x</a><input value=abc></section>")
        watch.touch("section *")
        watch.nothing_acted()
        assert [url for url in asked if "evil" in url] == []
        assert watch.page.locator("script, img").count() == 0


@pytest.mark.parametrize("field", ["name", "slogan", "footer", "announcement", "banner"])
def test_it_names_a_hostile_site(chromium: Browser, served: Served, field: str) -> None:
    """K12 O3: even what no form let in, put into the table by hand."""
    with watching(chromium, served.address, bypass=True) as watch:
        for text in short(40 if field == "name" else 80, 3):
            value = {"text": text, "level": "info"} if field == "banner" else text
            with unit_of_work(served.site.ports.database) as session:
                site_settings(session).look = {field: value, "css": text}
            served.site.app.extensions["wenda_site"].forget()
            for path in ("/", "/embed"):
                watch.page.goto(path)
                assert watch.look("body *:not(svg, svg *)") == []
        watch.nothing_acted()


def test_it_imports_hostile_pages_as_articles_like_any_other(chromium: Browser) -> None:
    """K14 O3: HTML of another system becomes Markdown; rendered, nothing in it acts."""
    pages = [f"<h1>x</h1>{text}" for text in vectors()]
    pages += [f"<p>{escape(text)}</p>" for text in vectors()]
    texts = [to_markdown(parsed(page), lambda url, _: url) for page in pages]
    with watching(chromium, bypass=True) as watch:
        watch.show(_sections(render(text, HOSTS).html for text in texts))
        assert watch.look("body *", TAGS | OWN) == []
        watch.touch()
        watch.nothing_acted()
