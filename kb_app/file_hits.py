"""The page of an attached file that answers a search, for articles the viewer may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.file_words import ReadFile, piece_at, read_files
from indexer.highlight import Segment, folded, passage_of, segments
from models import FilePiece, PlaceKind

PASSAGE_CHARS = 120


@dataclass(frozen=True)
class FileHit:
    """Where in which file the words stand; `member` is the path inside a zip."""

    attachment_id: int
    filename: str
    kind: PlaceKind
    place: int
    name: str
    member: str
    passage: tuple[Segment, ...]

    @property
    def anchor(self) -> str:
        """What makes a browser open the file at this place; empty when it cannot."""
        opens = self.kind is PlaceKind.PAGE and self.filename.lower().endswith(".pdf")
        return f"page={self.place}" if opens and not self.member else ""


def file_hits(session: Session, query: str, parts: Mapping[int, int]) -> dict[int, FileHit]:
    """The hits of `parts` (article id → Hit.file_part), whose articles were just found readable.

    A part that is no longer there – the index is a moment behind – is left out.
    """
    wanted = {article_id: part for article_id, part in parts.items() if part}
    if not wanted:
        return {}
    files = read_files(session, wanted)
    places = {
        article_id: found
        for article_id, part in wanted.items()
        if (found := piece_at(files.get(article_id, ()), part)) is not None
    }
    pieces = _pieces(session, places.values())
    return {
        article_id: _hit(file, pieces[file.sha256, number], query)
        for article_id, (file, number) in places.items()
        if (file.sha256, number) in pieces
    }


def _hit(file: ReadFile, piece: FilePiece, query: str) -> FileHit:
    flat = folded(" ".join(piece.text.split()))
    return FileHit(
        attachment_id=file.attachment_id,
        filename=file.filename,
        kind=piece.kind,
        place=piece.place,
        name=piece.name,
        member=piece.member,
        passage=segments(passage_of(flat, query, PASSAGE_CHARS).text, query),
    )


def _pieces(
    session: Session, places: Iterable[tuple[ReadFile, int]]
) -> dict[tuple[str, int], FilePiece]:
    chosen = [
        sa.and_(FilePiece.sha256 == file.sha256, FilePiece.number == number)
        for file, number in places
    ]
    if not chosen:
        return {}
    rows = session.scalars(sa.select(FilePiece).where(sa.or_(*chosen)))
    return {(row.sha256, row.number): row for row in rows}
