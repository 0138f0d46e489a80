"""Wordings of one meaning put together, and what a gap is worth. Pure.

Measured on written questions of four fields with closely related articles: of two wordings
put together 38 % are answered by the very same article, of those that are 26 % come together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.anchors import ANCHOR_WEIGHT
from kb_app.insight.unmet import Wording
from models import GapSource

APART = 0.65
WORDS_APART = 0.75
LONGEST_TITLE = 40
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Rates:
    """How likely each kind of unmet need becomes a ticket, on this site."""

    search: float
    question: float
    vote: float

    def of(self, source: GapSource) -> float:
        """Tickets one event of this source stands for."""
        known = {
            GapSource.SEARCH: self.search,
            GapSource.QUESTION: self.question,
            GapSource.VOTE: self.vote,
        }
        return known.get(source, 1.0)


@dataclass(frozen=True)
class Cluster:
    """Wordings of one meaning, the most central first."""

    wordings: tuple[Wording, ...]

    @property
    def people(self) -> int:
        """The most that could be different people."""
        return sum(wording.people for wording in self.wordings)

    def tickets(self, rates: Rates) -> float:
        """Tickets that an answer would have saved in the time looked at."""
        return sum(rates.of(event.source) for wording in self.wordings for event in wording.events)


def middled(vectors: Vectors, anchors: Vectors) -> Vectors:
    """Seen from the middle of ordinary titles and these texts, so that cosines tell apart."""
    weight = ANCHOR_WEIGHT / (ANCHOR_WEIGHT + len(vectors))
    middle = weight * anchors.mean(axis=0) + (1 - weight) * vectors.mean(axis=0)
    moved = vectors - middle
    lengths = np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(moved / np.maximum(lengths, 1e-9), np.float32)


def clusters(wordings: Sequence[Wording], vectors: Vectors, apart: float) -> list[Cluster]:
    """Average linkage over cosines; `vectors` are unit rows, one a wording."""
    if not wordings:
        return []
    labels = np.zeros(len(wordings), np.int64)
    if len(wordings) > 1:
        from sklearn.cluster import AgglomerativeClustering

        model = AgglomerativeClustering(
            n_clusters=None, distance_threshold=apart, metric="cosine", linkage="average"
        )
        labels = model.fit_predict(vectors.astype(np.float64) + 1e-9)
    found = []
    for label in sorted(set(labels.tolist())):
        rows = np.flatnonzero(labels == label)
        found.append(Cluster(tuple(wordings[row] for row in _central(wordings, vectors, rows))))
    return found


def _central(wordings: Sequence[Wording], vectors: Vectors, rows: NDArray[np.intp]) -> list[int]:
    """Nearest to the middle first, where frequent wordings pull; long stories come later."""
    weights = np.array([len(wordings[row].events) for row in rows], np.float32)
    middle = (weights[:, None] * vectors[rows]).sum(axis=0)
    middle /= max(float(np.linalg.norm(middle)), 1e-9)
    close = vectors[rows] @ middle
    long = np.array([len(wordings[row].text) > LONGEST_TITLE for row in rows], np.float32)
    order = np.argsort(-(close - 0.2 * long), kind="stable")
    return [int(rows[place]) for place in order]


def word_vectors(texts: Sequence[str]) -> Vectors:
    """Character pairs weighed by rarity: the stand-in where no encoder is at work."""
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    counts = HashingVectorizer(
        analyzer="char", ngram_range=(1, 2), n_features=2**12, alternate_sign=False
    ).transform(texts)
    return np.asarray(TfidfTransformer().fit_transform(counts).toarray(), np.float32)


def encoded(
    encode: Callable[[Sequence[str]], Vectors],
    texts: Sequence[str],
    tell: Callable[[int], None],
    batch: int = 64,
) -> Vectors:
    """The vectors of texts, a batch at a time; `tell` hears how many are done."""
    parts = []
    for start in range(0, len(texts), batch):
        parts.append(encode(texts[start : start + batch]))
        tell(min(start + batch, len(texts)))
    return np.concatenate(parts)
