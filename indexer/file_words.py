"""The text of attached files as part of their article: which files, in which order, how much.

Part n of an article (Hit.file_part) is the nth piece of its files, counted through in the
order of attachment; a file attached twice to one article counts once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.document import FileWords
from models import READABLE, Attachment, FilePiece, FileText

MOST_PIECES = 3_000


@dataclass(frozen=True)
class ReadFile:
    """A file of an article whose text is known: parts `first` to `first + pieces - 1`."""

    attachment_id: int
    filename: str
    sha256: str
    mark: str
    first: int
    pieces: int


def read_files(session: Session, article_ids: Iterable[int]) -> dict[int, tuple[ReadFile, ...]]:
    """The files with text of these articles; an article without any is absent."""
    rows = session.execute(
        sa.select(
            Attachment.article_id,
            Attachment.id,
            Attachment.filename,
            FileText.sha256,
            FileText.reader,
            FileText.pieces,
        )
        .join(FileText, FileText.sha256 == Attachment.sha256)
        .where(
            Attachment.article_id.in_(list(article_ids)),
            Attachment.searchable(),
            FileText.state.in_(READABLE),
        )
        .order_by(Attachment.article_id, Attachment.id)
    )
    found: dict[int, dict[str, ReadFile]] = defaultdict(dict)
    for article_id, attachment_id, filename, sha256, reader, pieces in rows:
        files = found[article_id]
        used = sum(file.pieces for file in files.values())
        kept = min(pieces, MOST_PIECES - used)
        if sha256 not in files and kept > 0:
            mark = f"{sha256}:{reader}:{kept}:{filename}"
            files[sha256] = ReadFile(attachment_id, filename, sha256, mark, used + 1, kept)
    return {article_id: tuple(files.values()) for article_id, files in found.items()}


def file_words(
    session: Session, article_ids: Sequence[int], *, with_text: bool = True
) -> dict[int, FileWords]:
    """What files add to these articles' documents; without text only what marks it."""
    found = read_files(session, article_ids)
    texts = _texts(session, found.values()) if with_text else {}
    return {
        article_id: FileWords(
            marks=tuple(file.mark for file in files),
            names=tuple(file.filename.rpartition(".")[0] or file.filename for file in files),
            pieces=tuple(
                text for file in files for text in texts.get(file.sha256, ())[: file.pieces]
            ),
        )
        for article_id, files in found.items()
    }


def piece_at(files: Sequence[ReadFile], part: int) -> tuple[ReadFile, int] | None:
    """The file and the number of its piece (from 1) behind a part; None when it is gone."""
    for file in files:
        if file.first <= part < file.first + file.pieces:
            return file, part - file.first + 1
    return None


def _texts(session: Session, found: Iterable[tuple[ReadFile, ...]]) -> dict[str, list[str]]:
    wanted = sorted({file.sha256 for files in found for file in files})
    texts: dict[str, list[str]] = defaultdict(list)
    if wanted:
        for sha256, text in session.execute(
            sa.select(FilePiece.sha256, FilePiece.text)
            .where(FilePiece.sha256.in_(wanted), FilePiece.number <= MOST_PIECES)
            .order_by(FilePiece.sha256, FilePiece.number)
        ):
            texts[sha256].append(text)
    return texts
