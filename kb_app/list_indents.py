"""Lists as people and editors indent them, for a parser that wants four blanks a level. Pure.

A fence inside a list item becomes an indented code block there, which is what it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STEP = "    "
_ITEM = re.compile(r"^( *)([-*+]|\d{1,9}[.)])(?: +|$)")
# What may begin a list right below a paragraph: a bullet, or the number one.
_BEGINS = frozenset({"-", "*", "+", "1.", "1)"})
_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*)$")


@dataclass
class _Reader:
    """Where in nested lists the present line is: the indents of the open items."""

    open_items: list[int] = field(default_factory=list)
    fence: str = ""
    fence_indent: int = 0
    inside: bool = False
    out: list[str] = field(default_factory=list)

    def line(self, text: str) -> None:
        if self.fence:
            self._code(text)
            return
        fence = _FENCE.match(text)
        if fence and "`" not in fence[3]:
            self._open(text, len(fence[1]), fence[2])
            return
        if not text.strip():
            self.out.append(text)
            return
        item = _ITEM.match(text)
        indent = len(text) - len(text.lstrip(" "))
        if item and self._begins(item[2], text):
            self._close_to(indent)
            self.out.append(STEP * len(self.open_items) + text[indent:])
            self.open_items.append(indent)
        else:
            self._other(text, indent)

    def _begins(self, sign: str, text: str) -> bool:
        """Below a paragraph a list wants an empty line, and a year is no number of a list."""
        if self.open_items or not (self.out and self.out[-1].strip()):
            return True
        if sign not in _BEGINS or len(text.strip()) <= len(sign):
            return False
        self.out.append("")
        return True

    def _close_to(self, indent: int) -> None:
        """An item begins here: it belongs to the items it is indented deeper than, by two."""
        while self.open_items and indent < self.open_items[-1] + 2:
            self.open_items.pop()

    def _other(self, text: str, indent: int) -> None:
        """A paragraph: deep enough it goes on with an item, else after an empty line it ends it."""
        if not self.open_items:
            self.out.append(text)
            return
        if indent < self.open_items[0] + 2:
            if not (self.out and self.out[-1].strip()):
                self.open_items.clear()
            self.out.append(text)
            return
        depth = sum(indent >= one + 2 for one in self.open_items)
        del self.open_items[depth:]
        rest = text[min(indent, self.open_items[-1] + 4) :]
        self.out.append(STEP * depth + rest)

    def _open(self, text: str, indent: int, fence: str) -> None:
        depth = sum(indent >= one + 2 for one in self.open_items)
        self.fence, self.fence_indent, self.inside = fence, indent, depth > 0
        if not self.inside:
            self.open_items.clear()
            self.out.append(text)
            return
        del self.open_items[depth:]
        self.out.append("")

    def _code(self, text: str) -> None:
        stripped = text.strip()
        ends = stripped.startswith(self.fence) and not stripped.strip(self.fence[0])
        if not self.inside:
            self.out.append(text)
        elif ends:
            self.out.append("")
        else:
            lead = len(text) - len(text.lstrip(" "))
            kept = text[min(lead, self.fence_indent) :]
            self.out.append(STEP * (len(self.open_items) + 1) + kept if kept.strip() else "")
        if ends:
            self.fence = ""


def nested(text: str) -> str:
    """The text with every line of a list indented by four blanks for each level."""
    reader = _Reader()
    for line in text.split("\n"):
        reader.line(line.expandtabs(4) if line[:1] == "\t" else line)
    return "\n".join(reader.out)
