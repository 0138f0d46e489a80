"""How likely a place on a results page is looked at: a shipped curve, or the site's own. Pure.

Shipped: 1/place (the propensity model of Joachims, Swaminathan, Schnabel, "Unbiased
Learning-to-Rank with Biased Feedback", WSDM 2017, with eta = 1), never below a tenth. The
site's own is estimated by expectation maximisation of the position-based model (Wang et al.,
"Position Bias Estimation for Unbiased Learning to Rank in Personal Search", WSDM 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLACES = 10
ON_A_PAGE = 10
LOWEST = 0.1
STEEPNESS = 1.0
FEWEST_SHOWN = 2_000
FEWEST_CLICKS = 200
ROUNDS = 60
SHIPPED_LOOKS = 200.0
MOST_CORRECTION = 4.0
Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Shown:
    """How often each pair of question and article was shown at a place (from 1), and clicked."""

    pairs: Rows
    places: Rows
    shown: Floats
    clicks: Floats


def shipped() -> tuple[float, ...]:
    """The curve that comes with the product."""
    return tuple(max(LOWEST, (1 / place) ** STEEPNESS) for place in range(1, PLACES + 1))


def looked_at(curve: tuple[float, ...], place: int) -> float:
    """The chance that somebody looks at this place (from 1), relative to the first."""
    return curve[min(max(1, place), len(curve)) - 1]


def correction(curve: tuple[float, ...], place: int) -> float:
    """What a click at this place counts for; bounded, or a chance click would weigh too much."""
    return min(MOST_CORRECTION, 1.0 / looked_at(curve, place))


def comparable(seen: Shown) -> Shown:
    """Only pairs that were shown at several places tell how places differ."""
    known = seen.places <= PLACES
    per_place = np.unique(np.stack([seen.pairs[known], seen.places[known]]), axis=1)
    pairs, different = np.unique(per_place[0], return_counts=True)
    kept = known & np.isin(seen.pairs, pairs[different > 1])
    return Shown(seen.pairs[kept], seen.places[kept], seen.shown[kept], seen.clicks[kept])


def is_enough(seen: Shown) -> bool:
    """Whether an estimate would say more than the shipped curve."""
    return bool(seen.shown.sum() >= FEWEST_SHOWN and seen.clicks.sum() >= FEWEST_CLICKS)


def fit(seen: Shown) -> tuple[float, ...]:
    """The chance of being looked at by place, the first 1; drawn towards the shipped curve."""
    _, pairs = np.unique(seen.pairs, return_inverse=True)
    places = seen.places - 1
    base = np.array(shipped())
    looks, worth = base.copy(), np.full(int(pairs.max(initial=0)) + 1, 0.3)
    shown, clicks = seen.shown, np.minimum(seen.clicks, seen.shown)
    for _ in range(ROUNDS):
        look, like = looks[places], worth[pairs]
        neither = np.maximum(1e-9, 1 - look * like)
        looked = clicks + (shown - clicks) * look * (1 - like) / neither
        liked = clicks + (shown - clicks) * like * (1 - look) / neither
        whole = np.bincount(places, shown, PLACES) + SHIPPED_LOOKS
        looks = (np.bincount(places, looked, PLACES) + SHIPPED_LOOKS * base) / whole
        worth = (np.bincount(pairs, liked) + 0.3) / (np.bincount(pairs, shown) + 1)
        looks = looks / looks[0]
    return tuple(float(each) for each in np.clip(looks, LOWEST / 2, 1.0))
