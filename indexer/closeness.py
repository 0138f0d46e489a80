"""A closer look at the first documents: every word of the question against a passage.

Late interaction (ColBERT, Khattab and Zaharia 2020): a question is as close to a passage as,
on average, each of its tokens is to the passage's nearest token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.compact import token_cosines
from indexer.encoder import Tokens
from indexer.ranking import Floats

WEAK_SHARE = 0.25


@dataclass(frozen=True)
class Closeness:
    """Of one passage: the mean over the question's tokens, and over the worst of them."""

    mean: float
    weak: float


def closeness(asked: Tokens, passages: Sequence[Tokens]) -> list[Closeness]:
    """How close each passage comes; `weak` is the mean of the least matched WEAK_SHARE.

    Tokens are int8 [tokens, dimensions] of any length; an empty side gives zeros.
    """
    filled = [row for row, tokens in enumerate(passages) if len(tokens)]
    found = [Closeness(0.0, 0.0)] * len(passages)
    if not filled or not len(asked):
        return found
    nearest = _nearest(asked, [passages[row] for row in filled])
    few = max(1, round(WEAK_SHARE * len(asked)))
    weakest = np.partition(nearest, few - 1, axis=0)[:few]
    for place, row in enumerate(filled):
        found[row] = Closeness(float(nearest[:, place].mean()), float(weakest[:, place].mean()))
    return found


def _nearest(asked: Tokens, passages: Sequence[Tokens]) -> Floats:
    """[asked tokens, passages]: the cosine of each token with the passage's nearest."""
    starts = np.cumsum([0, *(len(tokens) for tokens in passages[:-1])])
    cosines = token_cosines(asked, np.concatenate(passages))
    return np.asarray(np.maximum.reduceat(cosines, starts, axis=1), np.float64)
