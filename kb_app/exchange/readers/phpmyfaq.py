"""phpMyFAQ: its JSON and its XML export. Child side.

Source: the exporters in phpMyFAQ's repository (src/phpMyFAQ/Export/Json.php, …/Xml.php):
id, language, category (path joined by ` >> `), keywords, question, answer (HTML, escaped
once more), author and the day of the last change.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.html_files import markdown_of
from kb_app.exchange.readers.json_pages import pages, said
from kb_app.exchange.readers.links import Files
from kb_app.extraction.limits import Fault, Refused
from kb_app.extraction.markup import events

FIELDS = frozenset({"language", "category", "keywords", "question", "answer"})


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Every question; one of the same number in another language is an article of its own."""
    del options
    told = 0
    for path, faq in _faqs(bundle, teller):
        told += 1
        number, question = said(faq, "id"), said(faq, "question")
        if not number or not question:
            teller.fault(f"{path}: {number or question[:40]}", "no_title" if number else "no_id")
            continue
        files = Files(bundle, teller, path)
        language = said(faq, "language")
        teller.record(
            {
                "id": f"phpmyfaq:{number}:{language}" if language else f"phpmyfaq:{number}",
                "title": html.unescape(question),
                "body": markdown_of(html.unescape(said(faq, "answer")), files),
                "category": [part for part in said(faq, "category").split(" >> ") if part.strip()],
                "phrasings": [
                    word.strip() for word in said(faq, "keywords").split(",") if word.strip()
                ],
                "files": files.found,
                "where": f"{path}: {number}",
            }
        )
    if not told:
        teller.fault(bundle.name, "nothing")


def _faqs(bundle: Bundle, teller: Teller) -> Iterator[tuple[str, dict[str, Any]]]:
    first = next(bundle.names(".xml"), "")
    if first or bundle.whole(next(bundle.names()))[:200].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        for path in bundle.names(*((".xml",) if bundle.is_folder else ())):
            yield from _xml(bundle, teller, path)
        return
    for path, page in pages(bundle, teller):
        for one in page if isinstance(page, list) else [page]:
            faq = one.get("faq", one) if isinstance(one, dict) else None
            if isinstance(faq, dict):
                yield path, faq


def _xml(bundle: Bundle, teller: Teller, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    faq: dict[str, Any] = {}
    words: list[str] = []
    try:
        for event in events([bundle.whole(path)]):
            if event.kind == "text":
                words.append(event.name)
            elif event.kind == "start":
                words = []
                faq = {"id": event.attributes.get("id", "")} if event.name == "article" else faq
            elif event.name == "article":
                yield path, faq
            elif event.name in FIELDS:
                faq[event.name] = "".join(words)
    except Refused as refused:
        if refused.fault is Fault.BOMB:
            raise
        teller.fault(path, refused.fault)
