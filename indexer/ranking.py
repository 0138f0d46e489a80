"""Words, meaning, rating and use → one order, exact for any prior. Pure numpy.

relevance = LEXICAL_SHARE · BM25/best + (1 - LEXICAL_SHARE) · cosine (not below 0)
score     = relevance · (1 + PRIOR_WEIGHT · prior)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

PRIOR_WEIGHT = 0.25
LEXICAL_SHARE = 0.25
SCORE_FLOOR = 0.45
MIN_MEANING = 0.25

RATING_SHARE = 0.7
SITE_VOTES = 20.0
SITE_MEAN = 0.7
ARTICLE_VOTES = 4.0
FULL_HEAT = 50.0


@dataclass(frozen=True)
class Usage:
    """Counters of documents, one element each: votes, and use that cools with age."""

    helpful: Floats
    unhelpful: Floats
    heat: Floats


def prior(usage: Usage) -> Floats:
    """How well documents did, in [0, 1].

    Votes are shrunk towards the site's own mean, so a handful moves little and a new
    article stands in the middle; use counts by its logarithm.
    """
    votes = usage.helpful + usage.unhelpful
    mean = (usage.helpful.sum() + SITE_VOTES * SITE_MEAN) / (votes.sum() + SITE_VOTES)
    rating = (usage.helpful + ARTICLE_VOTES * mean) / (votes + ARTICLE_VOTES)
    heat = np.maximum(usage.heat, 0.0)
    fullest = max(FULL_HEAT, float(heat.max(initial=0.0)))
    use = np.log1p(heat) / np.log1p(fullest)
    return np.asarray(np.clip(RATING_SHARE * rating + (1 - RATING_SHARE) * use, 0.0, 1.0))


@dataclass(frozen=True)
class Scale:
    """What is known of every document before its words are looked at.

    relevance = meaning + slope · (BM25 / best); `boost` = 1 + weight · prior >= 1;
    `keys` order documents of equal score.
    """

    meaning: Floats
    slope: Floats
    boost: Floats
    allowed: Flags
    keys: Rows


def blend(cosines: Floats | None, encoded: Flags, share: float) -> tuple[Floats, Floats]:
    """(meaning, slope) of all documents for one query.

    A document that has no vector yet is judged by its words as if its meaning matched
    as well as they do; without any vectors the words decide alone.
    """
    if cosines is None or not encoded.any():
        return np.zeros(encoded.size), np.ones(encoded.size)
    meaning = np.where(encoded, np.maximum(cosines, 0.0), 0.0) * (1 - share)
    stand_in = share + float(meaning.max(initial=0.0))
    return meaning, np.where(encoded, share, stand_in)


@dataclass(frozen=True)
class Lexical:
    """What the backend told: BM25/best in [0, 1] of the documents seen.

    `seen` marks documents whose share is known (0 when they do not match); no other
    document has a share above `ceiling`.
    """

    share: Floats
    seen: Flags
    ceiling: float


@dataclass(frozen=True)
class Ranked:
    """The best rows in order; `undecided` rows might still belong among them."""

    rows: Rows
    total: int
    undecided: Rows


def relevance(scale: Scale, lexical: Lexical) -> Floats:
    """Relevance of every row, unseen rows counted as not matching."""
    return scale.meaning + scale.slope * lexical.share


def rank(scale: Scale, lexical: Lexical, needed: int) -> Ranked:
    """The first `needed` rows by score; exact when nothing is undecided.

    An unseen row can at most have the ceiling's share. While that bound reaches the last
    needed score (or the floor, when fewer rows were found), its share must be asked for.
    """
    scores = relevance(scale, lexical) * scale.boost
    matching = scale.allowed & ((lexical.share > 0) | (scale.meaning >= MIN_MEANING))
    best = float(scores[matching].max(initial=0.0))
    rows = np.flatnonzero(matching & (scores >= SCORE_FLOOR * best) & (scores > 0))
    order = _first(scores, scale.keys, rows, needed)
    if needed < 1:
        return Ranked(order, int(rows.size), order)
    threshold = SCORE_FLOOR * best if order.size < needed else float(scores[order[-1]])
    bound = (scale.meaning + scale.slope * lexical.ceiling) * scale.boost
    unseen = scale.allowed & ~lexical.seen
    undecided = np.flatnonzero(unseen & (bound >= threshold) & (lexical.ceiling > 0))
    return Ranked(order, int(rows.size), undecided)


def _first(scores: Floats, keys: Rows, rows: Rows, needed: int) -> Rows:
    """The `needed` best of `rows`, ties by key."""
    if rows.size > needed > 0:
        edge = np.partition(scores[rows], rows.size - needed)[rows.size - needed]
        rows = rows[scores[rows] >= edge]
    order = np.lexsort((keys[rows], -scores[rows]))
    return rows[order][:needed]
