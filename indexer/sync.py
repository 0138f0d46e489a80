"""The write side: compare documents with what is indexed (pure), then apply.

Every call is idempotent and safe to repeat after a kill: the backend is changed first,
IndexEntry rows tell that it was. Large batches are searchable by their words at once;
their vectors follow with `encode_missing`.
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
from indexer.encoder import Encoder
from indexer.passages import lead
from indexer.search import IndexParts
from indexer.sources import documents
from indexer.vectors import unit
from models import IndexEntry, reading, unit_of_work, utcnow

BATCH = 100
ENCODE_AT_ONCE = 8
PASSAGE_CHARS = 400
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
    """Encode up to `limit` documents that have no vectors of this encoder; how many were."""
    if parts.encoder.dimensions == 0:
        return 0
    with reading(parts.database) as session:
        lacking = dict(
            session.execute(
                sa.select(IndexEntry.doc_id, IndexEntry.fingerprint)
                .where(IndexEntry.gone.is_(False), IndexEntry.encoder != parts.encoder.name)
                .order_by(IndexEntry.doc_id)
                .limit(limit)
            ).all()
        )
        found = documents(session, lacking)
    vectors = encoded(parts.encoder, [doc for doc in found.values() if doc is not None])
    with unit_of_work(parts.database) as session:
        for doc_id, fingerprint in lacking.items():
            title, body = vectors.get(doc_id, (b"", b""))
            session.execute(
                sa.update(IndexEntry)
                .where(IndexEntry.doc_id == doc_id, IndexEntry.fingerprint == fingerprint)
                .values(
                    encoder=parts.encoder.name,
                    title_vector=title,
                    body_vector=body,
                    changed_at=utcnow(),
                )
            )
    return len(lacking)


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


def encoded(encoder: Encoder, found: Sequence[IndexDocument]) -> dict[str, tuple[bytes, bytes]]:
    """Title and body vectors as stored bytes; a title is the mean of itself and its phrasings."""
    if not found or encoder.dimensions == 0:
        return {}
    asked = [(document.title, *document.phrasings) for document in found]
    titles = encoder.queries([text for texts in asked for text in texts])
    bodies = encoder.passages([passage_of(document) for document in found])
    made: dict[str, tuple[bytes, bytes]] = {}
    at = 0
    for row, (document, texts) in enumerate(zip(found, asked, strict=True)):
        title = unit(titles[at : at + len(texts)].mean(axis=0))
        at += len(texts)
        made[document.doc_id] = (_bytes(title), _bytes(bodies[row]))
    return made


def passage_of(document: IndexDocument) -> str:
    """What the encoder reads of a document: its title and the beginning of its body."""
    return f"{document.title} {lead(document.body, PASSAGE_CHARS)}".strip()


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
        write_entries(session, work.upserts, vectors, parts.encoder.name)
        mark_gone(session, work.removed)


def write_entries(
    session: Session,
    written: Sequence[IndexDocument],
    vectors: Mapping[str, tuple[bytes, bytes]],
    encoder: str,
) -> None:
    """Tell every process what the backend now holds; no vectors means: not encoded yet."""
    now = utcnow()
    for document in written:
        title, body = vectors.get(document.doc_id, (b"", b""))
        session.merge(
            IndexEntry(
                doc_id=document.doc_id,
                fingerprint=document.fingerprint,
                access_keys=sorted(document.access_keys),
                categories=list(document.categories),
                products=list(document.products),
                encoder=encoder if title else "",
                title_vector=title,
                body_vector=body,
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
