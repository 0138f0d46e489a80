"""What the three office formats share: which part is the document, and what it points at."""

from __future__ import annotations

import posixpath

from kb_app.extraction.markup import events
from kb_app.extraction.packages import Package

MAIN_PARTS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")


def main_part(package: Package) -> str | None:
    """The part an office program would open first; None when it is an ordinary zip."""
    if "[Content_Types].xml" not in package:
        return None
    for kind, target in relations(package, "").values():
        if kind == "officeDocument" and target in package:
            return target
    return next((part for part in MAIN_PARTS if part in package), None)


def relations(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """What a part points at inside the package: id → (kind, path)."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    found = {}
    for event in events(package.chunks(listed)) if listed in package else ():
        if event.kind == "start" and event.name == "Relationship":
            told = event.attributes
            if told.get("TargetMode") != "External":
                kind = told.get("Type", "").rpartition("/")[2]
                found[told.get("Id", "")] = (kind, _inside(folder, told.get("Target", "")))
    return found


def _inside(folder: str, target: str) -> str:
    """A path in the package; one that climbs out of it names nothing there."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target))
