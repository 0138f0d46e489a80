"""Files of every kind that can be imported, each text in them hostile.

Word, web pages and Zendesk carry every vector, the others every other one: as a text, a title,
a name of a file or category, the target of a link.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from kb_app.exchange import runs
from kb_app.exchange.formats import ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.readers.front_matter import dump
from kb_app.exchange.run_pages import run_of
from kb_app.ports import Ports
from models import Viewer
from tests.office_files import OFFICE, WORD, package, relations, zipped
from tests.xss import vectors

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")
LINKS = 40
EVEN, ODD = vectors()[::2], vectors()[1::2]


def titled(number: int, text: str) -> str:
    """A hostile title that no other article has."""
    return f"{number} {' '.join(text.split())}"[:180]


def _named(number: int, text: str, ending: str) -> str:
    name = re.sub(r"[/\\\0-\x1f\u200b\ufeff:]", "_", text)[:60]
    return f"{number:04d} {name}.{ending}"


def _word() -> bytes:
    """Word files of many paragraphs, with links to every address a vector names."""
    files = {}
    for start in range(0, len(vectors()), LINKS):
        texts = [_NOT_XML.sub("", text) for text in vectors()[start : start + LINKS]]
        lines = "".join(
            f'<w:p><w:hyperlink r:id="h{n}">{_run(text)}</w:hyperlink></w:p><w:p>{_run(text)}</w:p>'
            for n, text in enumerate(texts)
        )
        targets = "".join(
            f'<Relationship Id="h{n}" Type="{OFFICE}/hyperlink" TargetMode="External" '
            f"Target={quoteattr(_address(text))}/>"
            for n, text in enumerate(texts)
        )
        main = (
            f'<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"><w:body>{lines}</w:body></w:document>'
        )
        links = relations({}).replace("</Relationships>", f"{targets}</Relationships>")
        members: dict[str, bytes | str] = {
            "word/document.xml": main,
            "word/_rels/document.xml.rels": links,
        }
        files[_named(start, texts[0], "docx")] = package("word/document.xml", members)
    return zipped(files)


def _run(text: str) -> str:
    return f"<w:r><w:t>{escape(text)}</w:t></w:r>"


def _address(text: str) -> str:
    found = re.search(r"(?:java|vb|data|JaVa|DATA|&#|%6A)[^\s\"'>)]+", text)
    return found[0] if found else f"javascript:{text}"


def _html() -> bytes:
    pages = {
        _named(n, text, "html"): f"<!doctype html><meta charset=utf-8><title>{n} {text}</title>"
        f"<main><h1>{n}</h1>{text}<p title='{text}'>{html.escape(text)}</p></main>"
        for n, text in enumerate(vectors())
    }
    return zipped({name: page.encode() for name, page in pages.items()})


def _markdown() -> bytes:
    return zipped(
        {
            f"{_named(n, text, 'd')}/{n}.md": dump(
                {"title": titled(n, text), "category": text[:60], "phrasings": [text[:100]]}
            )
            + f"\n{text}\n"
            for n, text in enumerate(EVEN)
        }
    )


def _zendesk() -> bytes:
    articles = [
        {
            "id": n + 1, "title": titled(n, text), "body": text, "section_id": n % 30 + 1,
            "label_names": [text[:80]], "user_segment_id": None,
        }
        for n, text in enumerate(vectors())
    ]  # fmt: skip
    sections = [{"id": n + 1, "name": vectors()[n * 20][:60]} for n in range(30)]
    return json.dumps({"articles": articles, "sections": sections}).encode()


def _phpmyfaq() -> bytes:
    rows = [
        {
            "faq": {
                "id": str(n), "language": "zh", "category": text[:60], "keywords": text[:80],
                "question": titled(n, text), "answer": html.escape(text) if n % 2 else text,
            }
        }
        for n, text in enumerate(ODD)
    ]  # fmt: skip
    return json.dumps(rows).encode()


def _discourse() -> bytes:
    topics = [
        {
            "id": n + 1, "title": titled(n, text), "category_id": n % 30 + 1,
            "post_stream": {
                "posts": [
                    {"post_number": 1, "cooked": html.escape(text)},
                    {"post_number": 2, "cooked": text, "accepted_answer": True},
                ]
            },
        }
        for n, text in enumerate(EVEN)
    ]  # fmt: skip
    return json.dumps({"topics": topics}).encode()


def _sheet() -> bytes:
    rows = [
        ",".join('"' + cell.replace('"', '""') + '"' for cell in (titled(n, text), text, text))
        for n, text in enumerate(ODD)
    ]
    return "\n".join(["问题,答案,相似问法", *rows]).encode()


FILES: dict[ImportFormat, tuple[str, Callable[[], bytes]]] = {
    ImportFormat.DOCX: ("word.zip", _word),
    ImportFormat.HTML: ("pages.zip", _html),
    ImportFormat.MARKDOWN: ("markdown.zip", _markdown),
    ImportFormat.ZENDESK: ("guide.json", _zendesk),
    ImportFormat.PHPMYFAQ: ("faq.json", _phpmyfaq),
    ImportFormat.DISCOURSE: ("forum.json", _discourse),
    ImportFormat.CSV: ("sheet.csv", _sheet),
}


def bring_in(ports: Ports, viewer: Viewer, kind: ImportFormat) -> int:
    """Import one of FILES as a person does; the id of the run."""
    name, made = FILES[kind]
    sent = runs.Sent(kind, name, io.BytesIO(made()))
    run_id = runs.begin_import(ports, viewer, sent)
    runs.work(ports, run_id)
    run = run_of(ports, run_id)
    if run.state == "mapping":
        runs.choose_columns(ports, viewer, run_id, run.options["columns"]["guess"])
        runs.work(ports, run_id)
    runs.confirm(ports, viewer, run_id, OnConflict.KEEP)
    runs.work(ports, run_id)
    return run_id
