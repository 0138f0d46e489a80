"""The write side: compare documents with what is indexed (pure), then apply.

Every call is idempotent and safe to repeat after a kill: the backend is changed first,
IndexEntry rows tell that it was. Large batches are searchable by their words at once;
their vectors follow with encoding.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from indexer.analysis import terms, title_terms
from indexer.backend import Changes, TermDocument
from indexer.document import DocKind, IndexDocument, doc_id_of
from indexer.encoding import (
    MOST_FILE_PASSAGES,
    MOST_PASSAGES,
    NOTHING,
    DocumentVectors,
    encoded,
    forget_tokens,
    keep_tokens,
)
from indexer.search import IndexParts
from indexer.sources import documents
from indexer.stamping import same_text, stamped
from indexer.wordbook import Wordbook
from models import IndexEntry, reading, unit_of_work, utcnow

BATCH = 100
ENCODE_AT_ONCE = 8
MOST_ROUNDS = 3

Sources = Mapping[str, IndexDocument | None]


@dataclass(frozen=True)
class Plan:
    """What a batch asks for; `removed` ids are no longer to be found.

    `kept` names upserts whose text stayed: their vectors hold.
    """

    upserts: tuple[IndexDocument, ...]
    removed: tuple[str, ...]
    unchanged: int
    kept: frozenset[str] = frozenset()

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


def plan(found: Sources, stored: Mapping[str, str], *, force: bool = False) -> Plan:
    """Compare documents with the fingerprints last indexed (gone entries are not stored).

    `force` writes and removes all, whatever is stored.
    """
    upserts = []
    removed = []
    for doc_id, document in found.items():
        if document is None:
            if force or doc_id in stored:
                removed.append(doc_id)
        elif force or stored.get(doc_id) != document.fingerprint:
            upserts.append(document)
    unchanged = len(found) - len(upserts) - len(removed)
    kept = frozenset(
        document.doc_id
        for document in upserts
        if same_text(stored.get(document.doc_id, ""), document.fingerprint)
    )
    return Plan(tuple(upserts), tuple(removed), unchanged, kept)


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


def term_document(document: IndexDocument, book: Wordbook | None = None) -> TermDocument:
    """A document cut into terms; title, phrasings and file names count in the body too."""
    body = "\n".join((document.title, document.body, *document.phrasings, *document.file_names))
    return TermDocument(
        doc_id=document.doc_id,
        kind=document.kind,
        title_terms=title_terms(document.title, book),
        body_terms=terms(body, book),
        access_keys=document.access_keys,
        categories=document.categories,
        products=document.products,
        fingerprint=document.fingerprint,
        parts=tuple(terms(piece, book) for piece in document.pieces),
    )


def _sync_batch(parts: IndexParts, doc_ids: Sequence[str], force: bool) -> SyncReport:
    """One batch, repeated while the database moved on between reading and writing."""
    total, forced = SyncReport(), force
    for round_number in range(MOST_ROUNDS):
        with reading(parts.database) as session:
            found = documents(session, doc_ids)
            stored = _stored(session, doc_ids)
        book = parts.words.now()
        read = {key: doc and stamped(doc, book) for key, doc in found.items()}
        work = plan(read, stored, force=forced)
        if work.is_empty:
            return total if round_number else SyncReport(unchanged=work.unchanged)
        _apply(parts, work, book)
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


def _apply(parts: IndexParts, work: Plan, book: Wordbook) -> None:
    new = [document for document in work.upserts if document.doc_id not in work.kept]
    of_files = sum(min(len(document.pieces), MOST_FILE_PASSAGES) for document in new)
    at_once = len(new) + of_files // MOST_PASSAGES <= ENCODE_AT_ONCE
    vectors = encoded(parts.encoder, new) if at_once else {}
    upserts = tuple(term_document(document, book) for document in work.upserts)
    parts.backend.apply(Changes(upserts, work.removed))
    with unit_of_work(parts.database) as session:
        write_entries(session, work.upserts, vectors)
        mark_gone(session, work.removed)


def write_entries(
    session: Session,
    written: Sequence[IndexDocument],
    vectors: Mapping[str, DocumentVectors],
) -> None:
    """Tell every process what the backend now holds; no vectors means: not encoded yet.

    A document whose text stayed the same keeps the vectors it had, those of tokens too.
    """
    doc_ids = [document.doc_id for document in written]
    held = _held(session, doc_ids)
    made_of = {
        document.doc_id: vectors.get(document.doc_id) or _kept(held.get(document.doc_id), document)
        for document in written
    }
    forget_tokens(session, [doc_id for doc_id in held if made_of[doc_id] is NOTHING])
    keep_tokens(session, vectors)
    now = utcnow()
    rows = [_row(document, made_of[document.doc_id], now) for document in written]
    if rows:
        session.execute(_upsert(session.get_bind().dialect.name), rows)


def _row(document: IndexDocument, made: DocumentVectors, now: datetime) -> dict[str, object]:
    return {
        "doc_id": document.doc_id,
        "fingerprint": document.fingerprint,
        "access_keys": sorted(document.access_keys),
        "categories": list(document.categories),
        "products": list(document.products),
        "encoder": made.encoder,
        "title_vector": made.title,
        "body_vector": made.passages,
        "gone": False,
        "changed_at": now,
    }


@lru_cache(maxsize=2)
def _upsert(dialect: str) -> sa.Insert:
    """Entries in one go: object by object a rebuild would spend most of its time here."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(IndexEntry.__table__)  # type: ignore[arg-type]
    news = {column.name: column for column in statement.excluded if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=[IndexEntry.doc_id], set_=news)


def _held(session: Session, doc_ids: Sequence[str]) -> dict[str, Any]:
    """The entries of these documents, as rows."""
    columns = (
        IndexEntry.doc_id,
        IndexEntry.fingerprint,
        IndexEntry.encoder,
        IndexEntry.title_vector,
        IndexEntry.body_vector,
        IndexEntry.gone,
    )
    rows = session.execute(sa.select(*columns).where(IndexEntry.doc_id.in_(doc_ids)))
    return {row.doc_id: row for row in rows}


def _kept(before: Any, document: IndexDocument) -> DocumentVectors:
    """The vectors an entry had, when they are those of the same text."""
    if before is None or before.gone:
        return NOTHING
    if not same_text(before.fingerprint, document.fingerprint):
        return NOTHING
    return DocumentVectors(before.encoder, before.title_vector, before.body_vector)


def mark_gone(session: Session, doc_ids: Sequence[str]) -> None:
    """Tell every process that these documents left the index."""
    for start in range(0, len(doc_ids), BATCH):
        forget_tokens(session, doc_ids[start : start + BATCH])
        session.execute(
            sa.update(IndexEntry)
            .where(IndexEntry.doc_id.in_(doc_ids[start : start + BATCH]))
            .values(gone=True, title_vector=b"", body_vector=b"", encoder="", changed_at=utcnow())
        )
