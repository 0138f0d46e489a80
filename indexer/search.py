"""The read side: text → terms and meaning → backend and catalogue → ranking → hits.

Never raises for any text. Without the backend meaning decides alone, without an encoder
the words do; `degraded` tells. Results are documents scoring at least SCORE_FLOOR of the
best, so `total` counts what is worth showing; it may grow slightly on later pages.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from indexer.analysis import MAX_QUERY_CHARS, normalize, query_terms, typed_prefixes
from indexer.backend import (
    Hit,
    ScoredDoc,
    SearchBackend,
    SearchFilter,
    SearchRequest,
    SearchResult,
    SearchUnavailable,
    TermQuery,
)
from indexer.catalogue import Catalogue
from indexer.document import kind_and_ref
from indexer.encoder import Encoder, EncoderMissing, Vectors
from indexer.ranking import (
    LEXICAL_SHARE,
    PRIOR_WEIGHT,
    Flags,
    Floats,
    Lexical,
    Ranked,
    Scale,
    blend,
    rank,
)
from indexer.snapshot import Snapshot
from models import Database

FIRST_LOOK = 128
NAMED_LOOK = 512
DEEPER = 4
DEEPEST_RESULT = 1000
SUGGEST_LEXICAL_SHARE = 0.4
SUGGEST_BODY_WEIGHT = 0.2
SUGGEST_MEANING_CHARS = 3


@dataclass(frozen=True)
class IndexParts:
    """What reading and writing the index both need."""

    database: Database
    backend: SearchBackend
    encoder: Encoder


@dataclass(frozen=True)
class _Asked:
    """One search prepared: its query for the backend, and how parts are weighed."""

    text: str
    query: TermQuery
    needed: int
    lexical_share: float = LEXICAL_SHARE
    prior_weight: float = PRIOR_WEIGHT
    with_meaning: bool = True


@dataclass
class _Words:
    """What the backend has told so far about one search."""

    scores: Floats
    seen: Flags
    best: float = 0.0
    least: float = 0.0

    def add(self, snapshot: Snapshot, found: list[ScoredDoc]) -> None:
        """Note the BM25 scores of documents that the catalogue knows."""
        for doc in found:
            row = snapshot.row_of(doc.doc_id)
            if row is not None:
                self.scores[row] = doc.score
                self.seen[row] = True

    def shares(self) -> Lexical:
        """Scores as shares of the best."""
        best = self.best or 1.0
        return Lexical(np.minimum(self.scores / best, 1.0), self.seen, self.least / best)


@dataclass(frozen=True)
class _Found:
    """A ranking with what explains it."""

    snapshot: Snapshot
    ranked: Ranked
    scale: Scale
    words: _Words
    query: Vectors | None
    degraded: str


class SearchEngine:
    """What the product searches with; one per process, safe to share between threads."""

    def __init__(self, parts: IndexParts) -> None:
        self.parts = parts
        self._catalogue = Catalogue(parts.database, parts.encoder)
        self._encoded = lru_cache(maxsize=512)(self._encode)

    def search(self, request: SearchRequest) -> SearchResult:
        """One page of results, best first."""
        started = time.perf_counter()
        offset = max(0, request.offset)
        needed = min(offset + max(0, request.limit), DEEPEST_RESULT)
        query = TermQuery(query_terms(request.text), request.filter, FIRST_LOOK)
        found = self._find(_Asked(request.text, query, needed))
        hits = _hits(found, offset)
        return SearchResult(hits, found.ranked.total, _since(started), found.degraded)

    def suggest(self, text: str, wanted: SearchFilter, limit: int) -> tuple[Hit, ...]:
        """Documents for a text still being typed; titles count most, half a word is enough."""
        query = TermQuery(
            query_terms(text),
            wanted,
            FIRST_LOOK,
            body_weight=SUGGEST_BODY_WEIGHT,
            prefixes=typed_prefixes(text),
        )
        long_enough = len(normalize(text[:MAX_QUERY_CHARS]).strip()) >= SUGGEST_MEANING_CHARS
        asked = _Asked(
            text, query, limit, SUGGEST_LEXICAL_SHARE, PRIOR_WEIGHT, with_meaning=long_enough
        )
        return _hits(self._find(asked), 0)

    def similar(self, text: str, wanted: SearchFilter, limit: int) -> tuple[Hit, ...]:
        """Documents that say the same as a text; ratings and use do not count."""
        query = TermQuery(query_terms(text), wanted, FIRST_LOOK)
        return _hits(self._find(_Asked(text, query, limit, prior_weight=0.0)), 0)

    def refresh(self) -> None:
        """Take in what other processes changed, now."""
        self._catalogue.refresh()

    def _find(self, asked: _Asked) -> _Found:
        snapshot = self._catalogue.snapshot()
        allowed = snapshot.mask(asked.query.filter)
        words = _Words(np.zeros(allowed.size), np.zeros(allowed.size, np.bool_))
        query, degraded = None, ""
        nothing_said = not asked.query.terms and not asked.query.prefixes
        if nothing_said or asked.needed < 1 or not allowed.any():
            scale = _scale(snapshot, np.zeros_like(allowed), None, asked)
            return _Found(snapshot, rank(scale, words.shares(), 0), scale, words, None, "")
        if asked.with_meaning:
            query, degraded = self._meaning(asked.text)
        scale = _scale(snapshot, allowed, query, asked)
        try:
            self._ask(asked.query, snapshot, words)
        except SearchUnavailable:
            degraded = "backend"
        ranked = self._decide(asked, snapshot, scale, words)
        return _Found(snapshot, ranked, scale, words, query, degraded)

    def _decide(self, asked: _Asked, snapshot: Snapshot, scale: Scale, words: _Words) -> Ranked:
        """Ask on until no unseen document could still belong among the first."""
        ranked = rank(scale, words.shares(), asked.needed)
        look = asked.query.limit
        while ranked.undecided.size:
            if ranked.undecided.size <= NAMED_LOOK:
                named = tuple(snapshot.doc_id(row) for row in ranked.undecided)
                query = replace(asked.query, among=named, limit=len(named))
            else:
                look *= DEEPER
                query = replace(asked.query, limit=look)
            try:
                self._ask(query, snapshot, words)
            except SearchUnavailable:
                return ranked
            words.seen[ranked.undecided] |= bool(query.among)
            ranked = rank(scale, words.shares(), asked.needed)
        return ranked

    def _ask(self, query: TermQuery, snapshot: Snapshot, words: _Words) -> None:
        found = self.parts.backend.search(query)
        words.add(snapshot, found)
        if not query.among:
            words.best = found[0].score if found else 0.0
            words.least = found[-1].score if len(found) >= query.limit else 0.0

    def _meaning(self, text: str) -> tuple[Vectors | None, str]:
        if self.parts.encoder.dimensions == 0:
            return None, ""
        try:
            return self._encoded(text[:MAX_QUERY_CHARS]), ""
        except EncoderMissing:
            return None, "encoder"

    def _encode(self, text: str) -> Vectors:
        return np.asarray(self.parts.encoder.queries([normalize(text)])[0], np.float32)


def _scale(snapshot: Snapshot, allowed: Flags, query: Vectors | None, asked: _Asked) -> Scale:
    cosines = None if query is None else snapshot.cosines(query)
    meaning, slope = blend(cosines, snapshot.encoded, asked.lexical_share)
    boost = 1.0 + asked.prior_weight * snapshot.prior
    return Scale(meaning, slope, boost, allowed, snapshot.keys)


def _hits(found: _Found, offset: int) -> tuple[Hit, ...]:
    """The ranked rows from `offset` on, explained."""
    shares = found.words.shares().share
    hits = []
    for place, row in enumerate(found.ranked.rows[offset:].tolist(), start=offset + 1):
        kind, ref_id = kind_and_ref(int(found.snapshot.keys[row]))
        lexical = float(found.scale.slope[row] * shares[row])
        semantic = float(found.scale.meaning[row])
        title, body = 0.0, 0.0
        if found.query is not None:
            title, body = found.snapshot.raw_cosines(found.query, row)
        hits.append(
            Hit(
                kind=kind,
                ref_id=ref_id,
                position=place,
                score=(lexical + semantic) * float(found.scale.boost[row]),
                relevance=lexical + semantic,
                lexical=lexical,
                semantic=semantic,
                prior=float(found.snapshot.prior[row]),
                lexical_raw=float(found.words.scores[row]),
                title_cosine=title,
                body_cosine=body,
            )
        )
    return tuple(hits)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
