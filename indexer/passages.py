"""Markdown → plain text, quick and never failing; enough for search, not a renderer."""

from __future__ import annotations

import html
import re

MAX_INDEXED_CHARS = 20_000
PASSAGE_CHARS = 190

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]\n]{0,300})\]\([^)\s]{0,2000}(?:\s[^)\n]{0,300})?\)")
_LINK = re.compile(
    r"\[([^\]\n]{1,300})\](?:\([^)\s]{0,2000}(?:\s[^)\n]{0,300})?\)|\[[^\]\n]{0,100}\])"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_FENCE = re.compile(r"^[ \t]*(?:```|~~~).*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t|:\-=*_+]{3,}$", re.MULTILINE)
_MARK = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\d{1,3}[.)][ \t]+)+", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?=[^\w\s])")
_UNDERLINE = re.compile(r"_{1,3}(?!\w)|(?<!\w)_{1,3}")
_STRUCK = "\ufdd0"  # stands for ~~ until nothing else can come together to one; no character
_BLANK = re.compile(r"[ \t\f\v|]+")
_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]|[^。！？；\n]+")


def plain_text(markdown: str) -> str:
    """The words of a Markdown text without its marks, one line a paragraph."""
    text = _COMMENT.sub(" ", markdown)
    text = _SCRIPT.sub(" ", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = html.unescape(_TAG.sub(" ", text))
    for pattern in (_FENCE, _RULE, _MARK):
        text = pattern.sub("", text)
    lines = (line.strip() for line in _BLANK.sub(" ", _unmarked(text)).split("\n"))
    return "\n".join(filter(None, lines))


def _unmarked(text: str) -> str:
    """Without the marks of emphasis and escapes: most texts have few, so each is looked for
    before a pattern is tried at every character."""
    text = text.replace("~~", _STRUCK)
    if "\\" in text:
        text = _ESCAPE.sub("", text)
    if "_" in text:
        text = _UNDERLINE.sub("", text)
    for mark in ("*", "`", _STRUCK):
        text = text.replace(mark, "")
    return text


def lead(text: str, chars: int) -> str:
    """The beginning of a plain text, cut at a sentence where one ends near `chars`."""
    flat = " ".join(text.split())
    if len(flat) <= chars:
        return flat
    cut = flat[:chars]
    end = max(cut.rfind(mark) for mark in "。！？；!?;")
    return cut[: end + 1] if end >= chars * 2 // 3 else cut.rstrip() + "…"


def split(text: str, chars: int, overlap: int, most: int) -> tuple[str, ...]:
    """A plain text in pieces of about `chars`, cut after sentences, each beginning with the
    last `overlap` characters before it; at most `most` pieces, at least one."""
    pieces: list[str] = []
    piece = ""
    for sentence in _SENTENCE.findall(text.strip()):
        if piece and len(piece) + len(sentence) > chars:
            pieces.append(piece.strip())
            if len(pieces) == most:
                return tuple(pieces)
            piece = piece[-overlap:] if overlap else ""
        piece += sentence
        while len(piece) > 2 * chars and len(pieces) < most - 1:
            pieces.append(piece[:chars].strip())
            piece = piece[chars - overlap :]
    pieces.append(piece.strip())
    return tuple(pieces)
