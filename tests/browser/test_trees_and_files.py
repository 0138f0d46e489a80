"""Arranging a tree by mouse and by keys, and looking at files, in a real browser (K2, K7)."""

from __future__ import annotations

import base64
import io
import re
import wave
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Position, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RECORD = """async () => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const over = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  for (let i = 0; i < 12; i += 1) {
    pen.fillStyle = `rgb(${i * 20}, 80, 80)`;
    pen.fillRect(0, 0, 64, 64);
    await new Promise((next) => setTimeout(next, 60));
  }
  recorder.stop();
  await over;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(String.fromCharCode(...bytes));
}"""
DARK = """(picture) => {
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const seen = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let dark = 0;
  for (let i = 0; i < seen.length; i += 4) if (seen[i] < 100) dark += 1;
  return dark;
}"""


def names(page: Page) -> list[str]:
    """The top of the tree as it is shown."""
    return page.locator("#tree > .nodes > .node > .node__row .node__name").all_inner_texts()


def row(page: Page, name: str) -> str:
    """The row of a node."""
    return f'.node[data-name="{name}"] > .node__row'


def test_it_arranges_a_tree_by_keys(signed_in: Callable[[str], Page]) -> None:
    """K2: Alt and an arrow; the focus stays with what was moved, and it is said aloud."""
    page = signed_in("editor")
    page.goto("/manage/trees")
    first, second = names(page)[:2]
    page.get_by_role("link", name=first, exact=True).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#tree .node__name").first).to_have_text(second)
    expect(page.locator("[data-tree-says]")).to_have_text(f"已移动：{first}")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator(f'.node[data-name="{second}"] .nodes .node__name')).to_have_text(first)
    expect(page.locator(":focus")).to_have_text(first)
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator("#tree > .nodes > .node").nth(1)).to_have_attribute("data-name", first)
    page.reload()
    assert names(page)[:2] == [second, first]


def test_it_arranges_a_tree_by_drag(
    signed_in: Callable[[str], Page], visitor: Callable[..., Page]
) -> None:
    """K2: to the edge of a row is before it, onto its middle is below it; readers see it."""
    page = signed_in("editor")
    page.goto("/manage/trees")
    first, second, third = names(page)[:3]
    page.drag_and_drop(row(page, third), row(page, first), target_position={"x": 200, "y": 4})
    expect(page.locator("#tree .node__name").first).to_have_text(third)
    assert names(page)[:3] == [third, first, second]
    box = page.locator(row(page, first)).bounding_box()
    assert box
    middle: Position = {"x": 200.0, "y": box["height"] / 2}
    page.drag_and_drop(row(page, second), row(page, first), target_position=middle)
    expect(page.locator(f'.node[data-name="{first}"] .nodes .node__name')).to_have_text(second)
    reader = visitor()
    reader.goto("/")
    assert reader.locator(".tree__link").all_inner_texts()[:2] == [third, first]


def send(page: Page, name: str, kind: str, data: bytes) -> None:
    """Upload a file that becomes an article, and open its page."""
    page.goto("/manage/articles/from-file")
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": name, "mimeType": kind, "buffer": data}
    )
    page.get_by_role("button", name="上传并发布").click()
    page.wait_for_url(re.compile(r"/manage/articles/\d+$"))


def test_it_shows_the_pages_of_a_pdf(
    signed_in: Callable[[str], Page], visitor: Callable[..., Page]
) -> None:
    """K7: what the browser's own printer wrote is seen on a phone, drawn, not blank."""
    page = signed_in("editor")
    page.goto("about:blank")
    page.set_content("<h1>霍尔磁片安装</h1><p>先断电，再打开后盖。</p>")
    data = page.pdf()
    send(page, "安装手册.pdf", "application/pdf", data)
    expect(page.locator("#file-list")).to_contain_text("文字可以搜到")
    address = page.locator("#file-list a.file").get_attribute("href") or ""
    reader = visitor(390, 844)
    reader.goto(address)
    picture = reader.get_by_alt_text("第 1 页")
    expect(picture).to_be_visible()
    reader.wait_for_function("document.querySelector('.file-pages__picture').complete")
    assert picture.evaluate(DARK) > 500
    assert reader.evaluate("document.documentElement.scrollWidth") <= 390
    reader.get_by_role("link", name="安装手册").first.click()
    expect(reader.get_by_role("heading", name="安装手册")).to_be_visible()


def test_it_plays_film_and_sound(signed_in: Callable[[str], Page]) -> None:
    """K7: recognised by content, played in place under the site's own policy."""
    page = signed_in("editor")
    film = base64.b64decode(page.evaluate(RECORD))
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\0" * 8000)
    for name, kind, data in (
        ("演示.webm", "video", film),
        ("录音.wav", "audio", sound.getvalue()),
    ):
        send(page, name, "application/octet-stream", data)
        page.goto(page.locator("#file-list a.file").get_attribute("href") or "")
        player = page.locator(kind)
        expect(player).to_be_visible()
        page.wait_for_function(f"document.querySelector('{kind}').readyState >= 1")
        assert player.evaluate("(it) => it.error") is None
