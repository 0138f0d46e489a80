"""Looking at a file without downloading it: pages of PDF drawn, other text as it was read.

Pages are drawn by the confined child that reads files, a few at a time, and kept.
"""

from __future__ import annotations

import os
import tempfile
import threading
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.cards import page_count
from kb_app.errors import NotFound
from kb_app.extraction.limits import Limits
from kb_app.extraction.sandbox import Sandbox
from kb_app.files import readable_file, stored_path
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.sniffing import PDF
from models import (
    Article,
    Attachment,
    FilePiece,
    FileText,
    PlaceKind,
    Viewer,
    reading,
)

PAGES_AT_ONCE = 8
PIECES_AT_ONCE = 30
MOST_PAGES = 200
WIDTH = 1000
DRAW_SECONDS = 15.0
# How long a reader's page waits for its turn; the browser asks again when it is looked at again.
WAIT_SECONDS = 5.0
_drawing = threading.BoundedSemaphore(2)


class Look(StrEnum):
    """In which way a file is shown."""

    PICTURE = "picture"
    AUDIO = "audio"
    VIDEO = "video"
    PAGES = "pages"
    TEXT = "text"
    NONE = "none"


@dataclass(frozen=True)
class Passage:
    """A stretch of a file's text and the page, slide or sheet it stands on."""

    kind: PlaceKind
    place: int
    name: str
    member: str
    text: str


@dataclass(frozen=True)
class FilePage:
    """A file as a page: what it is, and what of it is shown here."""

    id: int
    filename: str
    size: int
    media_type: str
    article_title: str
    article_slug: str
    look: Look
    numbers: tuple[int, ...]
    passages: tuple[Passage, ...]
    total: int
    page: int
    pages: int


def file_page(ports: Ports, viewer: Viewer, attachment_id: int, page: int) -> FilePage:
    """The file as far as it can be shown; PDF and text part by part."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        row = readable_file(session, viewer, attachment_id)
        article = session.get_one(Article, row.article_id)
        text = session.get(FileText, row.sha256)
        look = _look(row, text)
        total = _total(look, text)
        size = PAGES_AT_ONCE if look is Look.PAGES else PIECES_AT_ONCE
        pages = page_count(total, size)
        page = min(max(1, page), pages)
        first = (page - 1) * size + 1
        passages = _passages(session, row.sha256, first) if look is Look.TEXT else ()
        last = min(first + size - 1, total)
        return FilePage(
            id=row.id,
            filename=row.filename,
            size=row.size,
            media_type=row.media_type,
            article_title=article.title,
            article_slug=article.slug,
            look=look,
            numbers=tuple(range(first, last + 1)) if look is Look.PAGES else (),
            passages=passages,
            total=total,
            page=page,
            pages=pages,
        )


def _look(row: Attachment, text: FileText | None) -> Look:
    kind = row.media_type.partition("/")[0]
    if row.media_type == PDF:
        return Look.PAGES if text is not None and text.places else Look.NONE
    if kind in {"image", "audio", "video"}:
        return {"image": Look.PICTURE, "audio": Look.AUDIO, "video": Look.VIDEO}[kind]
    return Look.TEXT if text is not None and text.pieces else Look.NONE


def _total(look: Look, text: FileText | None) -> int:
    if text is None:
        return 0
    return min(text.places, MOST_PAGES) if look is Look.PAGES else text.pieces


def _passages(session: Session, sha256: str, first: int) -> tuple[Passage, ...]:
    rows = session.scalars(
        sa.select(FilePiece)
        .where(FilePiece.sha256 == sha256, FilePiece.number >= first)
        .order_by(FilePiece.number)
        .limit(PIECES_AT_ONCE)
    )
    return tuple(Passage(row.kind, row.place, row.name, row.member, row.text) for row in rows)


def drawn_page(ports: Ports, viewer: Viewer, attachment_id: int, number: int) -> Path:
    """The picture of one page of a PDF, drawn when nobody asked for it before."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        row = readable_file(session, viewer, attachment_id)
        text = session.get(FileText, row.sha256)
    # A page that is not there costs a process, too: nobody has one started for it.
    most = max(1, _total(Look.PAGES, text))  # not read yet: the first is there
    if row.media_type != PDF or number > most:
        raise NotFound(str(number))
    kept = ports.config.previews_dir / row.sha256[:2] / f"{row.sha256}-{number}.png"
    if not kept.is_file():
        if not _drawing.acquire(timeout=WAIT_SECONDS):
            raise NotFound(str(number))
        try:
            if not kept.is_file():
                _draw(stored_path(ports, row.sha256), number, kept)
        finally:
            _drawing.release()
    return kept


def _draw(source: Path, number: int, kept: Path) -> None:
    limits = replace(Limits(), seconds=DRAW_SECONDS, pixels=8_000_000)
    picture = Sandbox(limits).page(source.absolute(), number, WIDTH)
    if not picture:
        raise NotFound(str(number))
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(picture)
    Path(draft).replace(kept)
