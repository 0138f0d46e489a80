"""Stand-ins that behave like the real thing; each passes the contract suite of its Protocol."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from indexer.analysis import terms
from indexer.backend import (
    MAX_EXPANSIONS,
    Changes,
    ScoredDoc,
    SearchFilter,
    SearchUnavailable,
    Spread,
    TermDocument,
    TermQuery,
    bounded,
    part_rarity,
    rarity,
)
from indexer.encoder import Reading, Tokens, Vectors

K1 = 1.2
B = 0.75


class MemoryBackend:
    """BM25 over a dictionary; `broken` makes every call fail like a lost server.

    `searches` counts how often it was asked.
    """

    name = "memory"

    def __init__(self) -> None:
        self.broken = False
        self.searches = 0
        self._documents: dict[str, TermDocument] | None = None
        self._identity = ""

    def search(self, query: TermQuery) -> list[ScoredDoc]:
        """See SearchBackend."""
        self.searches += 1
        live = self._live()
        scores: dict[tuple[str, int], float] = defaultdict(float)
        texts = _texts(live)
        own, body = query.title_weight, query.body_weight
        for field, weight in (("title", own), ("body", body), ("file", body)):
            if weight > 0:
                for term in query.terms:
                    counts = bounded(term, partial(_rarity, texts, field))
                    for entry, score in _bm25(texts[field], term.text):
                        scores[entry] += score * weight * counts * _rarity(texts, field, term.text)
        for prefix in query.prefixes:
            words = {word for document in live.values() for word in document.title_terms}
            begun = sorted(word for word in words if word.startswith(prefix.text))
            for doc_id, document in live.items():
                if not set(begun[:MAX_EXPANSIONS]).isdisjoint(document.title_terms):
                    scores[doc_id, 0] += prefix.weight
        found = [
            ScoredDoc(doc_id, score, part)
            for (doc_id, part), score in scores.items()
            if _passes(live[doc_id], query.filter) and (not query.among or doc_id in query.among)
        ]
        return sorted(found, key=lambda doc: (-doc.score, doc.doc_id, doc.part))[: query.limit]

    def state(self) -> object | None:
        """See SearchBackend; a change makes another dictionary."""
        return None if self.broken else self._live()

    def apply(self, changes: Changes) -> None:
        """See SearchBackend."""
        live = dict(self._live())
        for doc_id in changes.deletes:
            live.pop(doc_id, None)
        self._documents = live | {document.doc_id: document for document in changes.upserts}

    def fingerprints(self) -> Mapping[str, str]:
        """See SearchBackend."""
        return {doc_id: document.fingerprint for doc_id, document in self._live().items()}

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """See SearchBackend."""
        built = {document.doc_id: document for document in documents}
        self._documents, self._identity = built, identity
        return len(built)

    def identity(self) -> str:
        """See SearchBackend."""
        return "" if self.broken else self._identity

    def healthy(self) -> bool:
        """See SearchBackend."""
        return not self.broken and self._documents is not None

    def fault(self) -> str:
        """See SearchBackend."""
        return "" if self.healthy() else "memory: out of service"

    def close(self) -> None:
        """See SearchBackend."""

    def _live(self) -> dict[str, TermDocument]:
        if self.broken or self._documents is None:
            raise SearchUnavailable("memory: out of service")
        return self._documents


class WordEncoder:
    """Texts that share words are close: a hashed bag of terms, no model needed."""

    name = "words"
    dimensions = 64
    token_dimensions = 0

    def queries(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self._encode(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        return self._encode(texts)

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.queries(texts))

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder: no tokens."""
        return Reading(self.passages(texts))

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                digest = hashlib.blake2b(term.encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest, "little") % self.dimensions] += 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, np.float32)


class TokenEncoder(WordEncoder):
    """The same with a vector for every term, so that searches look a second time."""

    name = "tokens"
    token_dimensions = 16

    def read_queries(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        return Reading(self.queries(texts), tuple(map(self._tokens, texts)))

    def read_passages(self, texts: Sequence[str]) -> Reading:
        """See Encoder."""
        return Reading(self.passages(texts), tuple(map(self._tokens, texts)))

    def _tokens(self, text: str) -> Tokens:
        size = self.token_dimensions
        digests = (hashlib.blake2b(t.encode(), digest_size=size).digest() for t in terms(text))
        return np.frombuffer(b"".join(digests), np.int8).reshape(-1, size) // 2


_Texts = dict[tuple[str, int], tuple[str, ...]]


def _texts(live: Mapping[str, TermDocument]) -> dict[str, _Texts]:
    """The texts of each field; the parts of files, those that have words, are one of their own."""
    return {
        "title": {(doc_id, 0): document.title_terms for doc_id, document in live.items()},
        "body": {(doc_id, 0): document.body_terms for doc_id, document in live.items()},
        "file": {
            (doc_id, part): words
            for doc_id, document in live.items()
            for part, words in enumerate(document.parts, start=1)
            if words
        },
    }


def _passes(document: TermDocument, wanted: SearchFilter) -> bool:
    return (
        document.kind in wanted.kinds
        and not wanted.access_keys.isdisjoint(document.access_keys)
        and wanted.category_id in (None, *document.categories)
        and wanted.product_id in (None, *document.products)
    )


def _rarity(texts: Mapping[str, _Texts], field: str, term: str) -> float:
    if field == "file":
        return part_rarity(_spread(texts["body"], term), _spread(texts["file"], term))
    held = _spread(texts[field], term)
    return rarity(held.texts, held.holding)


def _spread(texts: _Texts, term: str) -> Spread:
    return Spread(len(texts), sum(term in text for text in texts.values()))


def _bm25(texts: _Texts, term: str) -> list[tuple[tuple[str, int], float]]:
    """BM25 without its rarity."""
    average = sum(map(len, texts.values())) / max(len(texts), 1)
    holding = {entry: text.count(term) for entry, text in texts.items() if term in text}
    return [
        (
            entry,
            count * (K1 + 1) / (count + K1 * (1 - B + B * len(texts[entry]) / max(average, 1e-9))),
        )
        for entry, count in holding.items()
    ]
