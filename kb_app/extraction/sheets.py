"""The text of .xlsx: each visible sheet by its name, a row a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb_app.extraction.budget import Budget, Unit
from kb_app.extraction.limits import Enough
from kb_app.extraction.markup import Event, events
from kb_app.extraction.office import relations
from kb_app.extraction.packages import Package

SHARED_FACTOR = 5
ROWS_AT_ONCE = 500
DIGITS = 9
SHOWN = "visible"
VALUES = frozenset({"v", "t"})


def read(package: Package, part: str, budget: Budget) -> Iterator[Unit]:
    """Units of some rows each, so that what was read of a huge sheet is kept."""
    targets = relations(package, part)
    strings = next((path for kind, path in targets.values() if kind == "sharedStrings"), "")
    shared = shared_strings(package, strings, budget.limits.chars * SHARED_FACTOR)
    for place, (name, path) in enumerate(visible_sheets(package, part, targets), start=1):
        rows: list[str] = []
        for row in _rows(package, path, shared):
            rows.append(row)
            if len(rows) >= ROWS_AT_ONCE:
                yield Unit("sheet", place, "\n".join(rows), name=name)
                rows = []
        yield Unit("sheet", place, "\n".join(rows), name=name)


def visible_sheets(
    package: Package, part: str, targets: dict[str, tuple[str, str]]
) -> list[tuple[str, str]]:
    """Name and path of every sheet that is not hidden, in their order."""
    found = []
    for event in events(package.chunks(part)):
        told = event.attributes
        is_sheet = event.kind == "start" and event.name == "sheet"
        if is_sheet and told.get("id") in targets and told.get("state", SHOWN) == SHOWN:
            found.append((told.get("name", ""), targets[told["id"]][1]))
    return found


def shared_strings(package: Package, part: str, most: int) -> list[str]:
    """The table of strings that cells refer to by number."""
    strings: list[str] = []
    words: list[str] = []
    in_text, aside, size = False, 0, 0
    for event in events(package.chunks(part)) if part in package else ():
        if event.kind == "text":
            if in_text and not aside:
                words.append(event.name)
                size += len(event.name)
        elif event.name == "rPh":
            aside += 1 if event.kind == "start" else -1
        elif event.name == "t":
            in_text = event.kind == "start"
        elif (event.kind, event.name) == ("end", "si"):
            strings.append("".join(words))
            words = []
        if size > most:
            raise Enough
    return strings


def _rows(package: Package, part: str, shared: list[str]) -> Iterator[str]:
    cell = Cell()
    cells: list[str] = []
    for event in events(package.chunks(part)):
        if cell.take(event):
            cells.append(cell.shown(shared))
        elif (event.kind, event.name) == ("end", "row"):
            if row := " ".join(filter(None, cells)):
                yield row
            cells = []


@dataclass
class Cell:
    """The cell being read."""

    kind: str = "n"
    value: str = ""
    reads: bool = False

    def take(self, event: Event) -> bool:
        """Whether the cell is complete with this event."""
        if event.kind == "text":
            self.value += event.name if self.reads else ""
        elif event.name in VALUES:
            self.reads = event.kind == "start"
        elif event.name == "c" and event.kind == "start":
            self.kind, self.value = event.attributes.get("t", "n"), ""
        return (event.kind, event.name) == ("end", "c")

    def shown(self, shared: list[str]) -> str:
        """What it shows; errors and truth values are no words."""
        if self.kind != "s":
            return "" if self.kind in {"b", "e"} else self.value.strip()
        is_number = self.value.isascii() and self.value.isdigit()
        number = int(self.value[:DIGITS]) if is_number else len(shared)
        return shared[number] if number < len(shared) else ""
