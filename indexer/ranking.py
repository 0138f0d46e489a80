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

SITE_VOTES = 20.0
SITE_MEAN = 0.7
HIGHEST_MEAN = 0.85
ARTICLE_VOTES = 4.0
FULL_HEAT = 300.0
USUAL_CLICKS = 0.2
SITE_LOOKS = 20.0
ARTICLE_LOOKS = 20.0
NEWS_LOOKS = 20.0
NEWS_HALF_LIFE_DAYS = 30.0


@dataclass(frozen=True)
class Shares:
    """How the prior is divided; the parts sum to at most 1, so the prior does too."""

    rating: float = 0.65
    heat: float = 0.15
    clicks: float = 0.15
    news: float = 0.05


SHIPPED_SHARES = Shares()


@dataclass(frozen=True)
class Usage:
    """Counters of documents, one element each: votes, use that cools with age, clicks.

    `examined` is how many looks the places were worth at which a document was shown (see
    kb_app.look_places), `clicked` the clicks there, both cooling too; `shown` is a plain
    count, `days` the age. What is not known (None) speaks for and against nobody.
    """

    helpful: Floats
    unhelpful: Floats
    heat: Floats
    clicked: Floats | None = None
    examined: Floats | None = None
    shown: Floats | None = None
    days: Floats | None = None


def prior(usage: Usage, shares: Shares = SHIPPED_SHARES) -> Floats:
    """How well documents did, in [0, 1]: the sum of `prior_parts`."""
    return np.asarray(prior_parts(usage, shares).sum(axis=0))


def prior_parts(usage: Usage, shares: Shares = SHIPPED_SHARES) -> Floats:
    """What rating, heat, clicks and being new add to the prior: four rows, one column each.

    Votes are shrunk towards the site's own mean (never above HIGHEST_MEAN, or 5 of 5 would
    beat 480 of 500), so a handful moves little and a new article stands in the middle; heat
    counts by its logarithm; clicks by their rate where people looked; being new fades with
    age and with every time it was shown, so that it is tried, not pushed.
    """
    parts = (_rating(usage), _heat(usage), _clicks(usage), _news(usage))
    weights = (shares.rating, shares.heat, shares.clicks, shares.news)
    return np.stack([weight * part for weight, part in zip(weights, parts, strict=True)])


def _rating(usage: Usage) -> Floats:
    votes = usage.helpful + usage.unhelpful
    mean = (usage.helpful.sum() + SITE_VOTES * SITE_MEAN) / (votes.sum() + SITE_VOTES)
    mean = min(mean, HIGHEST_MEAN)
    return np.asarray((usage.helpful + ARTICLE_VOTES * mean) / (votes + ARTICLE_VOTES))


def _heat(usage: Usage) -> Floats:
    heat = np.maximum(usage.heat, 0.0)
    fullest = max(FULL_HEAT, float(heat.max(initial=0.0)))
    return np.asarray(np.log1p(heat) / np.log1p(fullest))


def click_rates(clicked: Floats, examined: Floats) -> Floats:
    """Clicks a look, shrunk towards the site's own mean: how often looking led to opening.

    Dividing by looks instead of showings takes out where a document stood (clicks over
    expected clicks; Joachims, Swaminathan, Schnabel 2017 give the propensities).
    """
    mean = _usual_rate(clicked, examined)
    return np.asarray((clicked + ARTICLE_LOOKS * mean) / (examined + ARTICLE_LOOKS))


def _usual_rate(clicked: Floats, examined: Floats) -> float:
    looks = float(examined.sum()) + SITE_LOOKS
    return (float(clicked.sum()) + SITE_LOOKS * USUAL_CLICKS) / looks


def _clicks(usage: Usage) -> Floats:
    """0.5 for the usual rate, towards 1 above it."""
    if usage.clicked is None or usage.examined is None:
        return np.full(usage.heat.shape, 0.5)
    rates = click_rates(usage.clicked, usage.examined)
    return np.asarray(rates / (rates + _usual_rate(usage.clicked, usage.examined)))


def _news(usage: Usage) -> Floats:
    if usage.shown is None or usage.days is None:
        return np.zeros(usage.heat.shape)
    fading = np.exp2(-np.maximum(usage.days, 0.0) / NEWS_HALF_LIFE_DAYS)
    return np.asarray(fading / (1.0 + np.maximum(usage.shown, 0.0) / NEWS_LOOKS))


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
