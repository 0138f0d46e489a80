"""The re-ranker's place: the first documents of a search in the order of a pair scorer.

gain = PAIR_WEIGHT · (score - least score among those looked at), added to the relevance, so
that the explanation of a hit still sums to its score. What it knows of tokens stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from indexer.looking import REMEMBERED, Looked
from indexer.passages import PASSAGE_CHARS
from indexer.ranking import Floats, Rows
from indexer.snapshot import Snapshot
from indexer.sources import documents
from models import Database, reading

SCORED = 20
PAIR_WEIGHT = 3.0


class PairScorer(Protocol):
    """Judges how well each text answers a question; thread-safe; works without a network."""

    @property
    def name(self) -> str:
        """Identity of the model."""

    def scores(self, question: str, texts: Sequence[str]) -> Floats:
        """float64 [texts], 0 to 1, the higher the better."""


@dataclass(frozen=True)
class Pairs:
    """One question, and where its documents are."""

    database: Database
    scorer: PairScorer
    question: str


def scored(pairs: Pairs, snapshot: Snapshot, rows: Rows, looked: Looked) -> Looked:
    """The second look with the scorer's judgement in the place of closeness."""
    if rows.size <= 1:
        return looked
    first = rows[:SCORED]
    asked = hashlib.blake2b(pairs.question.encode("utf-8", "replace"), digest_size=16).digest()
    key = (asked + pairs.scorer.name.encode(), first.tobytes())
    known = snapshot.looked.get(key)
    if not isinstance(known, dict):
        known = _gains(pairs, snapshot, first)
        if len(snapshot.looked) >= REMEMBERED:
            snapshot.looked.clear()
        snapshot.looked[key] = known
    return replace(looked, gains=known)


def _gains(pairs: Pairs, snapshot: Snapshot, rows: Rows) -> dict[int, float]:
    wanted = {row: snapshot.doc_id(row) for row in rows.tolist()}
    with reading(pairs.database) as session:
        found = documents(session, wanted.values())
    texts = []
    for doc_id in wanted.values():
        document = found[doc_id]
        words = (document.title, document.body) if document is not None else ("", "")
        texts.append("\n".join(words)[:PASSAGE_CHARS])
    made = pairs.scorer.scores(pairs.question, texts)
    least = float(made.min())
    return {
        row: PAIR_WEIGHT * (float(score) - least) for row, score in zip(wanted, made, strict=True)
    }
