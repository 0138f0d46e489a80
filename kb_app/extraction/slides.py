"""The text of .pptx: each slide in the order of the show, with its notes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb_app.extraction.budget import Unit
from kb_app.extraction.markup import events
from kb_app.extraction.office import relations
from kb_app.extraction.packages import Package

_NUMBER = re.compile(r"ppt/slides/slide(\d{1,6})\.xml")


def read(package: Package, part: str) -> Iterator[Unit]:
    """One unit a slide."""
    for place, slide in enumerate(_order(package, part), start=1):
        text = _text(package, slide)
        for kind, target in relations(package, slide).values():
            if kind == "notesSlide":
                text += "\n" + _text(package, target)
        yield Unit("slide", place, text)


def _order(package: Package, part: str) -> list[str]:
    """The slides as the presentation lists them, else by their numbers."""
    targets = relations(package, part)
    listed = [
        targets[event.attributes["id"]][1]
        for event in events(package.chunks(part))
        if event.kind == "start" and event.name == "sldId" and event.attributes.get("id") in targets
    ]
    if listed:
        return [slide for slide in listed if slide in package]
    numbered = [match for name in package.names() if (match := _NUMBER.fullmatch(name))]
    return [match.string for match in sorted(numbered, key=lambda match: int(match.group(1)))]


def _text(package: Package, part: str) -> str:
    words: list[str] = []
    in_text = False
    for event in events(package.chunks(part)):
        if event.kind == "text":
            words += [event.name] if in_text else []
        elif event.name == "t":
            in_text = event.kind == "start"
        elif (event.kind, event.name) in {("end", "p"), ("start", "br")}:
            words.append("\n")
    return "".join(words)
