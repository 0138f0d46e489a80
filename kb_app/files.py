"""Files of articles: kept by content, sniffed not believed, served so that they cannot act."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from kb_app.audiences import Audience, audiences, chosen_keys, named
from kb_app.config import Config
from kb_app.errors import InvalidInput, NotFound
from kb_app.file_store import FETCHED, FarFile, FileStore, Store, Stored
from kb_app.file_text import FileReading, expect, readings
from kb_app.pens import own, require_pen
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.s3_store import S3Place, s3_store
from kb_app.scanning import scan
from kb_app.sniffing import is_inline, sniff
from kb_app.typed_text import clean_line
from models import (
    Article,
    Attachment,
    AttachmentAccess,
    JobKind,
    Viewer,
    enqueue,
    reading,
    record,
    unit_of_work,
)

__all__ = ["sniff"]

LONGEST_NAME = 150
MEGABYTE = 1024 * 1024
AS_ARTICLE = ""


@dataclass(frozen=True)
class Upload:
    """A file as it arrives."""

    filename: str
    stream: BinaryIO


@dataclass(frozen=True)
class FileLink:
    """A file as a page shows it; `size` in bytes, `reading` what became of its text.

    `seen_by` names who may open it when that is not everybody who may read the article.
    """

    id: int
    filename: str
    size: int
    media_type: str
    reading: FileReading | None = None
    seen_by: tuple[Audience, ...] = ()

    @property
    def shows(self) -> bool:
        """Whether there is a page that shows it: a browser can, or its text is known."""
        return is_inline(self.media_type) or (self.reading is not None and self.reading.shows)


@dataclass(frozen=True)
class StoredFile:
    """A file ready to be served; anything not known to be harmless is a download."""

    path: Path
    filename: str
    media_type: str
    inline: bool
    sha256: str = ""
    far: FarFile | None = None


def files_of(
    session: Session, article_id: int, viewer: Viewer | None = None
) -> tuple[FileLink, ...]:
    """The files of one article, oldest first: all of them, or those this viewer may open."""
    query = (
        sa.select(Attachment)
        .where(Attachment.article_id == article_id, Attachment.removed_at.is_(None))
        .options(selectinload(Attachment.access))
        .order_by(Attachment.id)
    )
    if viewer is not None:
        query = query.where(Attachment.open_to(viewer))
    rows = session.scalars(query).all()
    found = readings(session, [row.sha256 for row in rows]) if rows else {}
    known = audiences(session) if any(row.access for row in rows) else ()
    return tuple(_link(row, found.get(row.sha256), known) for row in rows)


def _link(row: Attachment, found: FileReading | None, known: tuple[Audience, ...] = ()) -> FileLink:
    seen_by = named(known, (entry.key for entry in row.access))
    return FileLink(row.id, row.filename, row.size, row.media_type, found, seen_by)


def attach(ports: Ports, viewer: Viewer, article_id: int, upload: Upload) -> FileLink:
    """Store a file with an article; the same file sent again is the one that is there."""
    require(viewer, Permission.DRAFT)
    name = safe_name(upload.filename)
    with reading(ports.database) as session:
        require_pen(viewer, living(session, article_id))
    stored = receive(ports, viewer, upload.stream)
    with unit_of_work(ports.database) as session:
        require_pen(viewer, living(session, article_id))
        row = put_beside(ports, session, viewer, article_id, name, stored)
        found = readings(session, [row.sha256]).get(row.sha256)
        return _link(row, found, audiences(session) if row.access else ())


def receive(ports: Ports, viewer: Viewer, stream: BinaryIO) -> Stored:
    """Put a stream away within the site's limit, looked at by its virus scanner if it has one."""
    store = store_of(ports.config)
    stored = store.put(stream, ports.config.max_upload_mb * MEGABYTE)
    if not ports.config.clamav:
        return stored
    virus = scan(ports.config.clamav, store.path(stored.sha256))
    if virus:
        store.set_apart(stored.sha256)
        with unit_of_work(ports.database) as session:
            record(session, viewer, "file.infected", f"file:{stored.sha256[:32]}", virus=virus)
        raise InvalidInput("file", "infected")
    return stored


