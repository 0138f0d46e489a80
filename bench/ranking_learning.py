"""Simulated readers with a known position bias: does the order learn what is useful?

Sixty questions of ten articles each, which fit more or less well whether they help or not;
each day's order is that of the product over what was counted until then. Readers look at a
place with a chance that the product does not know; it may estimate it every ten days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from indexer.ranking import PRIOR_WEIGHT, Usage, click_rates, prior
from kb_app.look_places import (
    Shown,
    comparable,
    correction,
    fit,
    is_enough,
    looked_at,
    shipped,
)
from kb_app.usage import CLICK_HEAT

QUESTIONS, EACH, DAYS, SEARCHES = 60, 10, 60, 30
LEARN_EVERY = 10
HALF_LIFE = 14.0
STEEPNESS = (0.7, 1.0, 1.3)
Floats = NDArray[np.float64]


@dataclass
class World:
    """What is true (`useful`, `fits`, `looks`) and what was counted; [question, article]."""

    useful: Floats
    fits: Floats
    looks: Floats
    clicked: Floats
    examined: Floats
    shown: Floats
    heat: Floats
    table: Floats
    curve: tuple[float, ...]

    def prior(self, days: float) -> Floats:
        """As the product has it."""
        none, age = np.zeros(self.useful.size), np.full(self.useful.size, days)
        counted = (self.heat, self.clicked, self.examined, self.shown)
        heat, clicked, examined, shown = (each.ravel() for each in counted)
        usage = Usage(none, none, heat, clicked, examined, shown, age)
        return prior(usage).reshape(self.useful.shape)


def world(chance: np.random.Generator, steepness: float) -> World:
    """A new site: nobody has clicked yet."""
    size = (QUESTIONS, EACH)
    looks = (1.0 / np.arange(1, EACH + 1)) ** steepness
    useful, fits = chance.uniform(0.05, 0.95, size), chance.uniform(0.8, 1.0, size)
    clicked, examined, shown, heat = np.zeros((4, *size))
    table = np.zeros((*size, EACH, 2))
    return World(useful, fits, looks, clicked, examined, shown, heat, table, shipped())


def live_a_day(here: World, chance: np.random.Generator, day: int) -> None:
    """One day's searches under the order of that morning."""
    order = np.argsort(-here.fits * (1 + PRIOR_WEIGHT * here.prior(day)), axis=1)
    expected = np.array([looked_at(here.curve, place + 1) for place in range(EACH)])
    cooling = 2.0 ** (-1.0 / HALF_LIFE)
    here.clicked, here.examined, here.heat = (
        cooling * each for each in (here.clicked, here.examined, here.heat)
    )
    clicks = chance.binomial(SEARCHES, here.looks * np.take_along_axis(here.useful, order, 1))
    correct = np.array([correction(here.curve, place + 1) for place in range(EACH)])
    rows = np.arange(QUESTIONS)[:, None]
    here.shown[rows, order] += SEARCHES
    here.clicked[rows, order] += clicks
    here.examined[rows, order] += SEARCHES * expected
    here.heat[rows, order] += CLICK_HEAT * clicks * correct
    asked = np.full(clicks.shape, SEARCHES)
    here.table[rows, order, np.arange(EACH)] += np.stack([asked, clicks], 2)
    seen = comparable(_shown(here.table))
    if day % LEARN_EVERY == LEARN_EVERY - 1 and is_enough(seen):
        here.curve = fit(seen)


def sites(runs: int, seed: int) -> dict[str, float]:
    """Kendall's tau to true usefulness within a question, of click rates raw and corrected."""
    chance = np.random.default_rng(seed)
    raw, corrected = [], []
    for run in range(runs):
        here = world(chance, STEEPNESS[run % len(STEEPNESS)])
        for day in range(DAYS):
            live_a_day(here, chance, day)
        clicks = here.table[..., 1].sum(axis=2)
        rates = click_rates(here.clicked.ravel(), here.examined.ravel()).reshape(clicks.shape)
        raw.append(_agreement(clicks / here.shown, here.useful))
        corrected.append(_agreement(rates, here.useful))
    above = np.mean(np.array(corrected) > np.array(raw))
    return {
        "kendall_raw": round(float(np.mean(raw)), 4),
        "kendall_corrected": round(float(np.mean(corrected)), 4),
        "kendall_corrected_worst": round(min(corrected), 4),
        "corrected_above_raw": round(float(above), 4),
    }


def _agreement(rates: Floats, useful: Floats) -> float:
    pairs = zip(rates, useful, strict=True)
    return float(np.mean([kendalltau(rate, truth).statistic for rate, truth in pairs]))


def days_until_a_favourite_sinks(seed: int) -> int:
    """After two months the favourite of a question goes stale and a neighbour becomes useful.

    Days until the neighbour stands above it, both fitting equally well.
    """
    chance = np.random.default_rng(seed)
    here = world(chance, 1.0)
    here.useful[:] = chance.uniform(0.1, 0.4, here.useful.shape)
    here.useful[0, 0], here.useful[0, 1], here.fits[0, :2] = 0.9, 0.1, 0.95
    for day in range(DAYS):
        live_a_day(here, chance, day)
    here.useful[0, 0], here.useful[0, 1] = 0.05, 0.7
    for day in range(DAYS, 2 * DAYS):
        live_a_day(here, chance, day)
        worth = here.prior(day)
        if worth[0, 0] < worth[0, 1]:
            return day + 1 - DAYS
    return DAYS


def _shown(table: np.ndarray) -> Shown:
    flat = table.reshape(-1, EACH, 2)
    articles, places = np.nonzero(flat[:, :, 0])
    cells = flat[articles, places]
    return Shown(articles, places + 1, cells[:, 0], cells[:, 1])
