"""Every indexed document in memory: filters, vectors and prior, following the database.

Made from IndexEntry and ArticleStats, looked at again at most every POLL_SECONDS, when
somebody searches. A change is seen by the next search after that, in every process;
while thousands of documents change at once, looks are rarer and in the background.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.anchors import ANCHORS
from indexer.document import DocKind, key_of, kind_and_ref
from indexer.encoder import Encoder, Vectors, partial_name
from indexer.ranking import Floats, Rows, Usage, prior
from indexer.snapshot import Entry, Snapshot, extended
from indexer.vectors import Halves
from models import ArticleStats, Database, IndexEntry, heat_weight, reading, utcnow

POLL_SECONDS = 0.3
SLOW_SECONDS = 0.2  # after a look this slow (a bulk change) nobody's search waits for the next
REST_FACTOR = 5.0
MARGIN = timedelta(seconds=30)  # commits come after their time stamps, and clocks differ
CHUNK = 500


@dataclass
class _Watch:
    """Which changes of a table were seen already, and from when to look for more."""

    since: datetime | None = None
    seen: dict[object, datetime] = field(default_factory=dict)

    def is_news(self, row_id: object, changed_at: datetime) -> bool:
        """Whether this row changed since it was last seen; remembers it."""
        if self.seen.get(row_id) == changed_at:
            return False
        self.seen[row_id] = changed_at
        return True

    def settle(self, looked_at: datetime) -> None:
        """Next time look from a little before this look; older news cannot come any more."""
        since = looked_at - MARGIN
        self.since = since
        self.seen = {key: at for key, at in self.seen.items() if at >= since}


class Catalogue:
    """The resident copy of one database's index entries; safe to share between threads."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database = database
        self._encoder = encoder
        self._lock = threading.Lock()
        self._polled = 0.0
        self._cost = 0.0
        self._entries = _Watch()
        self._votes = _Watch()
        self._usage: dict[int, tuple[float, float, float]] = {}
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The current state; polls the database when that is due and nobody else does."""
        current = self._snapshot
        if current is None:
            with self._lock:
                return self._snapshot or self._poll()
        if time.monotonic() - self._polled < max(POLL_SECONDS, REST_FACTOR * self._cost):
            return current
        if not self._lock.acquire(blocking=False):
            return current
        if self._cost > SLOW_SECONDS:
            threading.Thread(target=self._poll_and_release, daemon=True).start()
            return current
        return self._poll_and_release()

    def _poll_and_release(self) -> Snapshot:
        try:
            return self._poll()
        finally:
            self._lock.release()

    def refresh(self) -> Snapshot:
        """Look at the database now."""
        with self._lock:
            return self._poll()

    def _poll(self) -> Snapshot:
        began = time.monotonic()
        with reading(self._database) as session:
            entries = self._changed_entries(session)
            votes = self._changed_votes(session)
        snapshot = self._snapshot
        if snapshot is None:
            snapshot = Snapshot.empty(self._anchor())
        if entries:
            snapshot = extended(snapshot, entries)
        if entries or votes or self._snapshot is None:
            snapshot = replace(snapshot, prior=self._priors(snapshot.keys))
        self._snapshot = snapshot
        self._polled = time.monotonic()
        self._cost = self._polled - began
        return snapshot

    def _anchor(self) -> Vectors:
        if self._encoder.dimensions == 0:
            return np.zeros(0, np.float32)
        return np.asarray(self._encoder.queries(ANCHORS).mean(axis=0), np.float32)

    def _changed_entries(self, session: Session) -> list[Entry]:
        looked_at = utcnow()
        query = sa.select(IndexEntry.doc_id, IndexEntry.changed_at).order_by(IndexEntry.doc_id)
        if (since := self._entries.since) is not None:
            query = query.where(IndexEntry.changed_at >= since)
        stamps = session.execute(query).all()
        news = [doc_id for doc_id, at in stamps if self._entries.is_news(doc_id, at)]
        self._entries.settle(looked_at)
        return [
            entry
            for start in range(0, len(news), CHUNK)
            for entry in self._entries_of(session, news[start : start + CHUNK])
        ]

    def _entries_of(self, session: Session, doc_ids: Sequence[str]) -> list[Entry]:
        rows = session.execute(
            sa.select(
                IndexEntry.doc_id,
                IndexEntry.access_keys,
                IndexEntry.categories,
                IndexEntry.products,
                IndexEntry.encoder,
                IndexEntry.title_vector,
                IndexEntry.body_vector,
                IndexEntry.gone,
            )
            .where(IndexEntry.doc_id.in_(doc_ids))
            .order_by(IndexEntry.doc_id)
        )
        return [self._entry(row) for row in rows]

    def _entry(self, row: Any) -> Entry:
        dimensions = self._encoder.dimensions
        names = (self._encoder.name, partial_name(self._encoder))
        usable = dimensions > 0 and row.encoder in names
        return Entry(
            key=key_of(row.doc_id),
            access_keys=frozenset(row.access_keys),
            categories=tuple(row.categories),
            products=tuple(row.products),
            title=_vectors(row.title_vector if usable else b"", dimensions),
            passages=_vectors(row.body_vector if usable else b"", dimensions),
            gone=row.gone,
        )

    def _changed_votes(self, session: Session) -> bool:
        looked_at = utcnow()
        query = sa.select(
            ArticleStats.article_id,
            ArticleStats.helpful,
            ArticleStats.unhelpful,
            ArticleStats.heat,
            ArticleStats.changed_at,
        )
        if (since := self._votes.since) is not None:
            query = query.where(ArticleStats.changed_at >= since)
        changed = False
        for article_id, helpful, unhelpful, heat, changed_at in session.execute(query):
            if self._votes.is_news(article_id, changed_at):
                self._usage[article_id] = (float(helpful), float(unhelpful), float(heat))
                changed = True
        self._votes.settle(looked_at)
        return changed

    def _priors(self, keys: Rows) -> Floats:
        """The prior of every row; questions, which nobody rates, stand like new articles."""
        usage = np.zeros((keys.size, 3))
        for row, key in enumerate(keys.tolist()):
            kind, ref_id = kind_and_ref(key)
            if kind is DocKind.ARTICLE and ref_id in self._usage:
                usage[row] = self._usage[ref_id]
        heat = usage[:, 2] / heat_weight(utcnow())
        return prior(Usage(usage[:, 0], usage[:, 1], heat))


def _vectors(stored: bytes, dimensions: int) -> Halves:
    """Stored bytes as rows of vectors; anything of another length counts as not encoded."""
    if not stored or dimensions == 0 or len(stored) % (2 * dimensions):
        return np.zeros((0, dimensions), np.float16)
    return np.frombuffer(stored, "<f2").astype(np.float16).reshape(-1, dimensions)
