"""Why a document stands where it does: parts that sum to its score, and life without one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from indexer.backend import Hit
from indexer.ranking import Floats, Rows


class Part(StrEnum):
    """What a score is made of."""

    WORDS = "words"
    MEANING = "meaning"
    RATING = "rating"
    HEAT = "heat"
    CLICKS = "clicks"
    NEWS = "news"


TINY = 1e-12
PRIOR_PARTS = (Part.RATING, Part.HEAT, Part.CLICKS, Part.NEWS)


@dataclass(frozen=True)
class Contribution:
    """What one part adds to the score."""

    part: Part
    value: float


def contributions(hit: Hit) -> tuple[Contribution, ...]:
    """The parts of a hit's score; they sum to it."""
    lift = hit.relevance * (hit.boost - 1.0) / hit.prior if hit.prior else 0.0
    values = {
        Part.WORDS: hit.lexical,
        Part.MEANING: hit.semantic + hit.close,
        Part.RATING: lift * hit.rating,
        Part.HEAT: lift * hit.heat,
        Part.CLICKS: lift * hit.clicks,
        Part.NEWS: lift * hit.news,
    }
    return tuple(Contribution(part, value) for part, value in values.items())


def score_without(hit: Hit, part: Part) -> float:
    """The score by the formula of ranking.py were this part nothing.

    More is lost than the part itself adds when ratings multiply it.
    """
    if part is Part.WORDS:
        return (hit.semantic + hit.close) * hit.boost
    if part is Part.MEANING:
        return hit.lexical * hit.boost
    return hit.score - next(each.value for each in contributions(hit) if each.part is part)


def strongest(hit: Hit) -> Part:
    """The part that adds most."""
    return max(contributions(hit), key=lambda each: each.value).part


def falls(words: Floats, meaning: Floats, boost: Floats, parts: Floats, keys: Rows) -> Rows:
    """The place each of these documents, in order, would fall to without its strongest part.

    One element a document; `parts` are those of the prior, one row each. All at once what
    `score_without` says of one. A place after the last of them means there or further down.
    """
    prior = np.maximum(parts.sum(axis=0), TINY)
    whole = words + meaning
    scores = whole * boost
    lifts = whole * (boost - 1.0) / prior * parts
    lost = np.vstack([words * boost, meaning * boost, lifts])
    top = np.vstack([words, meaning, lifts]).argmax(axis=0)
    less = (scores - np.take_along_axis(lost, top[None], axis=0)[0])[:, None]
    ahead = (scores > less) | ((scores == less) & (keys < keys[:, None]))
    np.fill_diagonal(ahead, val=False)
    return np.asarray(1 + ahead.sum(axis=1), np.int64)
