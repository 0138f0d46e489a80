"""Markdown to safe HTML with heading anchors; plain messages to safe HTML."""

from __future__ import annotations

import html as html_module
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import bleach
import markdown
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner
from markdown.extensions.toc import slugify_unicode

_TAGS = (
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s "
    "span strong sub sup table tbody td th thead tr ul"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = {
    "a": ["href", "title", "rel"],
    "abbr": ["title"],
    "img": ["src", "alt", "title", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan"],
    "ol": ["start"],
    **{f"h{level}": ["id"] for level in range(1, 7)},
}
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})
LinkAttributes = MutableMapping[tuple[str | None, str], str]
_ANCHOR = re.compile(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_FENCED = re.compile(r"(^[ \t]*```.*?^[ \t]*```[ \t]*$)", re.DOTALL | re.MULTILINE)
_SHALLOW = re.compile(r"^ {2,3}(?=(?:[-*+]|\d{1,3}[.)])[ \t])", re.MULTILINE)
_TAG = re.compile(r"<[^>]+>")
_PARAGRAPH = re.compile(r"(\n[ \t]*\n)")
_BRACKET = re.compile(r"(?<!\\)([\[\]()])")
_STEPS = {"[": 1, "]": -1}
_ROUND_STEPS = {"(": 1, ")": -1}
DEEPEST = 50


@dataclass(frozen=True)
class Heading:
    """A heading of an article: where it is, what it says, how deep."""

    anchor: str
    text: str
    level: int


@dataclass(frozen=True)
class Rendered:
    """Safe HTML and the headings in it."""

    html: str
    headings: tuple[Heading, ...]


def render(text: str) -> Rendered:
    """Markdown → HTML from which everything that could act was removed.

    What would take the parser minutes (hundreds of open brackets) or more than its stack is
    shown as it was typed.
    """
    try:
        safe = _cleaner().clean(_parsed(_untangled(_nested(text))))
    except RecursionError:
        safe = html_module.escape(text).replace("\n", "<br>")
    headings = tuple(
        Heading(anchor, html_module.unescape(_TAG.sub("", inner)).strip(), int(level))
        for level, anchor, inner in _ANCHOR.findall(safe)
    )
    return Rendered(safe, headings)


def _parsed(text: str) -> str:
    return markdown.markdown(
        text,
        extensions=["tables", "fenced_code", "sane_lists", "toc", "nl2br"],
        extension_configs={"toc": {"slugify": slugify_unicode}},
        output_format="html",
    )


def _untangled(text: str) -> str:
    """Brackets of a paragraph that opens far more than it closes stand for themselves."""
    parts = _PARAGRAPH.split(text)
    return "".join(_BRACKET.sub(r"\\\1", part) if _is_tangled(part) else part for part in parts)


def _is_tangled(paragraph: str) -> bool:
    square = accumulate(_STEPS.get(character, 0) for character in paragraph)
    round_ = accumulate(_ROUND_STEPS.get(character, 0) for character in paragraph)
    return max(square, default=0) > DEEPEST or max(round_, default=0) > DEEPEST


def _nested(text: str) -> str:
    """Sub-lists indented by two or three spaces, as most people write them, made nested."""
    parts = _FENCED.split(text)
    parts[::2] = [_SHALLOW.sub("    ", part) for part in parts[::2]]
    return "".join(parts)


def render_message(text: str) -> str:
    """A typed message → HTML: escaped, line breaks kept, links made."""
    escaped = html_module.escape(text).replace("\n", "<br>")
    return bleach.linkify(escaped, callbacks=[_mark_link])


def _mark_link(attributes: LinkAttributes, new: bool = False, /) -> LinkAttributes:
    del new
    attributes[(None, "rel")] = "nofollow noopener noreferrer"
    return attributes


def _cleaner() -> Cleaner:
    # A Cleaner is not thread-safe, so each rendering has its own.
    return Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols=PROTOCOLS,
        strip=True,
        filters=[_links],
    )


def _links(source: Any) -> LinkifyFilter:
    return LinkifyFilter(source, callbacks=[_mark_link], skip_tags={"pre", "code"})
