"""The door of answering: a question goes in, Answered, Suggested or NotSure comes out.

Nothing here writes; an outage of search is a reason, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from answerer.confidence import Model
from answerer.evidence import Candidate, Evidence, weigh
from answerer.twins import distinct, told_apart
from indexer.backend import Hit, SearchFilter, SearchRequest
from indexer.comparing import Comparison
from indexer.likeness import Titled
from indexer.search import SearchEngine

CANDIDATES = 12
SHOWN = 3
SCORE_WEIGHT = 0.1
QUESTION_CHARS = 400


class Reason(StrEnum):
    """Why there is no answer, or only suggestions."""

    UNSURE = "unsure"
    NOTHING_NEAR = "nothing_near"
    SEARCH_LIMITED = "search_limited"
    EMPTY = "empty"


@dataclass(frozen=True)
class Answered:
    """The first candidate is likely right; the others are offered below it."""

    best: Candidate
    confidence: float
    others: tuple[Candidate, ...]
    evidence: Evidence | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Suggested:
    """Some of these (at most three) may help; none is sure enough to be the answer."""

    candidates: tuple[Candidate, ...]
    confidence: float
    reason: Reason
    evidence: Evidence | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class NotSure:
    """Nothing worth showing."""

    reason: Reason
    confidence: float = 0.0


Outcome = Answered | Suggested | NotSure
Texts = Callable[[tuple[Hit, ...]], tuple[Candidate, ...]]


@dataclass(frozen=True)
class Policy:
    """How sure to be: the model and the precision this site demands."""

    model: Model
    precision: float


def answer(
    engine: SearchEngine, question: str, allowed: SearchFilter, texts: Texts, policy: Policy
) -> Outcome:
    """Look for an answer; `texts` loads hits the asker may read, in order."""
    request = SearchRequest(question[:QUESTION_CHARS], allowed, limit=CANDIDATES)
    result = engine.search(request)
    candidates = texts(result.hits)
    if not candidates:
        return NotSure(Reason.SEARCH_LIMITED if result.degraded else Reason.NOTHING_NEAR)
    compared = compare(engine, question, candidates)
    return judge(question, candidates, policy, limited=bool(result.degraded), compared=compared)


def compare(
    engine: SearchEngine, question: str, candidates: tuple[Candidate, ...]
) -> Comparison | None:
    """How the candidates compare by their tokens, where the search knows them."""
    found = [Titled(each.hit, each.title) for each in distinct(candidates)]
    return engine.compare(question, found)


def judge(
    question: str,
    candidates: tuple[Candidate, ...],
    policy: Policy,
    *,
    limited: bool,
    compared: Comparison | None = None,
) -> Outcome:
    """Decide what to do with candidates, best first. Pure."""
    evidence = weigh(question, distinct(candidates), compared)
    model = policy.model.fitting(evidence, titles_only=candidates[0].titles_only)
    confidence = model.probability(evidence)
    if confidence < model.suggest_from:
        return NotSure(Reason.NOTHING_NEAR, confidence)
    shown = told_apart(_looked_at_again(candidates, compared), SHOWN)
    if limited:
        return Suggested(shown, confidence, Reason.SEARCH_LIMITED, evidence)
    best = candidates[0]
    needed = model.threshold(policy.precision, category_id=best.category_id)
    if confidence >= needed:
        return Answered(best, confidence, shown[1:], evidence)
    return Suggested(shown, confidence, Reason.UNSURE, evidence)


def _looked_at_again(
    candidates: tuple[Candidate, ...], compared: Comparison | None
) -> tuple[Candidate, ...]:
    """The first first, the others compared by relevance and comparison; then the rest.

    What could not be compared counts as the least of them. The weight is rounded: from 0.03 to
    1 the right one is among three in 1 to 2 of a hundred cases more, in fields the comparing
    networks never saw.
    """
    scores = compared.scores if compared else ()
    known = [score for score in scores if score is not None]
    if not known:
        return candidates
    pairs = list(zip(distinct(candidates), scores, strict=False))
    least = min(known)
    order = sorted(pairs[1:], key=lambda pair: -_worth(pair[0], pair[1], least))
    found = [each for each, _ in (*pairs[:1], *order)]
    return (*found, *(each for each in candidates if each not in found))


def _worth(candidate: Candidate, score: float | None, least: float) -> float:
    return candidate.hit.relevance + SCORE_WEIGHT * (least if score is None else score)
