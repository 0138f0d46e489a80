"""Word documents as articles: headings, lists, tables, links, emphasis, pictures. Child side.

One .docx, or a zip of many. What layout alone says (text boxes, columns) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.links import Files
from kb_app.exchange.readers.word_parts import Parts, parts_of
from kb_app.exchange.readers.word_text import document
from kb_app.extraction.limits import Fault, Refused
from kb_app.extraction.office import main_part
from kb_app.extraction.packages import Package

ENDING = ".docx"
OLD = b"\xd0\xcf\x11\xe0"


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Every document as a record; a damaged one is a fault."""
    del options
    found = False
    for path in bundle.names(*((ENDING, ".doc") if bundle.is_folder else ())):
        if PurePosixPath(path).name.startswith("~$"):
            continue
        found = True
        try:
            _one(bundle, teller, path)
        except Refused as refused:
            if refused.fault is Fault.BOMB and not bundle.is_folder:
                raise
            teller.fault(path, refused.fault)
    if not found:
        teller.fault(bundle.name, "nothing")


def _one(bundle: Bundle, teller: Teller, path: str) -> None:
    data = bundle.whole(path)
    if data.startswith(OLD):
        teller.fault(path, "old_word")
        return
    package = Package(BytesIO(data), bundle.budget)
    main = main_part(package)
    if main is None or not main.endswith(".xml") or not main.startswith("word/"):
        teller.fault(path, "not_word")
        return
    parts: Parts = parts_of(package, main)
    files = Files(bundle, teller, path)
    title, body = document(package, main, parts, files)
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
