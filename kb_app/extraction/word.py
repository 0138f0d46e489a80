"""The text of .docx, by the pages of its last layout where the writing program noted them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kb_app.extraction.budget import Unit
from kb_app.extraction.markup import Event, events
from kb_app.extraction.office import relations
from kb_app.extraction.packages import Package

NOTED = b"lastRenderedPageBreak"
AFTER = {"p": "\n", "tr": "\n", "tc": " "}
INSIDE = {"tab": " ", "br": "\n", "cr": "\n"}
NOTES = ("footnotes", "endnotes")
AT_ONCE = 2_000


def read(package: Package, part: str) -> Iterator[Unit]:
    """The pages, or the whole when no page is known to end; notes come last."""
    noted = _mentions(package, part, NOTED)
    lines: list[str] = []
    page = 1
    for said in _said(package, part, noted=noted):
        if said is None:
            yield Unit("page", page, "".join(lines))
            lines, page = [], page + 1
        else:
            lines.append(said)
        if len(lines) > AT_ONCE and said == "\n":
            yield _unit(page, lines, paged=noted or page > 1)
            lines = []
    for kind, target in relations(package, part).values():
        if kind in NOTES:
            lines += (said or "" for said in _said(package, target, noted=True))
    yield _unit(page, lines, paged=noted or page > 1)


def _unit(page: int, lines: list[str], *, paged: bool) -> Unit:
    return Unit("page" if paged else "whole", page if paged else 0, "".join(lines))


def _mentions(package: Package, part: str, wanted: bytes) -> bool:
    tail = b""
    for chunk in package.chunks(part):
        if wanted in tail + chunk:
            return True
        tail = chunk[-len(wanted) :]
    return False


def _said(package: Package, part: str, *, noted: bool) -> Iterator[str | None]:
    """Words and line ends in order, None where a page ends."""
    in_text = False
    for event in _once(events(package.chunks(part))):
        if event.kind == "text":
            if in_text:
                yield event.name
        elif event.name == "t":
            in_text = event.kind == "start"
        elif event.kind == "end":
            yield AFTER.get(event.name, "")
        elif _ends_page(event, noted=noted):
            yield None
        else:
            yield INSIDE.get(event.name, "")


def _once(found: Iterable[Event]) -> Iterator[Event]:
    """Without the second telling of the same words for older programs."""
    depth = 0
    for event in found:
        if event.name == "Fallback" and event.kind != "text":
            depth += 1 if event.kind == "start" else -1
        elif not depth:
            yield event


def _ends_page(event: Event, *, noted: bool) -> bool:
    """By the notes of the last layout, or else by the breaks its writer set."""
    if noted:
        return event.name == "lastRenderedPageBreak"
    return event.name == "br" and event.attributes.get("type") == "page"
