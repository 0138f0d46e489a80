"""A FAQ sheet: CSV or Excel, one article a row, by a mapping of columns. Child side.

Without a mapping only the header, a few rows and a guess are told, for a person to confirm.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.sheet_columns import FIELDS, guess, unguarded
from kb_app.extraction.budget import Budget
from kb_app.extraction.decoding import decode
from kb_app.extraction.limits import NotText, Skip
from kb_app.extraction.markup import events
from kb_app.extraction.office import main_part, relations
from kb_app.extraction.packages import Package
from kb_app.extraction.sheets import Cell, shared_strings, visible_sheets

LONGEST_FIELD = 1_000_000
MOST_COLUMNS = 200
SAMPLE = 5
SHOWN = 200
SHARED_FACTOR = 5
LETTERS = 26
DELIMITERS = ",;\t|，；"
STATUSES = {"草稿": "draft", "已发布": "published", "发布": "published", "归档": "archived"}
ACCESS = {
    "公开": "public", "所有人": "public", "登录客户": "customer", "客户": "customer",
    "员工": "staff", "内部": "staff",
}  # fmt: skip
_PARTS = re.compile(r"[\n\r;；|]+")
_PATH = re.compile(r"\s*(?:/|>+|＞|→)\s*")
_REFERENCE = re.compile(r"([A-Z]{1,3})\d+$")

Row = list[str]


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """The rows as records, or the columns when nobody has said yet what they mean."""
    csv.field_size_limit(LONGEST_FIELD)
    rows = sheet_rows(bundle)
    header = next(rows, [])
    while header and not any(header):
        header = next(rows, [])
    if not header:
        teller.fault(bundle.name, "nothing")
        return
    mapping = options.get("mapping")
    if not mapping:
        sample = list(islice((row for row in rows if any(row)), SAMPLE))
        found = {"header": _short(header), "sample": [_short(row) for row in sample]}
        teller.part("columns", {**found, "guess": guess(header, sample)})
        return
    for number, row in enumerate(rows, start=2):
        if any(row):
            _tell(teller, number, row, mapping)


def _tell(teller: Teller, number: int, row: Row, mapping: Mapping[str, int]) -> None:
    values = {
        name: unguarded(row[place]).strip() if 0 <= place < len(row) else ""
        for name, place in mapping.items()
        if name in FIELDS
    }
    title, body = values.get("title", ""), values.get("body", "")
    if not title:
        teller.fault(str(number), "no_title")
        return
    teller.record(
        {
            "id": values.get("id") or f"faq:{title[:200]}",
            "title": title,
            "body": body,
            "category": [part for part in _PATH.split(values.get("category", "")) if part],
            "products": _parts(values.get("products", "")),
            "phrasings": _parts(values.get("phrasings", "")),
            "access": [ACCESS.get(word, word) for word in _parts(values.get("access", ""))],
            "status": STATUSES.get(values.get("status", ""), values.get("status") or "published"),
            "where": str(number),
        }
    )


def _short(row: Row) -> Row:
    """As much of a row as a person needs to tell its columns apart."""
    return [cell[:SHOWN] for cell in row]


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in _PARTS.split(cell) if part.strip()]


def sheet_rows(bundle: Bundle) -> Iterator[Row]:
    """Every row of a CSV file or of the first shown sheet of a workbook."""
    if bundle.is_folder:
        raise NotText(Skip.OTHER)
    data = bundle.whole(next(bundle.names()))
    if data.startswith(b"PK"):
        return _excel(Package(BytesIO(data), bundle.budget), bundle.budget)
    text = decode(data)
    if text is None:
        raise NotText(Skip.OTHER)
    return _separated(text.lstrip("\ufeff"))


def _separated(text: str) -> Iterator[Row]:
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            row = []
        yield [cell.strip() for cell in row[:MOST_COLUMNS]]


def _excel(package: Package, budget: Budget) -> Iterator[Row]:
    """The rows of the first sheet that is shown, every cell in its column."""
    main = main_part(package)
    if main is None or not main.startswith("xl/"):
        raise NotText(Skip.OTHER)
    targets = relations(package, main)
    strings = next((path for kind, path in targets.values() if kind == "sharedStrings"), "")
    shared = shared_strings(package, strings, budget.limits.chars * SHARED_FACTOR)
    for _name, path in visible_sheets(package, main, targets)[:1]:
        yield from _excel_rows(package, path, shared)


def _excel_rows(package: Package, part: str, shared: list[str]) -> Iterator[Row]:
    cell, place = Cell(), -1
    row: Row = []
    for event in events(package.chunks(part)):
        if event.name == "c" and event.kind == "start":
            place = _place(event.attributes.get("r", ""), place)
        if cell.take(event) and place < MOST_COLUMNS:
            row += [""] * (place + 1 - len(row))
            row[place] = cell.shown(shared)
        elif (event.kind, event.name) == ("end", "row"):
            yield row
            row, place = [], -1


def _place(reference: str, before: int) -> int:
    """The column of `B7` is 1; without a reference it is the next one."""
    found = _REFERENCE.match(reference)
    if not found:
        return before + 1
    number = 0
    for letter in found.group(1):
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number - 1
