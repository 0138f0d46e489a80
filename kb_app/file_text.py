"""Whether the text of a file is known: asked for when it is attached, shown to who manages it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import (
    READABLE,
    FilePiece,
    FileState,
    FileText,
    JobKind,
    PlaceKind,
    enqueue,
    insert_if_absent,
    utcnow,
)


@dataclass(frozen=True)
class FileReading:
    """How far the reading of a file has come; `places` counts pages, slides or sheets."""

    state: FileState
    reason: str = ""
    places: int = 0
    kind: PlaceKind = PlaceKind.WHOLE
    cut: bool = False

    @property
    def shows(self) -> bool:
        """Whether there is text to show."""
        return self.state in READABLE

    @property
    def may_retry(self) -> bool:
        """Whether reading it once more could end differently."""
        return self.state is FileState.FAILED


def expect(session: Session, sha256: str, article_id: int) -> None:
    """A file was attached: have it read, once for each content, and the article indexed."""
    insert_if_absent(session, FileText, sha256=sha256)
    known = session.get_one(FileText, sha256)
    if known.state in READABLE:
        enqueue(session, JobKind.INDEX_ARTICLE, article_id=article_id)
    elif known.state in {FileState.WAITING, FileState.FAILED}:
        ask_again(session, known)


def ask_again(session: Session, known: FileText) -> None:
    """Let a file be read (again); text that is there already stays until then."""
    known.state = FileState.AGAIN if known.state in READABLE else FileState.WAITING
    known.reason, known.tries, known.changed_at = "", 0, utcnow()
    enqueue(session, JobKind.EXTRACT_FILE, sha256=known.sha256)


def readings(session: Session, hashes: Iterable[str]) -> dict[str, FileReading]:
    """The readings of these contents; one that nobody asked for is absent."""
    first = sa.and_(FilePiece.sha256 == FileText.sha256, FilePiece.number == 1)
    rows = session.execute(
        sa.select(FileText, FilePiece.kind)
        .outerjoin(FilePiece, first)
        .where(FileText.sha256.in_(list(hashes)))
    )
    return {
        row.sha256: FileReading(row.state, row.reason, row.places, kind or PlaceKind.WHOLE, row.cut)
        for row, kind in rows
    }
