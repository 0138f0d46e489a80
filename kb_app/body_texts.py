"""Article bodies as search shows them: plain text in sections, read and cut once a version.

The latest KEPT_CHARS characters stay in memory; a text is given only for an id and version
that the caller has just found readable.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from markdown.extensions.toc import slugify_unicode, unique
from sqlalchemy.orm import Session

from indexer.highlight import MAX_TEXT, Folded, folded
from indexer.passages import plain_text
from kb_app.marked_rows import Marks
from models import Article

READ_CHARS = 16_000
KEPT_CHARS = 3_000_000
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]*([^#\s].*?)[ \t]*#*[ \t]*$")
_SIGN = "\ue000"


@dataclass(frozen=True)
class Section:
    """Where a heading stands in the text, its anchor on the article's page, and what it says."""

    start: int
    anchor: str
    heading: str


@dataclass(frozen=True)
class BodyText:
    """A body as one line of plain text, and its headings from top to bottom."""

    folded: Folded
    sections: tuple[Section, ...]

    def section_at(self, place: int) -> Section | None:
        """The section a place of the text belongs to; None above the first heading."""
        before = bisect_right([section.start for section in self.sections], place)
        return self.sections[before - 1] if before else None


class BodyTexts:
    """The bounded memory of body texts; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: OrderedDict[tuple[int, int], BodyText] = OrderedDict()
        self._size = 0
        self.marks = Marks()

    def of(self, session: Session, versions: Mapping[int, int]) -> dict[int, BodyText]:
        """The texts of articles (id → version) that were already found readable."""
        with self._lock:
            known = {ref: self._known(ref, version) for ref, version in versions.items()}
        found = {ref: text for ref, text in known.items() if text is not None}
        missing = [ref for ref in versions if ref not in found]
        for ref, version, text in _read(session, missing):
            found[ref] = text
            with self._lock:
                self._keep((ref, version), text)
        return found

    def _known(self, ref: int, version: int) -> BodyText | None:
        text = self._texts.get((ref, version))
        if text is not None:
            self._texts.move_to_end((ref, version))
        return text

    def _keep(self, key: tuple[int, int], text: BodyText) -> None:
        if key in self._texts:
            return
        self._texts[key] = text
        self._size += len(text.folded.text)
        while self._size > KEPT_CHARS:
            _, oldest = self._texts.popitem(last=False)
            self._size -= len(oldest.folded.text)


def body_text(body: str) -> BodyText:
    """A Markdown body cut at its headings; anchors are those the article's page gives."""
    marked = _marked(body[:READ_CHARS].replace(_SIGN, ""))
    words: list[str] = []
    sections: list[Section] = []
    anchors: set[str] = set()
    size = 0
    for line in plain_text(marked).split("\n"):
        said = line.replace(_SIGN, "").strip()
        if line.startswith(_SIGN):
            anchor = unique(slugify_unicode(said, "-"), anchors)
            sections.append(Section(size, anchor, said))
        if said:
            words.append(said)
            size += len(said) + 1
    return BodyText(folded(" ".join(words)[:MAX_TEXT]), tuple(sections))


def _marked(body: str) -> str:
    """The body with a sign before the words of every heading."""
    lines, fence = body.split("\n"), ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence and (found := _HEADING.match(line)):
            lines[number] = f"{found[1]} {_SIGN}{found[2]}"
    return "\n".join(lines)


def _read(session: Session, ids: Iterable[int]) -> Iterator[tuple[int, int, BodyText]]:
    wanted = list(ids)
    if not wanted:
        return
    start = sa.func.substr(Article.body, 1, READ_CHARS)
    rows = session.execute(
        sa.select(Article.id, Article.version, start).where(Article.id.in_(wanted))
    )
    for ref, version, body in rows:
        yield ref, version, body_text(body)
