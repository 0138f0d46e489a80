"""The text of a Word document as Markdown, built from its events as they come. Child side."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kb_app.exchange.readers.html_markdown import plain_start
from kb_app.exchange.readers.links import Files
from kb_app.exchange.readers.word_parts import Parts
from kb_app.extraction.limits import Refused
from kb_app.extraction.markup import Event, events
from kb_app.extraction.packages import Package

LONGEST = 700_000
OFF = frozenset({"0", "false", "off", "none"})
MARKS = {"b": "**", "i": "*"}
_SPECIAL = re.compile(r"([\\`*\[\]])")
_ITEM = re.compile(r"^( *)(- |\d+\. )")


@dataclass
class _Paragraph:
    style: str = ""
    number: str = ""
    depth: int = 0
    runs: list[tuple[str, str]] = field(default_factory=list)

    def text(self) -> str:
        """Runs of the same emphasis joined, so that `**` never meets `**`."""
        joined: list[tuple[str, str]] = []
        for mark, words in self.runs:
            if joined and joined[-1][0] == mark:
                joined[-1] = (mark, joined[-1][1] + words)
            else:
                joined.append((mark, words))
        return "".join(_marked(words, mark) for mark, words in joined).strip()


@dataclass
class _Reader:
    package: Package
    parts: Parts
    files: Files
    lines: list[str] = field(default_factory=list)
    title: str = ""
    size: int = 0
    paragraph: _Paragraph = field(default_factory=_Paragraph)
    tables: list[list[list[list[str]]]] = field(default_factory=list)
    mark: str = ""
    link: str = ""
    link_start: int = 0
    in_text: bool = False
    fallback: int = 0
    in_properties: int = 0
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """One event more; the older telling of a drawing is passed over."""
        if event.name == "Fallback" and event.kind != "text":
            self.fallback += 1 if event.kind == "start" else -1
        elif self.fallback:
            return
        elif event.kind == "text":
            if self.in_text:
                self._say(_SPECIAL.sub(r"\\\1", event.name).replace("<", "&lt;"))
        elif event.kind == "start":
            self._start(event.name, event.attributes)
        else:
            self._end(event.name)

    def _start(self, name: str, told: dict[str, str]) -> None:
        value = told.get("val", "")
        if name == "p":
            self.paragraph, self.mark = _Paragraph(), ""
        elif name == "r":
            self.mark = ""
        elif name == "t":
            self.in_text = True
        elif name in {"pStyle", "numId", "ilvl"}:
            self._describe(name, value)
        elif name in MARKS and value.lower() not in OFF and self._in_run():
            self.mark += MARKS[name]
        elif name in {"tab", "br", "cr"} and not self.in_properties:
            self._say(" " if name == "tab" else "\n")
        else:
            self._place(name, told)

    def _in_run(self) -> bool:
        return self.in_properties > 0

    def _describe(self, name: str, value: str) -> None:
        if name == "pStyle":
            self.paragraph.style = value
        elif name == "numId":
            self.paragraph.number = "" if value == "0" else value
        elif value in set("012345678"):
            self.paragraph.depth = int(value)

    def _place(self, name: str, told: dict[str, str]) -> None:
        if name == "rPr":
            self.in_properties += 1
        elif name == "pPr":
            self.in_properties -= 100
        elif name == "hyperlink":
            self.link = self.parts.links.get(told.get("id", ""), "")
            self.link_start = len(self.paragraph.runs)
        elif name == "blip":
            self._picture(told.get("embed", ""))
        elif name == "tbl":
            self.tables.append([])
        elif name == "tr" and self.tables:
            self.tables[-1].append([])
        elif name == "tc" and self.tables and self.tables[-1]:
            self.tables[-1][-1].append([])

    def _end(self, name: str) -> None:
        if name == "t":
            self.in_text = False
        elif name == "rPr":
            self.in_properties -= 1
        elif name == "pPr":
            self.in_properties += 100
        elif name == "hyperlink":
            self._linked()
        elif name == "p":
            self._paragraph_ends()
        elif name == "tbl" and self.tables:
            self._table_ends(self.tables.pop())

    def _say(self, words: str) -> None:
        self.size += len(words)
        if self.size <= LONGEST:
            self.paragraph.runs.append((self.mark, words))

    def _linked(self) -> None:
        inside = self.paragraph.runs[self.link_start :]
        words = "".join(said for _, said in inside).replace("\n", " ").strip()
        if self.link and words and self.link.lower().startswith(("http:", "https:", "mailto:")):
            address = self.link.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
            self.paragraph.runs[self.link_start :] = [("", f"[{words}]({address})")]
        self.link = ""

    def _picture(self, key: str) -> None:
        path = self.parts.pictures.get(key, "")
        if path not in self.package:
            return
        try:
            data = self.package.whole(path)
        except Refused:
            return
        place = self.files.add(data, path.rpartition("/")[2])
        self.paragraph.runs.append(("", f"![](attachment:{place})"))

    def _paragraph_ends(self) -> None:
        text, paragraph = self.paragraph.text(), self.paragraph
        self.paragraph = _Paragraph()
        if not text:
            return
        if self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1].append(text)
            return
        level = self.parts.headings.get(paragraph.style)
        if level is not None:
            self._heading(text, level)
        elif paragraph.number:
            self._item(text, paragraph)
        else:
            self.counts.clear()
            self.lines.append(plain_start(text))

    def _heading(self, text: str, level: int) -> None:
        self.counts.clear()
        words = text.replace("\n", " ").replace("**", "")
        if not self.title and not self.lines and level <= 1:
            self.title = words.replace("\\", "")
        else:
            self.lines.append(f"{'#' * max(level, 1)} {words}")

    def _item(self, text: str, paragraph: _Paragraph) -> None:
        place = (paragraph.number, paragraph.depth)
        for other in [key for key in self.counts if key[1] > paragraph.depth]:
            del self.counts[other]
        self.counts[place] = self.counts.get(place, 0) + 1
        mark = f"{self.counts[place]}." if place in self.parts.ordered else "-"
        inner = text.replace("\n", "\n" + "    " * (paragraph.depth + 1))
        self.lines.append(f"{'    ' * paragraph.depth}{mark} {inner}")

    def _table_ends(self, rows: list[list[list[str]]]) -> None:
        cells = [line for row in rows if any(line := [_cell(cell) for cell in row])]
        if not cells:
            return
        if self.tables:  # a table in a cell of another is its words
            if self.tables[-1] and self.tables[-1][-1]:
                self.tables[-1][-1][-1].append("<br>".join(" ".join(row) for row in cells))
            return
        width = max(len(row) for row in cells)
        filled = [row + [""] * (width - len(row)) for row in cells]
        lines = [filled[0], ["---"] * width, *filled[1:]]
        self.lines.append("\n".join(f"| {' | '.join(line)} |" for line in lines))


def document(package: Package, main: str, parts: Parts, files: Files) -> tuple[str, str]:
    """Title (empty when none is marked as such) and Markdown."""
    reader = _Reader(package, parts, files)
    for event in events(package.chunks(main)):
        reader.take(event)
    return reader.title, _spaced(reader.lines)


def _spaced(lines: list[str]) -> str:
    """Paragraphs apart, items of one list together."""
    return "".join(
        line if not place else ("\n" if _one_list(lines[place - 1], line) else "\n\n") + line
        for place, line in enumerate(lines)
    )


def _one_list(before: str, line: str) -> bool:
    one, other = _ITEM.match(before), _ITEM.match(line)
    if not one or not other:
        return False
    return bool(one[1] or other[1]) or (one[2] == "- ") == (other[2] == "- ")


def _cell(paragraphs: list[str]) -> str:
    return "<br>".join(paragraphs).replace("|", "\\|").replace("\n", "<br>")


def _marked(words: str, mark: str) -> str:
    inner = words.strip()
    if not mark or not inner:
        return words
    before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return f"{before}{mark}{inner}{mark[::-1]}{after}"
