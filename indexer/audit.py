"""Database against index: what is missing, stale or too much. Looks, never repairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.encoding import count_missing
from indexer.search import IndexParts
from indexer.sources import eligible_ids, every_document
from indexer.stamping import stamped
from models import IndexEntry, reading


@dataclass(frozen=True)
class Difference:
    """Document ids one store should have, has in an old state, or should not have."""

    missing: tuple[str, ...]
    stale: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def doc_ids(self) -> tuple[str, ...]:
        """Every id that differs."""
        return tuple(sorted({*self.missing, *self.stale, *self.extra}))


@dataclass(frozen=True)
class AuditReport:
    """How the backend and the index entries compare with the database.

    `unencoded` counts documents that still wait for vectors; that is work to do, not a
    fault, so `ok` does not look at it.
    """

    expected: int
    backend: Difference
    entries: Difference
    unencoded: int

    @property
    def ok(self) -> bool:
        """Whether index and database say the same."""
        return not self.doc_ids

    @property
    def doc_ids(self) -> tuple[str, ...]:
        """Every id that differs anywhere."""
        return tuple(sorted({*self.backend.doc_ids, *self.entries.doc_ids}))


def compare(expected: Mapping[str, str], stored: Mapping[str, str]) -> Difference:
    """Compare fingerprints by document id."""
    return Difference(
        missing=tuple(sorted(expected.keys() - stored.keys())),
        stale=tuple(sorted(i for i in expected.keys() & stored.keys() if expected[i] != stored[i])),
        extra=tuple(sorted(stored.keys() - expected.keys())),
    )


def audit(parts: IndexParts) -> AuditReport:
    """Look at everything; raises SearchUnavailable when the backend cannot be read."""
    with reading(parts.database) as session:
        ids = eligible_ids(session)
    book = parts.words.now()
    found = every_document(parts.database, ids, with_text=bool(book.cutting))
    expected = {doc.doc_id: stamped(doc, book).fingerprint for doc in found}
    with reading(parts.database) as session:
        entries = _entries(session)
    return AuditReport(
        expected=len(expected),
        backend=compare(expected, parts.backend.fingerprints()),
        entries=compare(expected, entries),
        unencoded=count_missing(parts),
    )


def _entries(session: Session) -> dict[str, str]:
    query = sa.select(IndexEntry.doc_id, IndexEntry.fingerprint).where(IndexEntry.gone.is_(False))
    return dict(session.execute(query).all())
