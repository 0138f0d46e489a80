"""The second look of a search: the first documents in the order of their closeness.

worth = CLOSE_WEIGHT · mean + WEAK_WEIGHT · weak (closeness.py)
close = worth - the least worth among the documents looked at, added to the relevance

The weights are those of a conditional logit over words, meaning, mean and weak, fitted on
the twenty fields under tools/fields, and rounded. A document without token vectors counts
as close as the others on average; those further down the list stay behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import sqlalchemy as sa

from indexer.closeness import Closeness, closeness
from indexer.encoder import Reading, Tokens
from indexer.ranking import Floats, Rows
from indexer.snapshot import Snapshot
from models import Database, reading

LOOKED_AT = 24
REMEMBERED = 256
TITLE = -1  # the number under which the tokens of a document's title are kept
CLOSE_WEIGHT = 1.0
WEAK_WEIGHT = 1.2


@dataclass(frozen=True)
class Looked:
    """What the second look found, by row; empty when there was none."""

    found: dict[int, Closeness] = field(default_factory=dict)
    gains: dict[int, float] = field(default_factory=dict)

    def gain(self, row: int) -> float:
        """What closeness adds to a document's relevance; 0 for one not looked at."""
        return self.gains.get(row, 0.0)

    def reordered(self, rows: Rows, scores: Floats, keys: Rows) -> Rows:
        """`rows` (best first by `scores`) with those looked at sorted anew, in front."""
        count = len(self.gains)
        if count <= 1:
            return rows
        head = rows[:count]
        order = np.lexsort((keys[head], -scores[head]))
        return np.concatenate([head[order], rows[count:]])


def look(database: Database, snapshot: Snapshot, rows: Rows, asked: Reading) -> Looked:
    """Compare the question's tokens with the nearest passage of each of these documents."""
    if not asked.tokens or not len(asked.tokens[0]) or rows.size <= 1:
        return Looked()
    first = (asked.vectors.tobytes(), rows[:LOOKED_AT].tobytes())
    known = snapshot.looked.get(first)
    if isinstance(known, Looked):
        return known
    if len(snapshot.looked) >= REMEMBERED:
        snapshot.looked.clear()
    snapshot.looked[first] = found = _look(database, snapshot, rows, asked)
    return found


def _look(database: Database, snapshot: Snapshot, rows: Rows, asked: Reading) -> Looked:
    looked_at = rows[:LOOKED_AT].tolist()
    encoded = [row for row in looked_at if snapshot.encoded[row]]
    nearest = snapshot.nearest_passages(asked.vectors[0], encoded)
    wanted = {
        row: (snapshot.doc_id(row), number) for row, number in zip(encoded, nearest, strict=True)
    }
    stored = stored_tokens(database, list(wanted.values()), asked.tokens[0].shape[1])
    known = [row for row in wanted if wanted[row] in stored]
    if not known:
        return Looked()
    made = closeness(asked.tokens[0], [stored[wanted[row]] for row in known])
    found = dict(zip(known, made, strict=True))
    worth = [CLOSE_WEIGHT * each.mean + WEAK_WEIGHT * each.weak for each in made]
    gains = dict.fromkeys(looked_at, sum(worth) / len(worth) - min(worth))
    gains |= {row: each - min(worth) for row, each in zip(known, worth, strict=True)}
    return Looked(found, gains)


def stored_tokens(
    database: Database, wanted: Sequence[tuple[str, int]], dimensions: int
) -> dict[tuple[str, int], Tokens]:
    """The token vectors of (document, passage) pairs; what is missing or odd is left out."""
    if not wanted:
        return {}
    values: dict[str, str | int] = {}
    for place, (doc_id, number) in enumerate(wanted):
        values |= {f"d{place}": doc_id, f"n{place}": number}
    with reading(database) as session:
        rows = session.execute(_pairs(len(wanted)), values).all()
    return {
        (doc_id, number): np.frombuffer(stored, np.int8).reshape(-1, dimensions)
        for doc_id, number, stored in rows
        if stored and len(stored) % dimensions == 0
    }


@lru_cache(maxsize=LOOKED_AT)
def _pairs(count: int) -> sa.TextClause:
    """Pair by pair: for a list of pairs SQLite reads the whole table instead of its key.

    Written out, since making the expression anew costs more than the reading.
    """
    wanted = " OR ".join(f"(doc_id = :d{n} AND number = :n{n})" for n in range(count))
    query = "SELECT doc_id, number, tokens FROM passage_tokens WHERE "
    return sa.text(query + wanted)
