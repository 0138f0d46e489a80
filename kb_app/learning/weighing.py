"""How much rating, heat, clicks and being new should count here, from what people opened.

What was opened is compared with what stood above it and was passed over (Joachims 2002);
a logistic model of the differences (scikit-learn) is drawn towards the shipped division and
kept within bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from indexer.backend import Hit, SearchRequest
from indexer.explaining import PRIOR_PARTS
from indexer.ranking import PRIOR_WEIGHT, SHIPPED_SHARES, Shares
from kb_app.learning.replay import DEPTH, EVERYBODY, Asked
from kb_app.ports import Ports

FEWEST_PAIRS = 200
SHRINKAGE = 500.0
LEAST, MOST = 0.25, 2.0
FREE = 10.0
Rows = NDArray[np.float64]


def learned_division(ports: Ports, asked: Sequence[Asked], present: Shares) -> Shares | None:
    """The division these queries speak for; None when they say too little."""
    rows: list[list[float]] = []
    for each in asked:
        request = SearchRequest(each.text, EVERYBODY, limit=DEPTH)
        rows += _pairs(ports.engine.search(request).hits, each, present)
    if len(rows) < FEWEST_PAIRS:
        return None
    return bounded(_fitted(np.array(rows)), len(rows))


def bounded(found: Sequence[float], pairs: int) -> Shares:
    """Drawn towards the shipped division the fewer pairs there are, within bounds, at most 1."""
    shipped = [getattr(SHIPPED_SHARES, part.value) for part in PRIOR_PARTS]
    trust = pairs / (pairs + SHRINKAGE)
    drawn = [
        min(MOST * usual, max(LEAST * usual, trust * own + (1 - trust) * usual))
        for own, usual in zip(found, shipped, strict=True)
    ]
    scale = min(1.0, 1.0 / sum(drawn))
    return Shares(*(round(each * scale, 4) for each in drawn))


def _pairs(hits: Sequence[Hit], asked: Asked, present: Shares) -> list[list[float]]:
    """Differences between what was opened and what stood above it: relevance, then the parts."""
    found = []
    for place, hit in enumerate(hits):
        if hit.ref_id not in asked.gains:
            continue
        above = [each for each in hits[:place] if each.ref_id not in asked.gains]
        found += [_difference(hit, other, present) for other in above]
        below = [each for each in hits[place + 1 : place + 2] if each.ref_id not in asked.gains]
        found += [_difference(hit, other, present) for other in below]
    return found


def _difference(one: Hit, other: Hit, present: Shares) -> list[float]:
    relevance = math.log(max(one.relevance, 1e-9)) - math.log(max(other.relevance, 1e-9))
    shares = [max(getattr(present, part.value), 1e-9) for part in PRIOR_PARTS]
    parts = [
        (getattr(one, part.value) - getattr(other, part.value)) / share
        for part, share in zip(PRIOR_PARTS, shares, strict=True)
    ]
    return [relevance, *parts]


def _fitted(rows: Rows) -> list[float]:
    """Each part's weight against relevance's; log(1 + w · prior) is about w · prior."""
    rows = rows.copy()
    rows[:, 0] *= FREE
    both = np.concatenate([rows, -rows])
    right = np.concatenate([np.ones(len(rows)), np.zeros(len(rows))])
    model = LogisticRegression(fit_intercept=False, max_iter=2_000).fit(both, right)
    against = max(float(model.coef_[0][0]) * FREE, 1.0)
    return [float(each) / (against * PRIOR_WEIGHT) for each in model.coef_[0][1:]]
