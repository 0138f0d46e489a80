"""What one search has found so far, and the hits it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from indexer.backend import Hit, ScoredDoc
from indexer.document import kind_and_ref
from indexer.encoder import Vectors
from indexer.explaining import PRIOR_PARTS, falls
from indexer.looking import Looked
from indexer.ranking import Flags, Floats, Lexical, Ranked, Rows, Scale, relevance
from indexer.snapshot import Snapshot

FILE_SHARE = 0.5


@dataclass
class Words:
    """What the backend has told so far about one search."""

    scores: Floats
    seen: Flags
    best: float = 0.0
    least: float = 0.0
    parts: dict[int, tuple[float, int]] = field(default_factory=dict)

    def add(self, snapshot: Snapshot, found: list[ScoredDoc]) -> None:
        """Note the BM25 scores of documents that the catalogue knows."""
        for doc in found:
            row = snapshot.row_of(doc.doc_id)
            if row is not None:
                # A document scores as the best of itself and the pages of its files.
                self.scores[row] = max(doc.score, self.scores[row])
                self.seen[row] = True
                if doc.part and doc.score > self.parts.get(row, (0.0, 0))[0]:
                    self.parts[row] = (doc.score, doc.part)

    def file_part(self, row: int) -> int:
        """The part of a document's files to show beside it; 0 when its own words answer."""
        score, part = self.parts.get(row, (0.0, 0))
        return part if score >= FILE_SHARE * self.scores[row] else 0

    def shares(self) -> Lexical:
        """Scores as shares of the best."""
        best = self.best or 1.0
        return Lexical(np.minimum(self.scores / best, 1.0), self.seen, self.least / best)


@dataclass(frozen=True)
class Found:
    """A ranking with what explains it."""

    snapshot: Snapshot
    ranked: Ranked
    scale: Scale
    words: Words
    query: Vectors | None
    degraded: str
    looked: Looked = field(default_factory=Looked)


def reordered(found: Found, rows: Rows) -> Rows:
    """Rows, best first, in the order that the second look gives them."""
    scores = relevance(found.scale, found.words.shares())
    for row, gain in found.looked.gains.items():
        scores[row] += gain
    return found.looked.reordered(rows, scores * found.scale.boost, found.snapshot.keys)


def hits_of(found: Found, offset: int) -> tuple[Hit, ...]:
    """The ranked rows from `offset` on, explained."""
    shares = found.words.shares().share
    falls_to, hits = _falls(found), []
    for place, row in enumerate(found.ranked.rows[offset:].tolist(), start=offset + 1):
        kind, ref_id = kind_and_ref(int(found.snapshot.keys[row]))
        lexical = float(found.scale.slope[row] * shares[row])
        semantic = float(found.scale.meaning[row])
        close = found.looked.gain(row)
        seen = found.looked.found.get(row)
        parts = _prior_parts(found.snapshot, row)
        title, body = 0.0, 0.0
        if found.query is not None:
            title, body = found.snapshot.raw_cosines(found.query, row)
        hits.append(
            Hit(
                kind=kind,
                ref_id=ref_id,
                position=place,
                score=(lexical + semantic + close) * float(found.scale.boost[row]),
                relevance=lexical + semantic + close,
                lexical=lexical,
                semantic=semantic,
                close=close,
                closeness=seen.mean if seen else 0.0,
                weakest=seen.weak if seen else 0.0,
                prior=float(found.snapshot.prior[row]),
                boost=float(found.scale.boost[row]),
                rating=parts[0],
                heat=parts[1],
                clicks=parts[2],
                news=parts[3],
                falls_to=falls_to[place - 1],
                lexical_raw=float(found.words.scores[row]),
                title_cosine=title,
                body_cosine=body,
                file_part=found.words.file_part(row),
            )
        )
    return tuple(hits)


def _prior_parts(snapshot: Snapshot, row: int) -> list[float]:
    """Rating, heat, clicks, news, in the order of ranking.prior_parts."""
    if row >= snapshot.prior_parts.shape[1]:
        return [0.0] * len(PRIOR_PARTS)
    return [float(value) for value in snapshot.prior_parts[:, row]]


def _falls(found: Found) -> list[int]:
    """The place each ranked row would fall to without what speaks most for it."""
    rows = found.ranked.rows
    if not rows.size or found.snapshot.prior_parts.shape[1] != found.snapshot.keys.size:
        return [0] * rows.size
    words = found.scale.slope[rows] * found.words.shares().share[rows]
    close = np.array([found.looked.gain(row) for row in rows.tolist()])
    meaning = found.scale.meaning[rows] + close
    parts = found.snapshot.prior_parts[:, rows]
    found_falls = falls(words, meaning, found.scale.boost[rows], parts, found.snapshot.keys[rows])
    return [int(each) for each in found_falls]
