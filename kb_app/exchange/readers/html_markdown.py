"""HTML → Markdown as this product writes it: headings, lists, tables, links, pictures, code.

Scripts, styles, forms and what only frames a page are dropped. Child side; pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

_DROPPED = "script style template noscript svg head form button select iframe object nav footer"
_VOID = "area base br col embed hr img input link meta param source track wbr"
_PARAGRAPHS = (
    "p div section article main address figure figcaption center dl dt fieldset details summary "
    "header aside"
)
_BLOCKS = "ul ol table pre blockquote hr body html dd"
DROPPED = frozenset(_DROPPED.split())
FRAMING = frozenset({"header", "aside"})
VOID = frozenset(_VOID.split())
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BLOCKS = HEADINGS | frozenset(_PARAGRAPHS.split()) | frozenset(_BLOCKS.split())
MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "kbd": "`", "samp": "`"}
DEEPEST = 60
_SPECIAL = re.compile(r"([\\`*\[\]])")
_UNDERLINE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LEADING = re.compile(
    r"^(\s*\d{0,9})(#{1,6}(?=\s)|[-+](?=\s)|(?<=\d)[.)](?=\s)|>|={3,}$|-{3,}$|\|)", re.MULTILINE
)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source)-([\w+#.-]{1,20})")

Link = Callable[[str, bool], str]


@dataclass
class Element:
    """A piece of a page; its children are elements and words."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def words(self) -> str:
        """All words inside."""
        parts: list[str] = []
        stack: list[Element | str] = [self]
        while stack:
            one = stack.pop()
            if isinstance(one, str):
                parts.append(one)
            else:
                stack.extend(reversed(one.children))
        return "".join(parts)

    def find(self, *tags: str) -> Element | None:
        """The first element of one of these kinds, in the order of the page."""
        stack: list[Element | str] = [self]
        while stack:
            one = stack.pop()
            if isinstance(one, Element):
                if one.tag in tags:
                    return one
                stack.extend(reversed(one.children))
        return None


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"p", "li", "td", "th", "tr", "dt", "dd"}:
            self._close_same(tag)
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(made)
        if tag not in VOID and len(self._open) < DEEPEST:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def _close_same(self, tag: str) -> None:
        """A new row or item ends the one before, which HTML lets people leave open."""
        if self._open[-1].tag == tag:
            self._open.pop()


def parsed(source: str) -> Element:
    """A page as a tree; anything is one."""
    builder = _Builder()
    builder.feed(source)
    builder.close()
    return builder.root


def to_markdown(page: Element, link: Link) -> str:
    """The text of an element; `link(url, is_picture)` says what an address becomes."""
    return _EMPTY_LINES.sub("\n\n", _Writer(link).blocks(page)).strip()


