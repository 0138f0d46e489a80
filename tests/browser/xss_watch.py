"""A page in Chromium that notices when a text acts: scripts run, policies broken, odd elements.

With `bypass` the site's content security policy is off, so that what keeps a script from
running is the sanitiser alone; without it every attempt is a report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, Route

EMPTY = "http://empty.example/"
EVIL = "hit('a script from outside')"
# Reported for pictures that are elsewhere; what could act is any other directive.
HARMLESS = frozenset({"img-src", "media-src"})
LISTEN = """
document.addEventListener("securitypolicyviolation", (event) =>
  report(event.effectiveDirective, `${event.blockedURI} ${event.sample}`));
"""
# Synthetic people: everything is pointed at, clicked, focused, typed into. Links that only
# lead away do not; one that runs a script still does.
TOUCH = """(where) => {
  addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href], area[href]");
    if (!link || !/^(javascript|data|vbscript):/i.test(link.protocol)) event.preventDefault();
  }, true);
  addEventListener("submit", (event) => {
    const to = event.submitter?.getAttribute("formaction") || event.target.getAttribute("action");
    if (!/^\\s*(javascript|data):/i.test(to || "")) event.preventDefault();
  }, true);
  for (const one of document.querySelectorAll(where))
    for (const kind of ["pointerover", "mouseover", "mouseenter", "focus", "click", "animationend"])
      try {
        if (kind === "click" && one.click) one.click();
        else if (kind === "focus" && one.focus) one.focus();
        else one.dispatchEvent(new Event(kind, { bubbles: true }));
      } catch {}
}"""
# What the browser made of a text: asked of the elements, not of the letters.
LOOK = """([where, tags]) => {
  const found = [], html = "http://www.w3.org/1999/xhtml";
  const urls = ["href", "src", "action", "formaction", "data", "poster", "srcset", "background",
                "cite", "ping", "xlink:href"];
  const plain = ("href title rel src alt width height colspan rowspan start id class type disabled "
    + "checked controls preload loading allowfullscreen referrerpolicy sandbox data-vector "
    + "data-text align").split(" ");
  for (const one of document.querySelectorAll(where)) {
    const said = one.cloneNode(false).outerHTML.slice(0, 200);
    if (one.namespaceURI !== html || (tags && !tags.includes(one.localName)))
      found.push(`element ${said}`);
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name) || ["srcdoc", "http-equiv", "ping"].includes(name))
        found.push(`attribute ${said}`);
      if (tags && !plain.includes(name)) found.push(`attribute ${said}`);
      if (urls.includes(name) && value) {
        let scheme = "unreadable:";
        try { scheme = new URL(value, "http://here.example/").protocol; } catch {}
        const dead = scheme === "unreadable:";
        if (!dead && !["http:", "https:", "mailto:", "tel:"].includes(scheme)
            && !(one.localName === "img" && /^data:image\\/(png|gif|jpeg|webp)/i.test(value)))
          found.push(`address ${said}`);
      }
    }
    if (one.localName === "iframe" && !one.hasAttribute("sandbox")) found.push(`frame ${said}`);
  }
  return found;
}"""


@dataclass
class Watch:
    """A page and what it did; `hits` are the numbers of scripts that ran."""

    page: Page
    hits: list[Any] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)

    def show(self, body: str) -> None:
        """Have the browser parse this as a document, without any policy."""
        document = f"<!doctype html><meta charset=utf-8><title>x</title><body>{body}"
        self.page.route(EMPTY, lambda route: _answer(route, document, "text/html; charset=utf-8"))
        self.page.goto(EMPTY, wait_until="load")
        self.page.unroute(EMPTY)

    def touch(self, where: str = "body *") -> None:
        """Do to every element what people do, and give scripts a moment."""
        self.page.evaluate(TOUCH, where)
        self.page.wait_for_timeout(100)

    def again(self, where: str) -> None:
        """Parse what was parsed once more, as scripts that copy HTML do."""
        self.page.evaluate(
            """(where) => { for (const one of document.querySelectorAll(where))
                 one.innerHTML = one.innerHTML; }""",
            where,
        )

    def look(self, where: str, tags: frozenset[str] | None = None) -> list[str]:
        """Elements, attributes and addresses that could act; `tags` closes the list of elements."""
        found: list[str] = self.page.evaluate(LOOK, [where, sorted(tags) if tags else None])
        return found

    def nothing_acted(self) -> None:
        """Fail with what did."""
        acted = [str(one) for one in (*self.hits, *self.reports)]
        assert not acted, "; ".join(acted[:30])


@contextmanager
def watching(browser: Browser, base_url: str = "", *, bypass: bool) -> Iterator[Watch]:
    """A page of its own; nothing it asks for leaves this machine."""
    context = browser.new_context(
        base_url=base_url or None, bypass_csp=bypass, accept_downloads=True, locale="zh-CN"
    )
    context.set_default_timeout(45_000)
    watch = Watch(context.new_page())
    context.expose_binding("hit", lambda _source, *told: watch.hits.append(told))
    context.expose_binding("report", lambda _source, *told: _report(watch, told))
    context.add_init_script(LISTEN)
    context.route(lambda url: not base_url or not url.startswith(base_url), _elsewhere)
    context.on("dialog", lambda dialog: _dismiss(watch, dialog))
    try:
        yield watch
    finally:
        context.close()


def framed(texts: list[str]) -> str:
    """Each text in a document of its own, so that none swallows the next."""
    return "".join(
        f"<iframe srcdoc={json.dumps(_quoted(text), ensure_ascii=False)}></iframe>"
        for text in texts
    )


def _quoted(text: str) -> str:
    # A NUL ends nothing here; json only adds the quotes, so nothing in it may need escaping.
    return (
        text.replace("&", "&amp;").replace('"', "&quot;").replace("\\", "&#92;")
        .replace("\n", "&#10;").replace("\t", "&#9;").replace("\0", "")
    )  # fmt: skip


def _dismiss(watch: Watch, dialog: Dialog) -> None:
    watch.hits.append("dialog")
    dialog.dismiss()


def _report(watch: Watch, told: tuple[Any, ...]) -> None:
    if told[0] not in HARMLESS:
        watch.reports.append(" ".join(map(str, told)))


def _elsewhere(route: Route) -> None:
    """Whatever is asked of any other site is a script that tells on itself.

    The browser's own viewer of PDFs is no other site.
    """
    if route.request.url.startswith("chrome-extension:"):
        route.continue_()
        return
    _answer(route, EVIL, "text/javascript")


def _answer(route: Route, body: str, kind: str) -> None:
    route.fulfill(status=200, body=body, content_type=kind)
