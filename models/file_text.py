"""The text of files, read once for each content (SHA-256), kept in pieces that name a place.

`FileText` is the state of the reading; `FilePiece` rows are the text, page by page. A file
attached twice is read once; what nobody attaches any more is swept away by kb_app.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UTCDateTime, enum_text, utcnow


class FileState(StrEnum):
    """How far the reading of a file has come.

    AGAIN has text and waits to be read once more; SKIPPED holds none by its nature.
    """

    WAITING = "waiting"
    DONE = "done"
    AGAIN = "again"
    EMPTY = "empty"
    SKIPPED = "skipped"
    FAILED = "failed"


class PlaceKind(StrEnum):
    """What the number of a place counts; WHOLE is a file without such places."""

    WHOLE = "whole"
    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"


READABLE = frozenset({FileState.DONE, FileState.AGAIN})
ASKED_FOR = frozenset({FileState.WAITING, FileState.AGAIN})


class FileText(Base):
    """What became of reading one file; `reader` names the version that read it.

    `pieces` is how many rows hold its text, `places` how many pages (slides, sheets) it has.
    """

    __tablename__ = "file_text"

    sha256: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    state: Mapped[FileState] = mapped_column(
        enum_text(FileState), default=FileState.WAITING, index=True
    )
    reason: Mapped[str] = mapped_column(sa.String(40), default="")
    reader: Mapped[str] = mapped_column(sa.String(40), default="")
    pieces: Mapped[int] = mapped_column(default=0)
    places: Mapped[int] = mapped_column(default=0)
    cut: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class FilePiece(Base):
    """A stretch of a file's text; `member` is the path inside a zip, `name` a sheet's name."""

    __tablename__ = "file_piece"

    sha256: Mapped[str] = mapped_column(
        sa.ForeignKey("file_text.sha256", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PlaceKind] = mapped_column(enum_text(PlaceKind))
    place: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    member: Mapped[str] = mapped_column(sa.String(200), default="")
    text: Mapped[str] = mapped_column(sa.Text)
