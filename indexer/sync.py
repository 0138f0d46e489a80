"""The write side: compare documents with what is indexed (pure), then apply.

Every call is idempotent and safe to repeat after a kill: the backend is changed first,
IndexEntry rows tell that it was. Large batches are searchable by their words at once;
their vectors follow with `encode_missing`: titles and first passages of all documents,
then the further passages of the long ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.analysis import terms, title_terms
from indexer.backend import Changes, TermDocument
from indexer.document import DocKind, IndexDocument, doc_id_of
from indexer.encoder import Encoder, partial_name
from indexer.passages import split
from indexer.search import IndexParts
from indexer.sources import documents
from models import IndexEntry, reading, unit_of_work, utcnow

BATCH = 100
ENCODE_AT_ONCE = 8
PASSAGE_CHARS = 190
PASSAGE_OVERLAP = 30
MOST_PASSAGES = 8
MOST_ROUNDS = 3

Sources = Mapping[str, IndexDocument | None]


@dataclass(frozen=True)
class Plan:
    """What a batch asks for; `removed` ids are no longer to be found."""

    upserts: tuple[IndexDocument, ...]
    removed: tuple[str, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not self.upserts and not self.removed


@dataclass(frozen=True)
class SyncReport:
    """How many documents a sync wrote, took out, and found unchanged."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0

    def plus(self, other: SyncReport) -> SyncReport:
        """The sum of two reports."""
        return SyncReport(
            self.written + other.written,
            self.removed + other.removed,
            self.unchanged + other.unchanged,
        )


def plan(found: Sources, stored: Mapping[str, str]) -> Plan:
    """Compare documents with the fingerprints last indexed (gone entries are not stored)."""
    upserts = []
    removed = []
    for doc_id, document in found.items():
        if document is None:
            if doc_id in stored:
                removed.append(doc_id)
        elif stored.get(doc_id) != document.fingerprint:
            upserts.append(document)
    unchanged = len(found) - len(upserts) - len(removed)
    return Plan(tuple(upserts), tuple(removed), unchanged)


def sync_articles(parts: IndexParts, article_ids: Iterable[int]) -> SyncReport:
    """Bring these articles' index entries up to what the database says now."""
    return sync_documents(parts, [doc_id_of(DocKind.ARTICLE, ref) for ref in article_ids])


def sync_questions(parts: IndexParts, question_ids: Iterable[int]) -> SyncReport:
    """The same for solved public questions."""
    return sync_documents(parts, [doc_id_of(DocKind.QUESTION, ref) for ref in question_ids])


def sync_documents(parts: IndexParts, doc_ids: Sequence[str], *, force: bool = False) -> SyncReport:
    """Sync documents of any kind in batches; `force` writes even what looks unchanged."""
    report = SyncReport()
    for start in range(0, len(doc_ids), BATCH):
        report = report.plus(_sync_batch(parts, doc_ids[start : start + BATCH], force))
    return report


def encode_missing(parts: IndexParts, limit: int = 64) -> int:
    """Encode up to `limit` documents that lack vectors of this encoder; how many were.

    Documents without any vector come first and get title and first passage; when there are
    none, documents that lack further passages get them.
    """
    if parts.encoder.dimensions == 0:
        return 0
    begun = IndexEntry.encoder == partial_name(parts.encoder)
    with reading(parts.database) as session:
        rows = session.execute(
            sa.select(IndexEntry.doc_id, IndexEntry.fingerprint, begun)
            .where(IndexEntry.gone.is_(False), IndexEntry.encoder != parts.encoder.name)
            .order_by(begun, IndexEntry.doc_id)
            .limit(limit)
        ).all()
        untouched = [row for row in rows if not row[2]]
        lacking = {row[0]: row[1] for row in untouched or rows}
        found = documents(session, lacking)
    present = [document for document in found.values() if document is not None]
    _store(parts, lacking, encoded(parts.encoder, present, first_only=bool(untouched)))
    return len(lacking)


def count_missing(parts: IndexParts) -> int:
    """How many documents lack some or all vectors of this encoder."""
    if parts.encoder.dimensions == 0:
        return 0
    lacking = sa.and_(IndexEntry.gone.is_(False), IndexEntry.encoder != parts.encoder.name)
    with reading(parts.database) as session:
        return session.scalar(sa.select(sa.func.count()).where(lacking)) or 0


def _store(
    parts: IndexParts, lacking: Mapping[str, str], vectors: Mapping[str, DocumentVectors]
) -> None:
    """Write vectors to the entries that still have the fingerprint they were made for."""
    nothing = DocumentVectors(parts.encoder.name, b"", b"")
    with unit_of_work(parts.database) as session:
        for doc_id, fingerprint in lacking.items():
            made = vectors.get(doc_id, nothing)
            session.execute(
                sa.update(IndexEntry)
                .where(IndexEntry.doc_id == doc_id, IndexEntry.fingerprint == fingerprint)
                .values(
                    encoder=made.encoder,
                    title_vector=made.title,
                    body_vector=made.passages,
                    changed_at=utcnow(),
                )
            )


