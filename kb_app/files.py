"""Files of articles: kept by content, sniffed not believed, served so that they cannot act."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.errors import FileTooLarge, InvalidInput, NotFound
from kb_app.file_text import FileReading, expect, readings
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.typed_text import clean_line
from models import Article, Attachment, Viewer, reading, record, unit_of_work

CHUNK = 256 * 1024
DRAFT = "upload-"
DRAFT_SECONDS = 24 * 3600
LONGEST_NAME = 150
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})


@dataclass(frozen=True)
class Upload:
    """A file as it arrives."""

    filename: str
    stream: BinaryIO


@dataclass(frozen=True)
class FileLink:
    """A file as a page shows it; `size` in bytes, `reading` what became of its text."""

    id: int
    filename: str
    size: int
    media_type: str
    reading: FileReading | None = None


@dataclass(frozen=True)
class StoredFile:
    """A file ready to be served; anything not known to be harmless is a download."""

    path: Path
    filename: str
    media_type: str
    inline: bool


def files_of(session: Session, article_id: int) -> tuple[FileLink, ...]:
    """The files of one article, oldest first."""
    rows = session.scalars(
        sa.select(Attachment).where(Attachment.article_id == article_id).order_by(Attachment.id)
    ).all()
    found = readings(session, [row.sha256 for row in rows]) if rows else {}
    return tuple(_link(row, found.get(row.sha256)) for row in rows)


def _link(row: Attachment, found: FileReading | None) -> FileLink:
    return FileLink(row.id, row.filename, row.size, row.media_type, found)


def attach(ports: Ports, viewer: Viewer, article_id: int, upload: Upload) -> FileLink:
    """Store a file with an article; the same file sent again is the one that is there."""
    require(viewer, Permission.WRITE)
    name = safe_name(upload.filename)
    with reading(ports.database) as session:
        _living(session, article_id)
    stored = _store(ports, upload.stream)
    with unit_of_work(ports.database) as session:
        _living(session, article_id)
        known = _same_file(session, article_id, stored.sha256, name)
        if known is not None:
            return _link(known, readings(session, [known.sha256]).get(known.sha256))
        row = Attachment(
            article_id=article_id,
            sha256=stored.sha256,
            filename=name,
            media_type=stored.media_type,
            size=stored.size,
            uploader_id=viewer.user_id,
        )
        session.add(row)
        record(session, viewer, "file.attach", f"article:{article_id}", filename=name)
        session.flush()
        expect(session, row.sha256, article_id)
        return _link(row, readings(session, [row.sha256]).get(row.sha256))


def _living(session: Session, article_id: int) -> Article:
    """The article; NotFound when it lies in the bin."""
    article = session.get(Article, article_id)
    if article is None or article.deleted_at is not None:
        raise NotFound(str(article_id))
    return article


def _same_file(session: Session, article_id: int, sha256: str, name: str) -> Attachment | None:
    """What sending the same form twice would store again."""
    return session.scalars(
        sa.select(Attachment).where(
            Attachment.article_id == article_id,
            Attachment.sha256 == sha256,
            Attachment.filename == name,
        )
    ).first()


def open_file(ports: Ports, viewer: Viewer, attachment_id: int) -> StoredFile:
    """The file, if the viewer may read its article (writers may read every article)."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        query = sa.select(Attachment).join(Article, Article.id == Attachment.article_id)
        query = query.where(Attachment.id == attachment_id)
        if not may(viewer, Permission.WRITE):
            query = query.where(Article.visible_to(viewer))
        row = session.scalar(query)
    path = None if row is None else stored_path(ports, row.sha256)
    if row is None or path is None or not path.is_file():
        raise NotFound(str(attachment_id))
    return StoredFile(path, row.filename, row.media_type, row.media_type in INLINE)


def safe_name(name: str) -> str:
    """A file name without folders, control or direction characters."""
    last = PurePosixPath(clean_line(name).replace("\\", "/")).name
    shown = "".join(character for character in last if character.isprintable())
    kept = shown.strip(". ")
    if not kept:
        raise InvalidInput("file", "empty")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) <= LONGEST_NAME:
        return kept
    return f"{stem[: LONGEST_NAME - 12]}{dot}{ending[:10]}" if dot else kept[:LONGEST_NAME]


def sniff(head: bytes) -> str:
    """The media type by content; everything unknown is plain bytes."""
    for signature, media_type in SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream"


@dataclass(frozen=True)
class _Stored:
    sha256: str
    size: int
    media_type: str


def _store(ports: Ports, stream: BinaryIO) -> _Stored:
    """Stream into a temporary file beside the store, then move it to its hash."""
    folder = ports.config.files_dir
    folder.mkdir(parents=True, exist_ok=True)
    limit = ports.config.max_upload_mb * 1024 * 1024
    digest, size, head = hashlib.sha256(), 0, b""
    handle, draft = tempfile.mkstemp(dir=folder, prefix=DRAFT)
    try:
        with os.fdopen(handle, "wb") as file:
            while chunk := stream.read(CHUNK):
                head = head or chunk[:16]
                size += len(chunk)
                if size > limit:
                    raise FileTooLarge(str(limit))
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if size == 0:
            raise InvalidInput("file", "empty")
        target = stored_path(ports, digest.hexdigest())
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(draft).replace(target)
    finally:
        Path(draft).unlink(missing_ok=True)
    return _Stored(digest.hexdigest(), size, sniff(head))


def sweep(ports: Ports) -> None:
    """Remove what uploads cut off by a killed process left behind a day ago."""
    for draft in ports.config.files_dir.glob(f"{DRAFT}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                draft.unlink()


def stored_path(ports: Ports, sha256: str) -> Path:
    """Where the bytes with this hash lie."""
    return ports.config.files_dir / sha256[:2] / sha256
