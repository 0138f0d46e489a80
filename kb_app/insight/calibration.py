"""How sure automatic answers were, and how often askers said they were right. Pure.

A ticket counts as wrong, 解决了 as right; who said neither is left out and counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb_app.insight.asked import Asked, Ending, Offer
from kb_app.insight.intervals import Share, share

BOUNDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
FEWEST = 20


@dataclass(frozen=True)
class Band:
    """Offers whose confidence lay in [low, high); `enough` for a statement about them."""

    low: float
    high: float
    offers: int
    silent: int
    mean: float
    right: Share
    enough: bool


@dataclass(frozen=True)
class Calibration:
    """Bands with offers, and how far confidence and truth are apart on average (ECE)."""

    bands: tuple[Band, ...]
    error: float | None


def calibrate(asked: Sequence[Asked], offer: Offer) -> Calibration:
    """The table for answers, or for suggestions."""
    given = [each for each in asked if each.offer is offer and each.confidence is not None]
    bands = [
        _band(low, high, [each for each in given if low <= _sure(each) < high])
        for low, high in zip(BOUNDS, (*BOUNDS[1:-1], 1.01), strict=False)
    ]
    told = sum(band.right.whole for band in bands)
    gaps = sum(abs(band.mean - band.right.value) * band.right.whole for band in bands)
    return Calibration(
        tuple(band for band in bands if band.offers), gaps / told if told >= FEWEST else None
    )


def _sure(each: Asked) -> float:
    return each.confidence or 0.0


def _band(low: float, high: float, given: Sequence[Asked]) -> Band:
    told = [each for each in given if each.ending is not Ending.SILENT]
    right = sum(each.ending is Ending.SOLVED for each in told)
    mean = sum(map(_sure, told)) / len(told) if told else 0.0
    return Band(
        low=low,
        high=min(high, 1.0),
        offers=len(given),
        silent=len(given) - len(told),
        mean=mean,
        right=share(right, len(told)),
        enough=len(told) >= FEWEST,
    )