def term_document(document: IndexDocument) -> TermDocument:
    """A document cut into terms; phrasings count as part of the body."""
    body = "\n".join((document.body, *document.phrasings))
    return TermDocument(
        doc_id=document.doc_id,
        kind=document.kind,
        title_terms=title_terms(document.title),
        body_terms=terms(body),
        access_keys=document.access_keys,
        categories=document.categories,
        products=document.products,
        fingerprint=document.fingerprint,
    )


@dataclass(frozen=True)
class DocumentVectors:
    """One document's vectors as stored bytes, passages one after the other."""

    encoder: str
    title: bytes
    passages: bytes


def encoded(
    encoder: Encoder, found: Sequence[IndexDocument], *, first_only: bool = False
) -> dict[str, DocumentVectors]:
    """The vectors of documents: of all their passages, or of the first one only."""
    if not found or encoder.dimensions == 0:
        return {}
    texts = {document.doc_id: passages_of(document) for document in found}
    chosen = {doc_id: all_[:1] if first_only else all_ for doc_id, all_ in texts.items()}
    titles = encoder.queries([document.title for document in found])
    vectors = encoder.passages([text for some in chosen.values() for text in some])
    made: dict[str, DocumentVectors] = {}
    at = 0
    for row, (doc_id, some) in enumerate(chosen.items()):
        whole = len(some) == len(texts[doc_id])
        made[doc_id] = DocumentVectors(
            encoder.name if whole else partial_name(encoder),
            _bytes(titles[row]),
            _bytes(vectors[at : at + len(some)]),
        )
        at += len(some)
    return made


def passages_of(document: IndexDocument) -> tuple[str, ...]:
    """What the encoder reads of a document: each passage and each phrasing after the title."""
    pieces = split(document.body, PASSAGE_CHARS, PASSAGE_OVERLAP, MOST_PASSAGES)
    parts = (*pieces, *document.phrasings)
    return tuple(f"{document.title} {part}".strip() for part in parts)


def _bytes(vector: np.ndarray) -> bytes:
    return np.asarray(vector, "<f2").tobytes()


def _sync_batch(parts: IndexParts, doc_ids: Sequence[str], force: bool) -> SyncReport:
    """One batch, repeated while the database moved on between reading and writing."""
    total, forced = SyncReport(), force
    for round_number in range(MOST_ROUNDS):
        with reading(parts.database) as session:
            found = documents(session, doc_ids)
            stored = {} if forced else _stored(session, doc_ids)
        work = plan(found, stored)
        if work.is_empty:
            return total if round_number else SyncReport(unchanged=work.unchanged)
        _apply(parts, work)
        report = SyncReport(len(work.upserts), len(work.removed), work.unchanged)
        total = report if round_number == 0 else total
        forced = False
    return total


def _stored(session: Session, doc_ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        sa.select(IndexEntry.doc_id, IndexEntry.fingerprint).where(
            IndexEntry.doc_id.in_(doc_ids), IndexEntry.gone.is_(False)
        )
    )
    return dict(rows.all())


def _apply(parts: IndexParts, work: Plan) -> None:
    at_once = len(work.upserts) <= ENCODE_AT_ONCE
    vectors = encoded(parts.encoder, work.upserts) if at_once else {}
    upserts = tuple(term_document(document) for document in work.upserts)
    parts.backend.apply(Changes(upserts, work.removed))
    with unit_of_work(parts.database) as session:
        write_entries(session, work.upserts, vectors)
        mark_gone(session, work.removed)


def write_entries(
    session: Session,
    written: Sequence[IndexDocument],
    vectors: Mapping[str, DocumentVectors],
) -> None:
    """Tell every process what the backend now holds; no vectors means: not encoded yet."""
    now = utcnow()
    for document in written:
        made = vectors.get(document.doc_id, DocumentVectors("", b"", b""))
        session.merge(
            IndexEntry(
                doc_id=document.doc_id,
                fingerprint=document.fingerprint,
                access_keys=sorted(document.access_keys),
                categories=list(document.categories),
                products=list(document.products),
                encoder=made.encoder,
                title_vector=made.title,
                body_vector=made.passages,
                gone=False,
                changed_at=now,
            )
        )


def mark_gone(session: Session, doc_ids: Sequence[str]) -> None:
    """Tell every process that these documents left the index."""
    for start in range(0, len(doc_ids), BATCH):
        session.execute(
            sa.update(IndexEntry)
            .where(IndexEntry.doc_id.in_(doc_ids[start : start + BATCH]))
            .values(gone=True, title_vector=b"", body_vector=b"", encoder="", changed_at=utcnow())
        )
