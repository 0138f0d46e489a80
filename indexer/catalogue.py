"""Every indexed document in memory: filters, vectors and prior, following the database.

Made from IndexEntry and what circumstances.py follows; looked at again at most every
POLL_SECONDS, when somebody searches. A change is seen by the next search after that, in
every process; while thousands of documents change, looks are rarer, in the background.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.anchors import ANCHORS
from indexer.circumstances import Circumstances, Watch
from indexer.document import DocKind, key_of, kind_and_ref
from indexer.encoder import Encoder, Vectors, partial_name, whole_name
from indexer.encoder_switch import EncoderSwitch, settled
from indexer.extending import Entry, empty, extended, nearly_due
from indexer.snapshot import Snapshot
from indexer.vectors import Halves
from models import Database, IndexEntry, VectorsToCome, encoder_in_use, reading, utcnow

POLL_SECONDS = 0.3
SLOW_SECONDS = 0.2  # after a look this slow (a bulk change) nobody's search waits for the next
REST_FACTOR = 5.0
CHUNK = 500


class Catalogue:
    """The resident copy of one database's index entries; safe to share between threads."""

    def __init__(self, database: Database, encoder: Encoder, *, to_come: bool = False) -> None:
        """`to_come` reads the vectors of an encoder that is not in use yet."""
        self._database = database
        self._encoder = encoder
        self._to_come = to_come
        self._lock = threading.Lock()
        self._polled = 0.0
        self._cost = 0.0
        self._entries = Watch()
        self._circumstances = Circumstances()
        self._owing = False  # a look failed half way: what it saw is not in the snapshot yet
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
        if self._cost > SLOW_SECONDS or nearly_due(current):
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
        began, before = time.monotonic(), self._entries.copy()
        try:
            snapshot = self._look()
        except BaseException:
            self._entries, self._owing, self._polled = before, True, time.monotonic()
            raise
        self._snapshot, self._owing = snapshot, False
        self._polled = time.monotonic()
        self._cost = self._polled - began
        return snapshot

    def _look(self) -> Snapshot:
        snapshot = self._snapshot
        with reading(self._database) as session:
            if not self._follow(session) and snapshot is not None:
                return snapshot  # the old vectors serve until the new encoder is loaded
            encoder = settled(self._encoder)
            if snapshot is not None and snapshot.encoder is not encoder:
                snapshot, self._entries = None, Watch()
            fresh = snapshot is None
            entries = self._changed_entries(session, encoder)
            news = self._circumstances.look(session, _questions(entries))
        if snapshot is None:
            snapshot = replace(empty(_anchor(encoder)), encoder=encoder)
        if entries:
            snapshot = replace(extended(snapshot, entries), encoder=encoder)
        if entries or news or self._owing or fresh:
            snapshot = self._circumstances.put_on(snapshot)
        return snapshot

    def _follow(self, session: Session) -> bool:
        """Whether the encoder at work here is the one in use everywhere (or the best there is)."""
        if not isinstance(self._encoder, EncoderSwitch):
            return True
        used = encoder_in_use(session)
        wait = self._snapshot is None
        return used is None or self._encoder.follow(used.spec, used.name, wait=wait)

    def _changed_entries(self, session: Session, encoder: Encoder) -> list[Entry]:
        looked_at = utcnow()
        # Sorted here: asked to sort, SQLite walks the whole table instead of the dates' index.
        query = sa.select(IndexEntry.doc_id, IndexEntry.changed_at)
        if (since := self._entries.since) is not None:
            query = query.where(IndexEntry.changed_at >= since)
        stamps = sorted((doc_id, at) for doc_id, at in session.execute(query))
        news = [doc_id for doc_id, at in stamps if self._entries.is_news(doc_id, at)]
        self._entries.settle(looked_at)
        return [
            entry
            for start in range(0, len(news), CHUNK)
            for entry in self._entries_of(session, encoder, news[start : start + CHUNK])
        ]

    def _entries_of(
        self, session: Session, encoder: Encoder, doc_ids: Sequence[str]
    ) -> list[Entry]:
        kept = VectorsToCome if self._to_come else IndexEntry
        query = sa.select(
            IndexEntry.doc_id,
            IndexEntry.access_keys,
            IndexEntry.categories,
            IndexEntry.products,
            kept.encoder,
            kept.title_vector,
            kept.body_vector,
            IndexEntry.gone,
        )
        if self._to_come:
            coming = VectorsToCome.encoder == encoder.name
            mine = sa.and_(VectorsToCome.doc_id == IndexEntry.doc_id, coming)
            query = query.outerjoin(VectorsToCome, mine)
        names = (whole_name(encoder), partial_name(encoder), *(encoder.name,) * self._to_come)
        rows = session.execute(
            query.where(IndexEntry.doc_id.in_(doc_ids)).order_by(IndexEntry.doc_id)
        )
        return [_entry(row, row.encoder in names, encoder.dimensions) for row in rows]


def _anchor(encoder: Encoder) -> Vectors:
    if encoder.dimensions == 0:
        return np.zeros(0, np.float32)
    return np.asarray(encoder.queries(ANCHORS).mean(axis=0), np.float32)


def _entry(row: Any, usable: bool, dimensions: int) -> Entry:
    return Entry(
        key=key_of(row.doc_id),
        access_keys=frozenset(row.access_keys),
        categories=tuple(row.categories),
        products=tuple(row.products),
        title=_vectors(row.title_vector if usable else b"", dimensions),
        passages=_vectors(row.body_vector if usable else b"", dimensions),
        gone=row.gone,
    )


def _questions(entries: Sequence[Entry]) -> list[int]:
    """The ids of the questions among them."""
    found = [kind_and_ref(entry.key) for entry in entries if not entry.gone]
    return [ref_id for kind, ref_id in found if kind is DocKind.QUESTION]


def _vectors(stored: bytes, dimensions: int) -> Halves:
    """Stored bytes as rows of vectors; anything of another length counts as not encoded."""
    if not stored or dimensions == 0 or len(stored) % (2 * dimensions):
        return np.zeros((0, dimensions), np.float16)
    return np.frombuffer(stored, "<f2").astype(np.float16).reshape(-1, dimensions)
