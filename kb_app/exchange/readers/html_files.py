"""Web pages as articles: one file, or a zip of them with their pictures. Child side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.html_markdown import FRAMING, Element, parsed, to_markdown
from kb_app.exchange.readers.links import Files
from kb_app.extraction.decoding import decode_html
from kb_app.extraction.limits import Fault, Refused

ENDINGS = (".html", ".htm", ".xhtml")
LONGEST_PAGE = 5_000_000
MAIN = ("article", "main", "body")


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Every page as a record."""
    del options
    found = False
    for path in bundle.names(*(ENDINGS if bundle.is_folder else ())):
        found = True
        try:
            _one(bundle, teller, path)
        except Refused as refused:
            if refused.fault is Fault.BOMB:
                raise
            teller.fault(path, refused.fault)
    if not found:
        teller.fault(bundle.name, "nothing")


def _one(bundle: Bundle, teller: Teller, path: str) -> None:
    source = decode_html(bundle.whole(path))
    if source is None or len(source) > LONGEST_PAGE:
        teller.fault(path, "not_text" if source is None else "too_long")
        return
    page = parsed(source)
    files = Files(bundle, teller, path)
    title, body = article_of(page, files)
    for link in files.missing[:20]:
        teller.remark(f"{path}: {link}", "picture_missing")
    here = PurePosixPath(path)
    teller.record(
        {
            "id": here.with_suffix("").as_posix(),
            "title": title or here.stem,
            "body": body,
            "category": list(here.parts[:-1]),
            "files": files.found,
            "where": path,
        }
    )


def article_of(page: Element, files: Files) -> tuple[str, str]:
    """Title and Markdown of a page: its main part, without the heading that is the title."""
    main = next((found for tag in MAIN if (found := page.find(tag))), page)
    if main.tag == "body":
        _without_frame(main)
    heading = main.find("h1") or page.find("h1")
    named = page.find("title")
    title = " ".join((heading or named or Element("none")).words().split())
    if heading is not None:
        heading.children.clear()
    return title, to_markdown(main, files.target)


def _without_frame(body: Element) -> None:
    """What stands at the edges of every page of a site is no part of its article."""
    body.children = [
        child for child in body.children if isinstance(child, str) or child.tag not in FRAMING
    ]


def markdown_of(source: str, files: Files) -> str:
    """Markdown of a stretch of HTML from another help desk."""
    return to_markdown(parsed(source), files.target)
