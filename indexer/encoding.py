"""Documents → vectors: what the encoder reads of them, and where the vectors are kept.

Titles and first passages of all documents come first, then the further passages of the
long ones. Idempotent; a vector is only kept for the text it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.document import IndexDocument
from indexer.encoder import Encoder, partial_name, whole_name
from indexer.encoder_switch import settled
from indexer.looking import TITLE
from indexer.passages import PASSAGE_CHARS, split
from indexer.search import IndexParts
from indexer.sources import documents
from indexer.stamping import same_text
from models import (
    IndexEntry,
    PassageTokens,
    insert_if_absent,
    reading,
    unit_of_work,
    utcnow,
)

PASSAGE_OVERLAP = 30
MOST_PASSAGES = 8
MOST_FILE_PASSAGES = 24


@dataclass(frozen=True)
class DocumentVectors:
    """One document's vectors as stored bytes: title, all passages, the tokens of each.

    `title_tokens` are those of its title as a question would be read.
    """

    encoder: str
    title: bytes
    passages: bytes
    tokens: tuple[bytes, ...] = ()
    title_tokens: bytes = b""

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """Token vectors under the numbers they are stored by: TITLE, then the passages from 0."""
        if self.title_tokens:
            yield TITLE, self.title_tokens
        yield from enumerate(self.tokens)


NOTHING = DocumentVectors("", b"", b"")


def passages_of(document: IndexDocument) -> tuple[str, ...]:
    """What the encoder reads of a document: each passage and each phrasing after the title.

    Of files it reads the beginnings of up to MOST_FILE_PASSAGES pieces, spread over all.
    """
    pieces = split(document.body, PASSAGE_CHARS, PASSAGE_OVERLAP, MOST_PASSAGES)
    step = -(-len(document.pieces) // MOST_FILE_PASSAGES) or 1
    of_files = (piece[:PASSAGE_CHARS] for piece in document.pieces[::step])
    parts = (*pieces, *document.phrasings, *document.file_names, *of_files)
    return tuple(f"{document.title} {part}".strip() for part in parts)


def encoded(
    encoder: Encoder, found: Sequence[IndexDocument], *, first_only: bool = False
) -> dict[str, DocumentVectors]:
    """The vectors of documents: of all their passages, or of the first one only."""
    encoder = settled(encoder)
    if not found or encoder.dimensions == 0:
        return {}
    texts = {document.doc_id: passages_of(document) for document in found}
    chosen = {doc_id: all_[:1] if first_only else all_ for doc_id, all_ in texts.items()}
    titles = encoder.read_queries([document.title for document in found])
    read = encoder.read_passages([text for some in chosen.values() for text in some])
    made: dict[str, DocumentVectors] = {}
    at = 0
    for row, (doc_id, some) in enumerate(chosen.items()):
        whole = len(some) == len(texts[doc_id])
        end = at + len(some)
        made[doc_id] = DocumentVectors(
            whole_name(encoder) if whole else partial_name(encoder),
            _bytes(titles.vectors[row]),
            _bytes(read.vectors[at:end]),
            tuple(tokens.tobytes() for tokens in read.tokens[at:end]),
            titles.tokens[row].tobytes() if titles.tokens else b"",
        )
        at = end
    return made


def encode_missing(parts: IndexParts, limit: int = 64) -> int:
    """Encode up to `limit` documents that lack vectors of this encoder; how many were.

    Documents without any vector come first and get title and first passage; when there are
    none, documents that lack further passages get them.
    """
    encoder = settled(parts.encoder)
    if encoder.dimensions == 0:
        return 0
    begun = IndexEntry.encoder == partial_name(encoder)
    with reading(parts.database) as session:
        rows = session.execute(
            sa.select(IndexEntry.doc_id, IndexEntry.fingerprint, begun)
            .where(IndexEntry.gone.is_(False), IndexEntry.encoder != whole_name(encoder))
            .order_by(begun, IndexEntry.doc_id)
            .limit(limit)
        ).all()
        untouched = [row for row in rows if not row[2]]
        lacking = {row[0]: row[1] for row in untouched or rows}
        found = documents(session, lacking)
    present = [document for document in found.values() if document is not None]
    as_indexed = [document for document in present if _is_indexed_so(document, lacking)]
    made = encoded(encoder, as_indexed, first_only=bool(untouched))
    _store(parts, encoder, lacking, made)
    return len(lacking)


def _is_indexed_so(document: IndexDocument, lacking: Mapping[str, str]) -> bool:
    """Whether the index holds the very text that was read."""
    return same_text(lacking[document.doc_id], document.fingerprint)


def count_missing(parts: IndexParts) -> int:
    """How many documents lack some or all vectors of this encoder."""
    if parts.encoder.dimensions == 0:
        return 0
    lacking = sa.and_(IndexEntry.gone.is_(False), IndexEntry.encoder != whole_name(parts.encoder))
    with reading(parts.database) as session:
        return session.scalar(sa.select(sa.func.count()).where(lacking)) or 0


def keep_tokens(session: Session, made: Mapping[str, DocumentVectors]) -> None:
    """Put the token vectors of these documents in the place of any they had."""
    forget_tokens(session, made)
    rows = [
        {"doc_id": doc_id, "number": number, "tokens": tokens}
        for doc_id, vectors in made.items()
        for number, tokens in vectors.numbered()
    ]
    if rows:
        session.execute(sa.insert(PassageTokens), rows)


def read_titles(parts: IndexParts, limit: int = 256) -> int:
    """Read up to `limit` titles of which no token vectors are kept; how many were.

    Only for what was encoded before they were kept; what is encoded now brings them along.
    """
    encoder = settled(parts.encoder)
    if encoder.token_dimensions == 0:
        return 0
    with reading(parts.database) as session:
        found = documents(session, session.scalars(_without_title().limit(limit)).all())
    titles = {doc_id: each.title if each else "" for doc_id, each in found.items()}
    made = encoder.read_queries(list(titles.values())).tokens if titles else ()
    with unit_of_work(parts.database) as session:
        still = set(session.scalars(_without_title().where(PassageTokens.doc_id.in_(titles))))
        for doc_id, tokens in zip(titles, made, strict=True):
            if doc_id in still:  # another worker may be reading the same
                kept = {"doc_id": doc_id, "number": TITLE, "tokens": tokens.tobytes()}
                insert_if_absent(session, PassageTokens, **kept)
    return len(titles)


def _without_title() -> sa.Select[str]:
    other = sa.orm.aliased(PassageTokens)
    known = sa.exists().where(other.doc_id == PassageTokens.doc_id, other.number == TITLE)
    return sa.select(PassageTokens.doc_id).where(PassageTokens.number == 0, ~known)


def forget_tokens(session: Session, doc_ids: Iterable[str]) -> None:
    """Remove the token vectors of these documents."""
    session.execute(sa.delete(PassageTokens).where(PassageTokens.doc_id.in_(list(doc_ids))))


def _store(
    parts: IndexParts,
    encoder: Encoder,
    lacking: Mapping[str, str],
    vectors: Mapping[str, DocumentVectors],
) -> None:
    """Write vectors to the entries that still have the fingerprint they were made for.

    An entry whose document changed or left meanwhile gets none, and a fingerprint of nothing:
    so the sync that follows the change writes it anew even when the change was taken back.
    """
    nothing = DocumentVectors(whole_name(encoder), b"", b"")
    kept: dict[str, DocumentVectors] = {}
    with unit_of_work(parts.database) as session:
        for doc_id, fingerprint in lacking.items():
            made = vectors.get(doc_id, nothing)
            changed = session.execute(
                sa.update(IndexEntry)
                .where(IndexEntry.doc_id == doc_id, IndexEntry.fingerprint == fingerprint)
                .values(
                    encoder=made.encoder,
                    title_vector=made.title,
                    body_vector=made.passages,
                    fingerprint=fingerprint if doc_id in vectors else "",
                    changed_at=utcnow(),
                )
                .returning(IndexEntry.doc_id)
            ).all()
            if changed:
                kept[doc_id] = made
        keep_tokens(session, kept)


def _bytes(vector: np.ndarray) -> bytes:
    return np.asarray(vector, "<f2").tobytes()