def put_beside(  # noqa: PLR0913, PLR0917  who puts which bytes where, under which name
    ports: Ports, session: Session, viewer: Viewer, article_id: int, name: str, stored: Stored
) -> Attachment:
    """The row of a file beside its article, in the caller's transaction."""
    known = _same_file(session, article_id, stored.sha256, name)
    if known is not None:
        if known.removed_at is not None:
            known.removed_at = None
            record(session, viewer, "file.attach", f"article:{article_id}", filename=name)
        expect(session, known.sha256, article_id)
        return known
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
    if not stored_path(ports, stored.sha256).is_file():
        # swept away as an orphan in this very moment; the sender has it still
        raise InvalidInput("file", "again")
    return row


def living(session: Session, article_id: int) -> Article:
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


def detach(ports: Ports, viewer: Viewer, article_id: int, attachment_id: int) -> None:
    """Take a file away from its article; versions that show it still find it."""
    require(viewer, Permission.DRAFT)
    with unit_of_work(ports.database) as session:
        _require_pen_at(session, viewer, article_id)
        row = _of_article(session, article_id, attachment_id)
        if row.removed_at is None:
            row.removed_at = ports.clock()
            _changed(session, viewer, row, "file.detach")


def restrict(
    ports: Ports, viewer: Viewer, article_id: int, attachment_id: int, access: str
) -> None:
    """Let only some of the article's readers open a file; empty lets all of them."""
    require(viewer, Permission.WRITE)
    with unit_of_work(ports.database) as session:
        row = _of_article(session, article_id, attachment_id)
        kept = {entry.key: entry for entry in row.access}
        keys = chosen_keys(session, access, frozenset(kept)) if access else frozenset()
        row.access = [kept.get(key) or AttachmentAccess(key=key) for key in sorted(keys)]
        _changed(session, viewer, row, "file.restrict", readers=sorted(keys))


def _require_pen_at(session: Session, viewer: Viewer, article_id: int) -> None:
    """Also beside what lies in the bin."""
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound(str(article_id))
    require_pen(viewer, article)


def _of_article(session: Session, article_id: int, attachment_id: int) -> Attachment:
    row = session.get(Attachment, attachment_id)
    if row is None or row.article_id != article_id:
        raise NotFound(str(attachment_id))
    return row


def _changed(
    session: Session, viewer: Viewer, row: Attachment, deed: str, **more: list[str]
) -> None:
    record(session, viewer, deed, f"article:{row.article_id}", filename=row.filename, **more)
    enqueue(session, JobKind.INDEX_ARTICLE, article_id=row.article_id)


def readable_file(session: Session, viewer: Viewer, attachment_id: int) -> Attachment:
    """The file, if the viewer may read its article and it (writers may read every one).

    What lies beside an own draft can be looked at, too.
    """
    query = (
        sa.select(Attachment)
        .join(Article, Article.id == Attachment.article_id)
        .where(Attachment.id == attachment_id)
    )
    if not may(viewer, Permission.PUBLISH):
        query = query.where(
            sa.or_(Article.visible_to(viewer), own(viewer)),
            Attachment.removed_at.is_(None),
            Attachment.open_to(viewer),
        )
    row = session.scalar(query)
    if row is None:
        raise NotFound(str(attachment_id))
    return row


def open_file(ports: Ports, viewer: Viewer, attachment_id: int) -> StoredFile:
    """The bytes of a readable file."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        row = readable_file(session, viewer, attachment_id)
    store, is_shown = store_of(ports.config), is_inline(row.media_type)
    if row.size > FETCHED and not store.nearby(row.sha256):
        far = FarFile(store, row.sha256, row.size)
        return StoredFile(Path(), row.filename, row.media_type, is_shown, row.sha256, far)
    path = store.path(row.sha256)
    if not path.is_file():
        raise NotFound(str(attachment_id))
    return StoredFile(path, row.filename, row.media_type, is_shown, row.sha256)


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


def store_of(config: Config) -> Store:
    """Where this site keeps files; ConfigError when that needs a package that is not here."""
    near = FileStore(config.files_dir, config.quarantine_dir)
    if not config.files:
        return near
    return _far_store(S3Place(config.files, config.files_endpoint), near, config.files_cache_mb)


_far_store = cache(s3_store)


def stored_path(ports: Ports, sha256: str) -> Path:
    """Where the bytes with this hash lie."""
    return store_of(ports.config).path(sha256)
