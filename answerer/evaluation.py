"""Question sets → figures. Pure: lists of what was asked, expected and shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BINS = 10
DEPTH = 10


@dataclass(frozen=True)
class Asked:
    """One evaluated search: the golds, what was found in order, how long it took (ms)."""

    gold: frozenset[str]
    found: tuple[str, ...]
    took_ms: float


@dataclass(frozen=True)
class Judged:
    """One evaluated question: shown ids (the answer first), whether it was answered."""

    gold: frozenset[str]
    shown: tuple[str, ...]
    answered: bool
    confidence: float
    took_ms: float


def search_figures(asked: Sequence[Asked]) -> dict[str, float]:
    """Recall, reciprocal rank and time over the questions that have an answer."""
    inside = [each for each in asked if each.gold]
    ranks = [_rank(each) for each in inside]
    times = sorted(each.took_ms for each in asked)
    return {
        "n": len(inside),
        **{f"recall@{k}": _share(rank <= k for rank in ranks) for k in (1, 3, 5, 10)},
        "mrr@10": round(sum(1 / rank for rank in ranks if rank <= DEPTH) / max(1, len(ranks)), 4),
        "zero_results": _share(not each.found for each in inside),
        "p50_ms": _quantile(times, 0.50),
        "p95_ms": _quantile(times, 0.95),
    }


def answer_figures(judged: Sequence[Judged]) -> dict[str, float]:
    """How often it answered, how often rightly, and how honest its confidence is."""
    inside = [each for each in judged if each.gold]
    outside = [each for each in judged if not each.gold]
    answers = [each for each in judged if each.answered]
    times = sorted(each.took_ms for each in judged)
    return {
        "n_in": len(inside),
        "n_out": len(outside),
        "answered": _share(each.answered for each in inside),
        "precision": _share(_right(each) for each in answers),
        "shown3": _share(bool(each.gold & set(each.shown[:3])) for each in inside),
        "out_answered": _share(each.answered for each in outside),
        "ece": _calibration_error(judged),
        "p50_ms": _quantile(times, 0.50),
        "p95_ms": _quantile(times, 0.95),
    }


def _rank(each: Asked) -> float:
    for place, found in enumerate(each.found, start=1):
        if found in each.gold:
            return place
    return float("inf")


def _right(each: Judged) -> bool:
    return bool(each.shown) and each.shown[0] in each.gold


def _share(values: Iterable[bool]) -> float:
    """The share of true values, four digits; 0 for none."""
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 0.0


def _quantile(ordered: Sequence[float], part: float) -> float:
    if not ordered:
        return 0.0
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))], 2)


def _calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error over ten equal bins of confidence (Naeini et al. 2015)."""
    error = 0.0
    for number in range(BINS):
        members = [each for each in judged if min(BINS - 1, int(each.confidence * BINS)) == number]
        if members:
            right = sum(_right(each) for each in members) / len(members)
            believed = sum(each.confidence for each in members) / len(members)
            error += len(members) / len(judged) * abs(right - believed)
    return round(error, 4)
