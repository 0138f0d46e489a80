"""Figures about answering, one section a subject; each prints one JSON line.

    python bench/answers.py [deflection ...] [--quick] [--data-dir FOLDER --queries FILE]

deflection: simulated comparisons of askers who see no answers with those who do – how often
an interval wrongly excludes zero (A/A), and how often it holds a planted effect of 12 points.
ranking: simulated readers with a position bias (bench/ranking_learning.py) – how well click
rates, raw and corrected, agree with true usefulness, and how fast a stale favourite sinks.
decision: what one decision costs over a ready data folder, which is written to, and ten
submissions a second (bench/decisions.py); only where a folder and questions are named.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
# Run as a file, the folder itself is on the path, where markdown.py hides the library.
sys.path[:] = [str(HERE.parent), *(each for each in sys.path if Path(each).resolve() != HERE)]

from bench import decisions, ranking_learning  # noqa: E402
from kb_app.insight.effect import Group, effect  # noqa: E402

SEED = 20_261_122
PLANTED = 0.12
SITES = ((2_000, 0.05), (4_000, 0.05), (10_000, 0.05), (2_000, 0.2), (1_000, 0.5))
TICKET_RATES = (0.2, 0.3, 0.4, 0.6)


def deflection(*, quick: bool) -> dict[str, object]:
    """Askers and share held back as in SITES, tickets without answers as in TICKET_RATES."""
    runs = 1_000 if quick else 10_000
    chance = np.random.default_rng(SEED)
    alarms, inside = [], []
    for askers, share in SITES:
        held = round(askers * share)
        for rate in TICKET_RATES:
            without = chance.binomial(held, rate, runs)
            same = chance.binomial(askers - held, rate, runs)
            fewer = chance.binomial(askers - held, rate - PLANTED, runs)
            sizes = (held, askers - held)
            alarms.append(_share(without, same, sizes, lambda low, high: low > 0 or high < 0))
            inside.append(_share(without, fewer, sizes, lambda low, high: low <= PLANTED <= high))
    return {
        "section": "deflection",
        "runs": runs * len(alarms),
        "false_alarm": round(float(np.mean(alarms)), 4),
        "false_alarm_worst": round(max(alarms), 4),
        "coverage": round(float(np.mean(inside)), 4),
        "coverage_worst": round(min(inside), 4),
    }


def _share(
    without: np.ndarray,
    with_answers: np.ndarray,
    sizes: tuple[int, int],
    holds: Callable[[float, float], bool],
) -> float:
    held, shown = sizes
    found = 0
    for a, b in zip(without, with_answers, strict=True):
        saved = effect(Group(held, int(a), 0), Group(shown, int(b), 0)).saved
        found += holds(saved.low, saved.high)
    return found / len(without)


def ranking(*, quick: bool) -> dict[str, object]:
    """Kendall's tau to true usefulness, and the days until a stale favourite has sunk."""
    runs = 9 if quick else 60
    days = [ranking_learning.days_until_a_favourite_sinks(SEED + run) for run in range(runs)]
    return {
        "section": "ranking",
        "runs": runs,
        **ranking_learning.sites(runs, SEED),
        "half_life_days": ranking_learning.HALF_LIFE,
        "favourite_sinks_after_days": round(float(np.mean(days)), 1),
        "favourite_sinks_after_days_worst": max(days),
    }


def _decision(data_dir: Path, queries: Path, *, quick: bool) -> dict[str, object]:
    return {"section": "decision", **decisions.measure(data_dir, queries, quick=quick)}


SECTIONS: dict[str, Callable[..., dict[str, object]]] = {
    "deflection": deflection,
    "ranking": ranking,
}


def main() -> None:
    """Measure the named sections, or all of them, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(SECTIONS)}; all unless named")
    parser.add_argument("--quick", action="store_true", help="end within 45 s")
    parser.add_argument("--data-dir", type=Path, help="a ready data folder; it is written to")
    parser.add_argument("--queries", type=Path, help="JSON lines with `text` to ask for")
    options = parser.parse_args()
    known = dict(SECTIONS)
    if options.data_dir and options.queries:
        known["decision"] = partial(_decision, options.data_dir, options.queries)
    elif "decision" in options.sections:
        parser.error("decision needs --data-dir and --queries")
    unknown = sorted(set(options.sections) - set(known))
    if unknown:
        parser.error(f"no section named {', '.join(unknown)}")
    for name in options.sections or known:
        began = time.perf_counter()
        figures = known[name](quick=options.quick)
        figures["seconds"] = round(time.perf_counter() - began, 1)
        print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
