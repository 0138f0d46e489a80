"""The read side: text → terms and meaning → backend and catalogue → ranking → hits.

Never raises for any text. Without the backend meaning decides alone, without an encoder
the words do; `degraded` tells. Results are documents scoring at least SCORE_FLOOR of the
best, so `total` counts what is worth showing; it may grow slightly on later pages.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from indexer.analysis import (
    MAX_QUERY_CHARS,
    latin_prefixes,
    normalize,
    query_terms,
    typed_prefixes,
)
from indexer.answered import Answered, State
from indexer.asking import Asker
from indexer.backend import (
    Hit,
    SearchBackend,
    SearchFilter,
    SearchRequest,
    SearchResult,
    SearchUnavailable,
    TermQuery,
)
from indexer.catalogue import Catalogue
from indexer.comparing import Comparison, networks
from indexer.current_words import CurrentWords
from indexer.encoder import Encoder, EncoderMissing, Reading, Vectors
from indexer.found import Found, Words, hits_of, reordered
from indexer.likeness import Titled, compare
from indexer.looking import LOOKED_AT, Looked, look
from indexer.narrowing import EVERYTHING, Counts, Order, counted, narrowed, ordered
from indexer.pair_scoring import Pairs, PairScorer, scored
from indexer.ranking import (
    LEXICAL_SHARE,
    PRIOR_WEIGHT,
    Flags,
    Ranked,
    Scale,
    blend,
    rank,
)
from indexer.reader import Reader, lexical_share, meant, terms_of
from indexer.snapshot import Snapshot
from indexer.understood import Understanding, as_typed
from indexer.wordbook import Wordbook
from models import Database

FIRST_LOOK = 128
COUNTED_LOOK = 256
THOROUGH_LOOK = 2048
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
    scorer: PairScorer | None = None
    words: CurrentWords = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", CurrentWords(self.database))


@dataclass(frozen=True)
class _Asked:
    """One search prepared: its query for the backend, and how parts are weighed."""

    text: str
    query: TermQuery
    needed: int
    lexical_share: float = LEXICAL_SHARE
    prior_weight: float = PRIOR_WEIGHT
    with_meaning: bool = True
    closely: bool = False
    thorough: bool = False


class SearchEngine:
    """What the product searches with; one per process, safe to share between threads."""

    def __init__(self, parts: IndexParts, catalogue: Catalogue | None = None) -> None:
        self.parts = parts
        self._catalogue = catalogue or Catalogue(parts.database, parts.encoder)
        self.reader = Reader(parts.database)
        self._encoded = lru_cache(maxsize=512)(_encode)
        self._answered = Answered()

    def search(self, request: SearchRequest) -> SearchResult:
        """One page of results, best first; from memory while nothing has changed."""
        started = time.perf_counter()
        state = self._state()
        known = self._answered.get(state, request, SearchResult) if state else None
        if known is not None:
            return replace(known, took_ms=_since(started))
        result = self._searched(request, started)
        if state and not result.degraded:
            self._answered.put(state, request, result)
        return result

    def _searched(self, request: SearchRequest, started: float) -> SearchResult:
        offset = max(0, request.offset)
        needed = min(offset + max(0, request.limit), DEEPEST_RESULT)
        look = FIRST_LOOK if _is_plain(request) else COUNTED_LOOK
        understood = self._understood(request)
        terms, heads = terms_of(understood, self.wordbook()), latin_prefixes(understood.asked)
        query = TermQuery(terms, request.filter, look, prefixes=heads)
        share = lexical_share(understood)
        closely = share == LEXICAL_SHARE  # a name, or letters half understood: words decide
        asked = _Asked(meant(understood), query, needed, share, closely=closely)
        found, counts = _chosen(self._find(_thorough(asked, request)), request, needed)
        hits, total, degraded = hits_of(found, offset), found.ranked.total, found.degraded
        return SearchResult(hits, total, _since(started), degraded, counts, understood)

    def suggest(self, text: str, wanted: SearchFilter, limit: int) -> tuple[Hit, ...]:
        """Documents for a text still being typed; titles count most, half a word is enough."""
        state, asked = self._state(), (text, wanted, limit)
        known = self._answered.get(state, asked, tuple) if state else None
        if known is not None:
            return known
        hits, whole = self._suggested(text, wanted, limit)
        if state and whole:
            self._answered.put(state, asked, hits)
        return hits

    def _suggested(
        self, text: str, wanted: SearchFilter, limit: int
    ) -> tuple[tuple[Hit, ...], bool]:
        """The suggestions, and whether all parts of the search could tell."""
        understood = self.reader.read(text, wanted.access_keys, typing=True)
        query = TermQuery(
            terms_of(understood, self.wordbook()),
            wanted,
            FIRST_LOOK,
            body_weight=SUGGEST_BODY_WEIGHT,
            prefixes=typed_prefixes(text),
        )
        long_enough = len(normalize(text[:MAX_QUERY_CHARS]).strip()) >= SUGGEST_MEANING_CHARS
        share = SUGGEST_LEXICAL_SHARE
        found = self._find(_Asked(meant(understood), query, limit, share, with_meaning=long_enough))
        return hits_of(found, 0), not found.degraded

    def similar(self, text: str, wanted: SearchFilter, limit: int) -> tuple[Hit, ...]:
        """Documents that say the same as a text; ratings and use do not count."""
        query = TermQuery(query_terms(text, self.wordbook()), wanted, FIRST_LOOK)
        return hits_of(self._find(_Asked(text, query, limit, prior_weight=0.0, closely=True)), 0)

    def nearest(self, text: str, wanted: SearchFilter, limit: int) -> tuple[Hit, ...]:
        """The documents closest in meaning, however far they are; none without an encoder."""
        snapshot = self._catalogue.snapshot()
        query, _ = self._meaning(text, snapshot)
        if query is None or not text.strip():
            return ()
        vector, allowed = query.vectors[0], snapshot.mask(wanted) & snapshot.encoded
        scale = _scale(snapshot, allowed, vector, _Asked(text, TermQuery((), wanted, 0), limit))
        rows = np.flatnonzero(allowed)
        rows = rows[np.argsort(-scale.meaning[rows], kind="stable")][:limit]
        words = Words(np.zeros(allowed.size), np.zeros(allowed.size, np.bool_))
        ranked = Ranked(rows, int(rows.size), rows[:0])
        return hits_of(Found(snapshot, ranked, scale, words, vector, ""), 0)

    def compare(self, text: str, found: Sequence[Titled]) -> Comparison | None:
        """How the first of these compares with the others, token by token, where that is known."""
        snapshot = self._catalogue.snapshot()
        asked, _ = self._meaning(text, snapshot)
        return compare(self.parts.database, snapshot, asked, found, networks())

    def wordbook(self) -> Wordbook:
        """The site's own words and synonyms as they are now."""
        return self.parts.words.book()

    def size(self) -> int:
        """How many documents can be found, by anybody."""
        return int(self._catalogue.snapshot().alive.sum())

    def refresh(self) -> None:
        """Take in what other processes changed, now."""
        self._catalogue.refresh()
        self.reader.catch_up()

    def _state(self) -> State:
        """All that an answer depends on, as it is now; () when that cannot be told."""
        snapshot = self._catalogue.snapshot()
        self.reader.follow(snapshot)
        try:
            index = self.parts.backend.state()
        except SearchUnavailable:
            return ()
        return () if index is None else (snapshot, self.reader.state, self.wordbook(), index)

    def _understood(self, request: SearchRequest) -> Understanding:
        if request.exact:
            return as_typed(request.text)
        return self.reader.read(request.text, request.filter.access_keys)

    def _find(self, asked: _Asked) -> Found:
        snapshot = self._catalogue.snapshot()
        allowed = snapshot.mask(asked.query.filter)
        read, degraded = None, ""
        nothing_said = not asked.query.terms and not asked.query.prefixes
        if nothing_said or asked.needed < 1 or not allowed.any():
            scale = _scale(snapshot, np.zeros_like(allowed), None, asked)
            asker = Asker(self.parts.backend, asked.query, snapshot, scale)
            return Found(snapshot, asker.ranked(0), scale, asker.words, None, "")
        if asked.with_meaning:
            read, degraded = self._meaning(asked.text, snapshot)
        query = None if read is None else read.vectors[0]
        scale = _scale(snapshot, allowed, query, asked)
        asker = Asker(self.parts.backend, asked.query, snapshot, scale)
        asker.begin()
        if asked.thorough:
            asker.settle(allowed.size, THOROUGH_LOOK)
        close = read if asked.closely else None
        scorer = self.parts.scorer if asked.closely else None
        needed = max(asked.needed, LOOKED_AT) if close or scorer else asked.needed
        asker.settle(needed)
        ranked = asker.ranked(needed)
        looked = look(self.parts.database, snapshot, ranked.rows, close) if close else Looked()
        if scorer is not None:
            pairs = Pairs(self.parts.database, scorer, asked.text)
            looked = scored(pairs, snapshot, ranked.rows, looked)
        degraded = "backend" if asker.lost else degraded
        found = Found(snapshot, ranked, scale, asker.words, query, degraded, looked)
        rows = reordered(found, ranked.rows)[: asked.needed]
        return replace(found, ranked=replace(ranked, rows=rows))

    def _meaning(self, text: str, snapshot: Snapshot) -> tuple[Reading | None, str]:
        """The question read by the encoder that made the snapshot's vectors."""
        encoder = snapshot.encoder
        if encoder is None or encoder.dimensions == 0:
            return None, ""
        try:
            key = text[:MAX_QUERY_CHARS]
            return self._encoded(encoder, key), ""  # type: ignore[arg-type]  # hashed as objects
        except EncoderMissing:
            return None, "encoder"


