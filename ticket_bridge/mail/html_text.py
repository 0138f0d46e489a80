"""HTML of a mail to plain text, quotes marked with ">". One pass, linear, total."""

from __future__ import annotations

import html
import re

LONGEST = 1_000_000
SILENT = frozenset({"script", "style", "head", "title", "template", "noscript"})
LINES = frozenset(
    {"p", "div", "tr", "li", "ul", "ol", "table", "br", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"blockquote", "pre", "hr", "section", "article", "header", "footer", "address", "dd", "dt"}
)
APART = frozenset({"p", "blockquote", "table", "ul", "ol", "pre", "h1", "h2", "h3"})
NESTING = frozenset({"div", "blockquote"})
DEEPEST = 200
# How many pieces of a line are looked through for an address that stands there already.
NEAR = 20
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,20})")
_QUOTE = re.compile(
    r"gmail_quote|moz-cite-prefix|yahoo_quoted|protonmail_quote|qmbox|netease_quote|ntes_quote"
    r"|isReplyContent",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"""\bsrc\s*=\s*["']?\s*cid:""", re.IGNORECASE)
_LINK = re.compile(r"""\bhref\s*=\s*["']?(https?://[^\s"'<>]{1,300})""", re.IGNORECASE)
_BLANK = re.compile(r"[ \t\u00a0\u200b]+")


class _Page:
    """What was written until now, and how deep in quotes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.said = False
        self.open: list[tuple[str, bool]] = []
        self.silent = ""
        self.link = ""

    def say(self, text: str) -> None:
        if not self.silent:
            shown = html.unescape(text)
            self.line.append(shown)
            self.said = self.said or bool(shown.strip())

    def end_line(self, apart: bool = False) -> None:
        text = _BLANK.sub(" ", "".join(self.line).replace("\n", " ").replace("\r", " ")).strip()
        self.line, self.said = [], False
        depth = sum(quoted for _, quoted in self.open)
        mark = "> " if depth else ""
        if text:
            self.lines.append(mark + text)
        elif apart and self.lines and self.lines[-1].strip("> "):
            self.lines.append(mark.strip())

    def tag(self, name: str, closing: bool, rest: str) -> None:
        if self.silent:
            self.silent = "" if closing and name == self.silent else self.silent
            return
        if name in LINES:
            self.end_line(apart=name in APART or (name == "br" and not self.said))
        if name in SILENT and not closing:
            self.silent = name
        elif name in NESTING:
            self._nest(name, closing, rest)
        elif name == "img" and _SOURCE.search(rest):
            self.say("[图片]")
        elif name == "a":
            self._anchor(closing, rest)

    def _nest(self, name: str, closing: bool, rest: str) -> None:
        if not closing:
            if len(self.open) < DEEPEST:
                self.open.append((name, name == "blockquote" or bool(_QUOTE.search(rest))))
            return
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place][0] == name:
                del self.open[place:]
                return

    def _anchor(self, closing: bool, rest: str) -> None:
        if not closing:
            found = _LINK.search(rest)
            self.link = html.unescape(found.group(1)) if found else ""
        elif self.link:
            near = "".join(self.line[-NEAR:])
            if self.link.rstrip("/") not in near and self.said:
                self.line.append(f" ({self.link})")
            self.link = ""


def text_of(markup: str) -> str:
    """The readable text; everything that could act or hide is gone."""
    page, place = _Page(), 0
    markup = markup[:LONGEST]
    while place < len(markup):
        opened = markup.find("<", place)
        if opened < 0:
            page.say(markup[place:])
            break
        page.say(markup[place:opened])
        place = _after_tag(page, markup, opened)
    page.end_line()
    while page.lines and not page.lines[-1].strip("> "):
        page.lines.pop()
    return "\n".join(page.lines).strip()


def _after_tag(page: _Page, markup: str, opened: int) -> int:
    """Handle what begins at a "<"; returns the place behind it."""
    if markup.startswith("<!--", opened):
        end = markup.find("-->", opened + 4)
        return end + 3 if end >= 0 else len(markup)
    name = _NAME.match(markup, opened + 1)
    if name is None:
        if markup[opened + 1 : opened + 2] in {"!", "?"}:
            end = markup.find(">", opened)
            return end + 1 if end >= 0 else len(markup)
        page.say("<")
        return opened + 1
    end = markup.find(">", name.end())
    if end < 0:
        return len(markup)
    closing = markup[opened + 1] == "/"
    page.tag(name.group(1).lower(), closing, markup[name.end() : min(end, name.end() + 2000)])
    return end + 1
