"""The text of text files and of HTML pages, whatever encoding they are in."""

from __future__ import annotations

from html.parser import HTMLParser

from kb_app.extraction.decoding import decode, decode_html

SILENT = frozenset({"script", "style", "template", "noscript", "svg", "head"})
LINES = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "title",
        "tr",
        "ul",
    ]
)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.silent: list[str] = []
        self.in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_title = tag == "title"
        if tag in SILENT:
            self.silent.append(tag)
        elif tag in LINES:
            self.words.append("\n")
        told = dict(attrs)
        if tag == "img" and told.get("alt"):
            self.words.append(f" {told['alt']} ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self.in_title = False
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        elif tag in LINES:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self.in_title and self.silent == ["head"]:
            self.words.append(f"{data}\n")
        elif not self.silent:
            self.words.append(data)


def text_of(data: bytes) -> str | None:
    """A text file's words; None when it is no text."""
    return decode(data)


def html_text(data: bytes) -> str | None:
    """What a page shows, without scripts and styles; None when it is no text."""
    source = decode_html(data)
    if source is None:
        return None
    parser = _Words()
    parser.feed(source)
    parser.close()
    return "".join(parser.words)