def _encode(encoder: Encoder, text: str) -> Reading:
    return encoder.read_queries([normalize(text)])


def _is_plain(request: SearchRequest) -> bool:
    chosen = request.narrowing != EVERYTHING or request.order is not Order.RELEVANCE
    return not (chosen or request.counted)


def _thorough(asked: _Asked, request: SearchRequest) -> _Asked:
    """Counts, filters and other orders are about all that is worth showing.

    A filtered or sorted page then asks for the same whatever its number, so that pages fit.
    """
    if _is_plain(request):
        return asked
    by_relevance = request.narrowing == EVERYTHING and request.order is Order.RELEVANCE
    needed = asked.needed if by_relevance else min(asked.needed, 1)
    return replace(asked, needed=needed, thorough=True)


def _chosen(found: Found, request: SearchRequest, needed: int) -> tuple[Found, Counts | None]:
    """The ranking narrowed and sorted as asked, and what else could be chosen."""
    if _is_plain(request):
        return found, None
    shelf, now = found.snapshot.shelf, time.time()
    every = rank(found.scale, found.words.shares(), max(1, found.ranked.total)).rows
    every = reordered(found, every)
    counts = counted(shelf, every, request.narrowing, now) if request.counted else None
    if request.narrowing == EVERYTHING and request.order is Order.RELEVANCE:
        return found, counts
    rows = ordered(shelf, narrowed(shelf, every, request.narrowing, now), request.order)
    ranked = replace(found.ranked, rows=rows[:needed], total=int(rows.size))
    return replace(found, ranked=ranked), counts


def _scale(snapshot: Snapshot, allowed: Flags, query: Vectors | None, asked: _Asked) -> Scale:
    cosines = None if query is None else snapshot.cosines(query)
    meaning, slope = blend(cosines, snapshot.encoded, asked.lexical_share)
    boost = 1.0 + asked.prior_weight * snapshot.prior
    return Scale(meaning, slope, boost, allowed, snapshot.keys)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
