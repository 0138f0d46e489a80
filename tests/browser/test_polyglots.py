"""Files that are two things at once: a picture and a script, a page and a PDF (K7 O3).

Stored beside an article and then loaded in every way a page could, with the policy off: what
holds is that the site says what a file is and that browsers may not guess.
"""

from __future__ import annotations

import contextlib
import io

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Error

from kb_app.files import Upload, attach
from models import User, reading
from tests.browser.xss_site import *  # noqa: F403  the hostile site
from tests.browser.xss_site import Served
from tests.browser.xss_watch import watching
from tests.website import PEOPLE

pytestmark = pytest.mark.browser

PAGE = b"<!doctype html><script>parent.hit('page'); hit('page')</script>"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="top.hit(1)"><script>top.hit(2)</script></svg>'
)
FILES = {
    "gif.gif": b"GIF89a=1;hit('gif');//" + PAGE,
    "gif.js": b"GIF89a/*\x00\x00*/=1;hit('gif, named a script')",
    "jpeg.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF*/=1;hit('jpeg')//" + PAGE,
    "png.html": b"\x89PNG\r\n\x1a\n" + PAGE,
    "pdf.html": b"%PDF-1.4\n" + PAGE + b"\n%%EOF",
    "late.pdf": b" " * 900 + b"%PDF-1.4\n" + PAGE,
    "wave.wav": b"RIFF=1;hWAVE=1;hit('wave')//",
    "bom.txt": b"\xef\xbb\xbf" + PAGE,
    "utf7.txt": b"+ADw-script+AD4-hit('utf7')+ADw-/script+AD4-",
    "utf16.html": "<script>hit('utf16')</script>".encode("utf-16"),
    "styles.css": b"body{background:url(javascript:hit(3))} @import 'x';",
    "script.js": b"hit('plain script')",
    "module.mjs": b"export default hit('module')",
    "picture.svg": SVG,
    "x.svgz": b"\x1f\x8b" + SVG,
    "feed.xml": b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?>' + SVG,
    "page.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><script>top.hit(4)</script></html>',
    "manifest.mht": b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + PAGE,
    "zip.docx": b"PK\x03\x04" + PAGE,
    "empty.html": b"\x00" + PAGE,
}
# Anything of another site is answered with a script; see tests.browser.xss_watch.
ELSEWHERE = "http://elsewhere.example/x.js"
LOAD = """async (addresses) => {
  const add = (tag, values) => {
    const one = Object.assign(document.createElement(tag), values);
    const settled = new Promise((done) => { one.onload = one.onerror = done; });
    document.body.append(one);
    return settled;
  };
  for (const to of addresses) {
    await add("script", { src: to });
    await add("script", { src: to, type: "module" });
    add("link", { rel: "stylesheet", href: to });
    add("iframe", { src: to });
    add("object", { data: to });
    add("embed", { src: to });
    add("img", { src: to });
    add("video", { src: to });
    try { new Worker(to); } catch {}
    navigator.serviceWorker?.register(to).catch(() => {});
    fetch(to).then((one) => one.blob())
      .then((blob) => add("iframe", { src: `${to}?${blob.type}` }));
  }
}"""


@pytest.fixture(scope="module")
def addresses(served: Served) -> list[str]:
    """Where the files are read, by anybody."""
    ports = served.site.ports
    with reading(ports.database) as session:
        query = sa.select(User).where(User.email == PEOPLE["小编"][0])
        editor = session.scalars(query).one().as_viewer()
    article = served.world.article_ids[1]
    links = [
        attach(ports, editor, article, Upload(name, io.BytesIO(data)))
        for name, data in FILES.items()
    ]
    return [f"/files/{link.id}/{link.filename}" for link in links]


def test_it_lets_no_file_be_anything_else(
    chromium: Browser, served: Served, addresses: list[str]
) -> None:
    """K7 O3: as script, style, frame, plugin, picture, film, worker: nothing runs."""
    with watching(chromium, served.address, bypass=True) as watch:
        watch.page.goto("/ask")
        watch.page.evaluate(LOAD, addresses)
        watch.page.wait_for_timeout(1_500)
        watch.nothing_acted()
        watch.page.evaluate(LOAD, [ELSEWHERE])
        assert watch.hits, "what is a script would have run"


def test_it_opens_each_in_a_window_and_nothing_happens(
    chromium: Browser, served: Served, addresses: list[str]
) -> None:
    """K7 O3: with the policy as people have it; what is no picture, sound or PDF is a download."""
    with watching(chromium, served.address, bypass=False) as watch:
        for address in addresses:
            with contextlib.suppress(Error):  # what becomes a download is no page to arrive at
                watch.page.goto(address, wait_until="load")
        answers = [watch.page.request.get(address) for address in addresses]
        watch.nothing_acted()
    for address, answer in zip(addresses, answers, strict=True):
        said = answer.headers
        assert said["x-content-type-options"] == "nosniff", address
        kind = said["content-type"].split("/")[0]
        inline = kind in {"image", "audio", "video"} or said["content-type"] == "application/pdf"
        assert inline or said["content-disposition"].startswith("attachment"), address
        assert "svg" not in said["content-type"], address
