"""What a Word document keeps beside its text: heading styles, kinds of lists, links. Child side."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kb_app.extraction.markup import events
from kb_app.extraction.office import relations
from kb_app.extraction.packages import Package

_HEADING = re.compile(r"^(?:heading|标题|標題)\s*([1-9])$", re.IGNORECASE)
TITLES = frozenset({"title", "标题", "標題"})
DEEPEST_HEADING = 6


@dataclass(frozen=True)
class Parts:
    """`headings`: style → level, 0 for the document's title. `ordered`: (list, depth)."""

    headings: dict[str, int] = field(default_factory=dict)
    ordered: frozenset[tuple[str, int]] = frozenset()
    links: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)


def parts_of(package: Package, main: str) -> Parts:
    """Read them; what is missing is simply empty."""
    targets = relations(package, main)
    by_kind = dict(targets.values())
    return Parts(
        _headings(package, by_kind.get("styles", "")),
        _ordered(package, by_kind.get("numbering", "")),
        _links(package, main),
        {key: path for key, (kind, path) in targets.items() if kind == "image"},
    )


def _headings(package: Package, part: str) -> dict[str, int]:
    """Style → level, by the style's name, else by its place in the outline."""
    found: dict[str, int] = {}
    style = ""
    for event in events(package.chunks(part)) if part in package else ():
        if event.kind != "start":
            continue
        told = event.attributes
        if event.name == "style":
            style = told.get("styleId", "")
        elif event.name == "name":
            level = _level(told.get("val", "").strip())
            if level is not None:
                found[style] = level
        elif event.name == "outlineLvl" and told.get("val", "9") in set("012345"):
            found.setdefault(style, int(told["val"]) + 1)
    return found


def _level(named: str) -> int | None:
    match = _HEADING.match(named)
    if match:
        return min(int(match.group(1)), DEEPEST_HEADING)
    return 0 if named.lower() in TITLES else None


def _ordered(package: Package, part: str) -> frozenset[tuple[str, int]]:
    """Which (numId, depth) are numbered; all others are bullets."""
    numbered: set[tuple[str, int]] = set()
    uses: dict[str, str] = {}
    abstract, number, depth = "", "", 0
    for event in events(package.chunks(part)) if part in package else ():
        if event.kind != "start":
            continue
        told = event.attributes
        if event.name == "abstractNum":
            abstract = told.get("abstractNumId", "")
        elif event.name == "lvl":
            level = told.get("ilvl", "0")
            depth = int(level) if level in set("012345678") else 0
        elif event.name == "numFmt" and told.get("val") not in {"bullet", "none", None}:
            numbered.add((abstract, depth))
        elif event.name == "num":
            number = told.get("numId", "")
        elif event.name == "abstractNumId":
            uses[number] = told.get("val", "")
    return frozenset(
        (num, depth)
        for num, kind in uses.items()
        for abstract, depth in numbered
        if kind == abstract
    )


def _links(package: Package, main: str) -> dict[str, str]:
    """Addresses outside the document, by the id its text names them with."""
    folder, _, name = main.rpartition("/")
    part = f"{folder}/_rels/{name}.rels"
    return {
        event.attributes.get("Id", ""): event.attributes.get("Target", "")
        for event in (events(package.chunks(part)) if part in package else ())
        if event.name == "Relationship"
        and event.kind == "start"
        and event.attributes.get("TargetMode") == "External"
        and event.attributes.get("Type", "").endswith("/hyperlink")
    }
