"""A new index beside the old one: build, swap, audit, and catch up with what changed.

Searches go on all the while. Vectors are kept where text and encoder are the same; the
others follow with `encode_missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from indexer.audit import AuditReport, audit
from indexer.backend import TermDocument
from indexer.cutting import cut_all
from indexer.document import IndexDocument
from indexer.search import IndexParts
from indexer.sources import eligible_ids, every_document
from indexer.stamping import stamped
from indexer.sync import BATCH, mark_gone, sync_documents, write_entries
from indexer.version import INDEX_IDENTITY
from models import IndexEntry, reading, unit_of_work

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RebuildReport:
    """How many documents were built, how many were caught up, and the last audit."""

    built: int
    caught_up: int
    audit: AuditReport


def needs_rebuild(parts: IndexParts) -> bool:
    """Whether the index is missing, broken, or was built by another version; a quick look."""
    return not parts.backend.healthy() or parts.backend.identity() != INDEX_IDENTITY


def why_rebuild(parts: IndexParts) -> str:
    """What is wrong with the index, '' when nothing is; every file is looked at."""
    fault = parts.backend.fault()
    if fault:
        return fault
    found = parts.backend.identity()
    return "" if found == INDEX_IDENTITY else f"built as {found or 'nothing'}, not {INDEX_IDENTITY}"


def rebuild(parts: IndexParts, progress: Progress | None = None) -> RebuildReport:
    """Build the whole index anew; raises SearchUnavailable and leaves the old one on failure."""
    with reading(parts.database) as session:
        ids = eligible_ids(session)
    written: list[IndexDocument] = []
    built = parts.backend.rebuild(_terms(parts, ids, written, progress), INDEX_IDENTITY)
    _write_all(parts, written)
    report = audit(parts)
    if report.ok:
        return RebuildReport(built, 0, report)
    sync_documents(parts, report.doc_ids, force=True)
    return RebuildReport(built, len(report.doc_ids), audit(parts))


def _terms(
    parts: IndexParts, ids: Sequence[str], written: list[IndexDocument], progress: Progress | None
) -> Iterator[TermDocument]:
    book = parts.words.now()

    def noted() -> Iterator[IndexDocument]:
        for read in every_document(parts.database, ids):
            document = stamped(read, book)
            written.append(document.without_text())
            yield document

    for done, document in enumerate(cut_all(noted(), book), start=1):
        yield document
        if progress is not None:
            progress(done, len(ids))


def _write_all(parts: IndexParts, written: Sequence[IndexDocument]) -> None:
    """The entries of the new index; unchanged ones keep their vectors and stay untouched."""
    with reading(parts.database) as session:
        rows = session.execute(
            sa.select(IndexEntry.doc_id, IndexEntry.fingerprint).where(IndexEntry.gone.is_(False))
        )
        stored = dict(rows.all())
    changed = [doc for doc in written if stored.get(doc.doc_id) != doc.fingerprint]
    gone = sorted(stored.keys() - {doc.doc_id for doc in written})
    for start in range(0, len(changed), BATCH):
        with unit_of_work(parts.database) as session:
            write_entries(session, changed[start : start + BATCH], {})
    with unit_of_work(parts.database) as session:
        mark_gone(session, gone)
