"""Pairs of articles that say much the same, from the vectors the index keeps anyway.

Closeness is a cosine seen from the middle of all articles, half title, half text: it ranks, it
is no probability. Without an encoder there are no pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from indexer.document import DocKind, doc_id_of
from models import AuditEntry, IndexEntry, Viewer, record

CLOSE, VERY_CLOSE = 0.7, 0.9
MOST_PAIRS = 500
MOST_ARTICLES = 20_000
BLOCK = 512
FEWEST = 3
DISMISSED, RESTORED = "twins.dismiss", "twins.restore"
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """Two articles, the smaller id first."""

    first: int
    second: int
    closeness: float


# By database: the state of the index that was looked at, and what was found then.
_remembered: dict[str, tuple[tuple[int, str], tuple[Pair, ...]]] = {}


def pairs(session: Session) -> tuple[Pair, ...]:
    """The closest pairs of indexed articles, remembered until the index changes."""
    count, changed = session.execute(
        sa.select(sa.func.count(), sa.func.max(IndexEntry.changed_at)).where(
            IndexEntry.doc_id.startswith(_PREFIX)
        )
    ).one()
    state, where = (int(count), str(changed)), str(session.get_bind().engine.url)
    known = _remembered.get(where)
    if known is not None and known[0] == state:
        return known[1]
    found = close_pairs(*_vectors(session))
    _remembered.clear()
    _remembered[where] = (state, found)
    return found


_PREFIX = doc_id_of(DocKind.ARTICLE, 0)[:-1]


def _vectors(session: Session) -> tuple[Sequence[int], Vectors, Vectors]:
    rows = session.execute(
        sa.select(
            IndexEntry.doc_id, IndexEntry.encoder, IndexEntry.title_vector, IndexEntry.body_vector
        )
        .where(IndexEntry.doc_id.startswith(_PREFIX), IndexEntry.gone.is_(False))
        .order_by(IndexEntry.doc_id)
        .limit(MOST_ARTICLES)
    ).all()
    known = Counter((row.encoder, len(row.title_vector)) for row in rows if row.title_vector)
    if not known:
        return (), np.zeros((0, 1), np.float32), np.zeros((0, 1), np.float32)
    usual = known.most_common(1)[0][0]
    kept = [row for row in rows if (row.encoder, len(row.title_vector)) == usual]
    titles = np.stack([_floats(row.title_vector) for row in kept])
    bodies = np.stack(
        [
            _floats(row.body_vector).reshape(-1, titles.shape[1]).mean(axis=0)
            if row.body_vector
            else title
            for row, title in zip(kept, titles, strict=True)
        ]
    )
    return [int(row.doc_id.split(":")[1]) for row in kept], titles, bodies


def _floats(stored: bytes) -> Vectors:
    return np.frombuffer(stored, np.dtype("<f2")).astype(np.float32)


def close_pairs(ids: Sequence[int], titles: Vectors, bodies: Vectors) -> tuple[Pair, ...]:
    """Pairs of at least CLOSE, the closest first, MOST_PAIRS at most. Pure."""
    if len(ids) < FEWEST:
        return ()
    title, body = _middled(titles), _middled(bodies)
    found: list[Pair] = []
    for start in range(0, len(ids), BLOCK):
        # Each pair once; a title this far away no text makes up for.
        near = title[start : start + BLOCK] @ title[start:].T
        rows, columns = np.nonzero(near >= 2 * CLOSE - 1)
        later = columns > rows
        rows, columns = rows[later], columns[later]
        texts = np.einsum("ij,ij->i", body[start + rows], body[start + columns])
        close = (near[rows, columns] + texts) / 2
        for place in np.flatnonzero(close >= CLOSE):
            first, second = sorted((ids[start + rows[place]], ids[start + columns[place]]))
            found.append(Pair(first, second, float(close[place])))
    found.sort(key=lambda pair: (-pair.closeness, pair.first, pair.second))
    return tuple(found[:MOST_PAIRS])


def _middled(vectors: Vectors) -> Vectors:
    """Seen from their middle, so that what all articles share does not make them alike."""
    moved = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-9), np.float32)


def dismissed(session: Session) -> frozenset[tuple[int, int]]:
    """Pairs somebody said are not the same; the last word of each counts."""
    rows = session.execute(
        sa.select(AuditEntry.action, AuditEntry.detail)
        .where(AuditEntry.action.in_((DISMISSED, RESTORED)))
        .order_by(AuditEntry.id)
    )
    last = {tuple(detail["articles"]): action for action, detail in rows}
    return frozenset(pair for pair, action in last.items() if action == DISMISSED)


def decide(session: Session, viewer: Viewer, pair: tuple[int, int], action: str) -> None:
    """Write down that they are not the same, or that this was wrong."""
    first, second = sorted(pair)
    record(session, viewer, action, f"twins:{first}-{second}", articles=[first, second])
