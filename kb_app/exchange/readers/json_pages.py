"""The JSON of another system's export: one file or many pages of it in a zip. Child side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.extraction.decoding import decode


def pages(bundle: Bundle, teller: Teller) -> Iterator[tuple[str, Any]]:
    """(path, value) of every JSON file; also of JSON lines. What is no JSON is a fault."""
    found = False
    for path in bundle.names(*((".json", ".jsonl", ".ndjson") if bundle.is_folder else ())):
        found = True
        text = decode(bundle.whole(path))
        if text is None:
            teller.fault(path, "not_text")
            continue
        yield from _values(path, text.lstrip("\ufeff"), teller)
    if not found:
        teller.fault(bundle.name, "nothing")


def _values(path: str, text: str, teller: Teller) -> Iterator[tuple[str, Any]]:
    try:
        yield path, json.loads(text)
        return
    except (ValueError, RecursionError):
        lines = text.split("\n")
    if len(lines) == 1 or not _is_line(lines[0]):
        teller.fault(path, "not_json")
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield f"{path}:{number}", json.loads(line)
            except (ValueError, RecursionError):
                teller.fault(f"{path}:{number}", "not_json")


def _is_line(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def listed(page: Any, key: str) -> list[dict[str, Any]]:
    """The objects under a key, whatever else is there."""
    value = page.get(key) if isinstance(page, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def said(data: dict[str, Any], key: str) -> str:
    """A text or a number as text; empty when there is none."""
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)