@dataclass
class _Writer:
    link: Link

    def blocks(self, element: Element) -> str:
        """Children as paragraphs, lists, tables; words between them are paragraphs too."""
        parts: list[str] = []
        line: list[Element | str] = []
        for child in element.children:
            if isinstance(child, Element) and self._is_block(child):
                parts += [self._paragraph(line), self._block(child)]
                line = []
            else:
                line.append(child)
        parts.append(self._paragraph(line))
        return "\n\n".join(part for part in parts if part.strip())

    def _is_block(self, element: Element) -> bool:
        if element.tag in BLOCKS:
            return True
        return element.tag not in {"pre", "code"} and any(
            isinstance(child, Element) and self._is_block(child) for child in element.children
        )

    def _block(self, element: Element) -> str:
        tag = element.tag
        if tag in HEADINGS:
            words = self.inline(element).replace("\n", " ").strip()
            return f"{'#' * int(tag[1])} {words}" if words else ""
        if tag in {"ul", "ol"}:
            return self._list(element)
        if tag == "pre":
            return _fenced(element)
        if tag == "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in self.blocks(element).split("\n"))
        if tag == "hr":
            return "---"
        return self._table(element) if tag == "table" else self._other(element)

    def _other(self, element: Element) -> str:
        if element.tag in DROPPED:
            return ""
        return f": {self.blocks(element)}" if element.tag == "dd" else self.blocks(element)

    def _list(self, element: Element) -> str:
        lines = []
        number = 0
        for item in element.children:
            if not isinstance(item, Element):
                continue
            number += 1
            mark = f"{number}. " if element.tag == "ol" else "- "
            inner = self._list(item) if item.tag in {"ul", "ol"} else self.blocks(item)
            inner = inner.replace("\n\n", "\n") if "```" not in inner else inner
            if inner.strip():
                lines.append(mark + inner.replace("\n", "\n    "))
        return "\n".join(lines)

    def _table(self, element: Element) -> str:
        rows = [
            [self._cell(cell) for cell in row.children if isinstance(cell, Element)]
            for row in _rows(element)
        ]
        rows = [row for row in rows if any(row)]
        width = max((len(row) for row in rows), default=0)
        if not width:
            return ""
        filled = [row + [""] * (width - len(row)) for row in rows]
        head, *body = filled
        lines = [head, ["---"] * width, *body]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def _cell(self, cell: Element) -> str:
        return self.blocks(cell).replace("|", "\\|").replace("\n\n", "<br>").replace("\n", "<br>")

    def _paragraph(self, line: list[Element | str]) -> str:
        text = self.inline(Element("p", children=line)).strip()
        lines = (part.strip() for part in text.split("\n"))
        return plain_start("\n".join(lines)) if text else ""

    def inline(self, element: Element) -> str:
        """Children as one run of words."""
        return "".join(
            _escaped(child) if isinstance(child, str) else self._inline(child)
            for child in element.children
        )

    def _inline(self, element: Element) -> str:
        tag = element.tag
        if tag == "br":
            return "\n"
        if tag == "img":
            return self._picture(element)
        if tag in DROPPED or tag in VOID:
            return ""
        if tag == "a":
            return self._anchor(element)
        if tag in MARKS:
            is_code = MARKS[tag] == "`"
            return _marked(element.words() if is_code else self.inline(element), MARKS[tag])
        return self.inline(element)

    def _anchor(self, element: Element) -> str:
        words = self.inline(element).replace("\n", " ")
        href = element.attributes.get("href", "").strip()
        if not href or not words.strip() or href.lower().startswith(("javascript:", "#")):
            return words
        return f"[{words.strip()}]({_address(self.link(href, False))})"

    def _picture(self, element: Element) -> str:
        source = element.attributes.get("src") or element.attributes.get("data-src") or ""
        if not source.strip():
            return ""
        alt = _escaped(element.attributes.get("alt", "")).replace("\n", " ").strip()
        return f"![{alt}]({_address(self.link(source.strip(), True))})"


def plain_start(text: str) -> str:
    """Lines that only look like a heading, an item or a table begin with a backslash."""
    return _LEADING.sub(r"\1\\\2", text)


def _rows(element: Element) -> list[Element]:
    """The rows of a table, not those of tables inside it."""
    found: list[Element] = []
    for child in element.children:
        if isinstance(child, Element):
            if child.tag == "tr":
                found.append(child)
            elif child.tag in {"thead", "tbody", "tfoot"}:
                found += _rows(child)
    return found


def _fenced(element: Element) -> str:
    inner = element.find("code")
    classes = [one.attributes.get("class", "") for one in (element, inner) if one]
    language = _LANGUAGE.search(" ".join(classes))
    words = element.words().strip("\n")
    fence = "````" if "```" in words else "```"
    return f"{fence}{language.group(1) if language else ''}\n{words}\n{fence}"


def _escaped(words: str) -> str:
    text = _SPECIAL.sub(r"\\\1", _SPACE.sub(" ", words)).replace("<", "&lt;")
    return _UNDERLINE.sub(r"\\_", text)


def _marked(words: str, mark: str) -> str:
    """Words between marks, which must touch them; blanks stay outside."""
    inner = words.strip()
    if not inner:
        return words
    before, after = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    if mark == "`" and "`" in inner:
        return f"{before}`` {inner} ``{after}"
    return f"{before}{mark}{inner}{mark}{after}"


def _address(url: str) -> str:
    """An address Markdown keeps whole."""
    return f"<{url.replace('<', '%3C').replace('>', '%3E')}>" if set(url) & set(" ()") else url
