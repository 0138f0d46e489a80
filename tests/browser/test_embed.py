"""The help inside a foreign page with hostile styles, in a real browser (K12)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import web

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SMALL = 30_000
HOSTILE = """
* { all: unset !important; display: block !important; color: red !important;
    font-size: 40px !important; transform: rotate(3deg) !important; }
button, iframe, div, wenda-help { display: none !important; width: 1px !important; }
body { margin: 0 !important; }
"""


@pytest.fixture
def shop(address: str) -> Iterator[str]:
    """A shop on another origin that includes the script."""
    page = (
        f"<!doctype html><html lang=zh><head><meta charset=utf-8><style>{HOSTILE}</style></head>"
        f'<body><h1>商城</h1><script src="{address}/embed.js" async></script></body></html>'
    ).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def allow(page: Page, host: str) -> None:
    """Let the shop show the help."""
    page.goto("/manage/embed")
    page.locator("#f-hosts").fill(host)
    page.locator("#f-label").fill("找帮助")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("嵌入设置已保存")).to_be_visible()


def opened(page: Page, shop: str) -> None:
    """The panel, opened by keyboard alone."""
    page.goto(shop)
    page.wait_for_function("window.wenda !== undefined && document.querySelector('wenda-help')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


@pytest.mark.parametrize("width", [390, 1280])
def test_it_helps_inside_a_hostile_page(
    signed_in: Callable[[str], Page], visitor: Callable[..., Page], shop: str, width: int
) -> None:
    """K12: button, panel, search, article; by keyboard; no cookie anywhere; Escape goes back."""
    allow(signed_in("owner"), shop)
    page = visitor(width, 760)
    opened(page, shop)
    page.wait_for_timeout(800)
    inside = next(one for one in page.frames if "/embed" in one.url)
    inside.get_by_label("搜索帮助").fill("门锁没电了怎么进门")
    inside.get_by_label("搜索帮助").press("Enter")
    inside.locator(".em__hit").first.click()
    expect(inside.locator("article h1")).to_be_visible()
    box = page.locator("wenda-help").bounding_box()
    assert box is not None
    assert page.context.cookies() == []
    inside.locator("article h1").focus()
    page.keyboard.press("Escape")
    expect(page.locator("wenda-help")).to_be_focused()


def test_it_stays_shut_on_sites_nobody_chose(chromium: Browser, shop: str) -> None:
    """K12 O3: frame-ancestors keeps the panel out of other sites, and the browser says so."""
    page = chromium.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(shop)
    page.wait_for_function("window.wenda !== undefined")
    page.evaluate("window.wenda.open('x')")
    for _ in range(100):
        if said:
            break
        page.wait_for_timeout(200)
    page.close()
    assert any("frame-ancestors" in text for text in said)


def test_it_is_small() -> None:
    """K12: the script and what its first page loads of its own stay below 30 kB."""
    folder = Path(web.__file__).parent / "static" / "embed"
    sizes = [len(gzip.compress(path.read_bytes())) for path in folder.iterdir()]
    assert sum(sizes) < SMALL
