"""Markdown → HTML from which everything that could act was removed. No limit of time here.

Beside plain Markdown: tables, fences, task lists, callouts, footnotes, heading anchors; and a
media link alone in its paragraph is a player, for own files and for hosts the site allows.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import MutableMapping
from itertools import accumulate
from typing import Any
from urllib.parse import urlsplit

import markdown
from bleach.linkifier import LinkifyFilter
from bleach.sanitizer import Cleaner
from markdown.extensions.toc import slugify_unicode

from kb_app.list_indents import nested
from kb_app.quick_walker import QuickWalker

_TAGS = (
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s "
    "span strong sub sup table tbody td th thead tr ul"
)
TAGS = frozenset(_TAGS.split())
PROTOCOLS = frozenset({"http", "https", "mailto", "tel"})
LinkAttributes = MutableMapping[tuple[str | None, str], str]
DEEPEST = 50
CALLOUTS = "NOTE|TIP|IMPORTANT|WARNING|CAUTION"
ADMONITIONS = {
    "note": "note", "info": "note", "hint": "tip", "tip": "tip", "important": "important",
    "attention": "warning", "warning": "warning", "caution": "caution", "danger": "caution",
    "error": "caution",
}  # fmt: skip
VIDEO = (".mp4", ".webm", ".ogv", ".m4v", ".mov")
AUDIO = (".mp3", ".m4a", ".ogg", ".oga", ".wav", ".flac")
_PARAGRAPH = re.compile(r"(\n[ \t]*\n)")
_BRACKET = re.compile(r"(?<!\\)([\[\]()])")
_STEPS = {"[": 1, "]": -1}
_ROUND_STEPS = {"(": 1, ")": -1}
_NOTE_ID = re.compile(r"fn(?:ref\d*)?:[\w-]{1,60}")
_CALLOUT = re.compile(rf"<blockquote>\s*<p>\[!({CALLOUTS})\](?:<br>)?\s*(</p>\s*)?")
_TASK = re.compile(r"<li>(\s*<p>)?\[([ xX])\] ")
_ADMONITION = re.compile(r'<div class="admonition ([a-z]+)">')
_PLAYER = re.compile(r'<p><a href="([^"]+)"[^>]*>([^<]*)</a></p>')


def to_html(text: str, embeds: tuple[str, ...] = ()) -> str:
    """Safe HTML; RecursionError when it nests deeper than the parser's stack."""
    safe = _cleaner().clean(_parsed(_untangled(nested(text))))
    return _with_parts(safe, embeds)


def _parsed(text: str) -> str:
    return markdown.markdown(
        text,
        extensions=[
            "tables", "fenced_code", "sane_lists", "toc", "nl2br", "footnotes", "admonition",
            _Strike(),
        ],
        extension_configs={
            "toc": {"slugify": slugify_unicode},
            "footnotes": {"BACKLINK_TITLE": "↩ {}", "BACKLINK_TEXT": "↩"},
        },
        output_format="html",
    )  # fmt: skip


class _Strike(markdown.extensions.Extension):
    """~~Struck~~ words, as the editor's button makes them."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802  the library's name
        pattern = r"(~~)(?=\S)((?:(?!~~).){1,500}?)(?<=\S)~~"
        processor = markdown.inlinepatterns.SimpleTagInlineProcessor(pattern, "del")
        md.inlinePatterns.register(processor, "strike", 65)


def _untangled(text: str) -> str:
    """Brackets of a paragraph that opens far more than it closes stand for themselves."""
    parts = _PARAGRAPH.split(text)
    return "".join(_BRACKET.sub(r"\\\1", part) if _is_tangled(part) else part for part in parts)


def _is_tangled(paragraph: str) -> bool:
    square = accumulate(_STEPS.get(character, 0) for character in paragraph)
    round_ = accumulate(_ROUND_STEPS.get(character, 0) for character in paragraph)
    return max(square, default=0) > DEEPEST or max(round_, default=0) > DEEPEST


def _with_parts(safe: str, embeds: tuple[str, ...]) -> str:
    """What the sanitiser would not let through, added to what it did: our own tags only."""
    safe = _CALLOUT.sub(_callout, safe)
    safe = _TASK.sub(_task, safe)
    safe = _ADMONITION.sub(_admonition, safe)
    return _PLAYER.sub(lambda found: _player(found, embeds), safe)


def _callout(found: re.Match[str]) -> str:
    opening = f'<blockquote class="callout callout--{found[1].lower()}">'
    return opening if found[2] else f"{opening}<p>"


def _task(found: re.Match[str]) -> str:
    box = '<input type="checkbox" disabled checked>' if found[2] != " " else (
        '<input type="checkbox" disabled>'
    )  # fmt: skip
    return f'<li class="task">{found[1] or ""}{box} '


def _admonition(found: re.Match[str]) -> str:
    return f'<div class="callout callout--{ADMONITIONS.get(found[1], "note")}">'


def _player(found: re.Match[str], embeds: tuple[str, ...]) -> str:
    # Quotes may stand in a text as they are, but not in the attribute it becomes here.
    address, words = found[1], found[2].replace('"', "&quot;")
    try:
        parts = urlsplit(html_module.unescape(address))
    except ValueError:
        return found[0]
    own = not parts.scheme and not parts.netloc and parts.path.startswith("/files/")
    name = parts.path.lower()
    if own and name.endswith(VIDEO):
        return f'<video controls preload="metadata" src="{address}" title="{words}"></video>'
    if own and name.endswith(AUDIO):
        return f'<audio controls preload="none" src="{address}" title="{words}"></audio>'
    if parts.scheme == "https" and parts.netloc in embeds:
        return (
            f'<iframe class="player" src="{address}" title="{words}" loading="lazy" '
            'allowfullscreen referrerpolicy="no-referrer" '
            'sandbox="allow-scripts allow-same-origin allow-popups allow-presentation"></iframe>'
        )
    return found[0]


def _allowed(tag: str, name: str, value: str) -> bool:
    """Which attributes stay; ids and classes only those this module's own parts need."""
    if name == "id":
        return tag in _HEADINGS or (tag in {"li", "sup"} and _NOTE_ID.fullmatch(value) is not None)
    if name == "class":
        if tag == "div":
            kind = value.removeprefix("admonition ")
            return value == "footnote" or (kind != value and kind in ADMONITIONS)
        return (tag, value) in _CLASSES
    return name in _ATTRIBUTES.get(tag, ())


_HEADINGS = frozenset(f"h{level}" for level in range(1, 7))
_CLASSES = frozenset({("p", "admonition-title"), ("a", "footnote-ref"), ("a", "footnote-backref")})
_ATTRIBUTES = {
    "a": ("href", "title", "rel"),
    "abbr": ("title",),
    "img": ("src", "alt", "title", "width", "height"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start",),
}


def _cleaner() -> Cleaner:
    # A Cleaner is not thread-safe, so each rendering has its own.
    cleaner = Cleaner(
        tags=TAGS, attributes=_allowed, protocols=PROTOCOLS, strip=True, filters=[_links]
    )
    vars(cleaner)["walker"] = QuickWalker
    return cleaner


def _links(source: Any) -> LinkifyFilter:
    return LinkifyFilter(source, callbacks=[mark_link], skip_tags={"pre", "code"})


def mark_link(attributes: LinkAttributes, new: bool = False, /) -> LinkAttributes:
    """Links of the texts people write are followed by no search engine."""
    del new
    if not attributes.get((None, "href"), "").startswith("#"):
        attributes[(None, "rel")] = "nofollow noopener noreferrer"
    return attributes
