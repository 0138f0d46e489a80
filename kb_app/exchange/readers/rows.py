"""The rows of a sheet, CSV or Excel, with nothing read into them. Child side."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from typing import Any

from kb_app.exchange.framing import Teller
from kb_app.exchange.readers.bundle import Bundle
from kb_app.exchange.readers.sheet_columns import unguarded
from kb_app.exchange.readers.sheets import LONGEST_FIELD, sheet_rows

LONGEST_CELL = 400
MOST_COLUMNS = 40


def read(bundle: Bundle, teller: Teller, options: Mapping[str, Any]) -> None:
    """Rows with something in them, at most `most` and one more."""
    csv.field_size_limit(LONGEST_FIELD)
    left = int(options.get("most", 0)) + 1
    for row in sheet_rows(bundle):
        if not any(row):
            continue
        if left <= 0:
            break
        left -= 1
        teller.record({"row": [unguarded(cell)[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]]})
