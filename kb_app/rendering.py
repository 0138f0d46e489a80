"""Markdown to safe HTML with heading anchors, in bounded time; plain messages to safe HTML."""

from __future__ import annotations

import html as html_module
import re
from dataclasses import dataclass
from functools import lru_cache

import bleach

from kb_app.markdown_html import PROTOCOLS, TAGS, mark_link, to_html
from kb_app.render_process import LONG_TEXTS, RenderBusy

__all__ = ["PROTOCOLS", "TAGS"]

# A text this short takes no parser long, however hostile it is.
SHORT = 2_000
LONGEST = 2_000_000
_ANCHOR = re.compile(r'<h([1-6]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Heading:
    """A heading of an article: where it is, what it says, how deep."""

    anchor: str
    text: str
    level: int


@dataclass(frozen=True)
class Rendered:
    """Safe HTML and the headings in it; not `whole` when the text is shown as it was typed."""

    html: str
    headings: tuple[Heading, ...]
    whole: bool = True


def render(text: str, embeds: tuple[str, ...] = ()) -> Rendered:
    """Markdown → HTML from which everything that could act was removed.

    `embeds` are the hosts whose players may be shown. What would take the parser about
    two seconds, or more than its stack, is shown as it was typed.
    """
    safe = _safe(text, embeds)
    return with_headings(_as_typed(text), whole=False) if safe is None else with_headings(safe)


def with_headings(safe: str, *, whole: bool = True) -> Rendered:
    """HTML that `render` made, with the headings that are in it."""
    headings = tuple(
        Heading(anchor, html_module.unescape(_TAG.sub("", inner)).strip(), int(level))
        for level, anchor, inner in _ANCHOR.findall(safe)
    )
    return Rendered(safe, headings, whole)


def _safe(text: str, embeds: tuple[str, ...]) -> str | None:
    try:
        return _short(text, embeds) if len(text) <= SHORT else _long(text, embeds)
    except RenderBusy:
        return None


def _short(text: str, embeds: tuple[str, ...]) -> str | None:
    try:
        return to_html(text, embeds)
    except RecursionError:
        return None


@lru_cache(maxsize=128)
def _long(text: str, embeds: tuple[str, ...]) -> str | None:
    return LONG_TEXTS.html(text, embeds) if len(text) <= LONGEST else None


def _as_typed(text: str) -> str:
    return html_module.escape(text).replace("\n", "<br>")


def render_message(text: str) -> str:
    """A typed message → HTML: escaped, line breaks kept, links made."""
    escaped = html_module.escape(text).replace("\n", "<br>")
    return bleach.linkify(escaped, callbacks=[mark_link])
