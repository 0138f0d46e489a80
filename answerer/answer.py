"""The door of answering: a question goes in, Answered, Suggested or NotSure comes out.

Nothing here writes; an outage of search is a reason, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from answerer.confidence import Model
from answerer.evidence import Candidate, Evidence, weigh
from indexer.backend import Hit, SearchFilter, SearchRequest
from indexer.search import SearchEngine

CANDIDATES = 12
SHOWN = 3
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
    return judge(question, candidates, policy, limited=bool(result.degraded))


def judge(
    question: str, candidates: tuple[Candidate, ...], policy: Policy, *, limited: bool
) -> Outcome:
    """Decide what to do with candidates, best first. Pure."""
    evidence = weigh(question, candidates)
    confidence = policy.model.probability(evidence)
    if confidence < policy.model.suggest_from:
        return NotSure(Reason.NOTHING_NEAR, confidence)
    if limited:
        return Suggested(candidates[:SHOWN], confidence, Reason.SEARCH_LIMITED, evidence)
    best = candidates[0]
    needed = policy.model.threshold(
        policy.precision, titles_only=best.titles_only, category_id=best.category_id
    )
    if confidence >= needed:
        return Answered(best, confidence, candidates[1:SHOWN], evidence)
    return Suggested(candidates[:SHOWN], confidence, Reason.UNSURE, evidence)
