"""The door of answering: a question goes in, Answered, Suggested or NotSure comes out.

Nothing here writes; an outage of search is a reason, never an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from answerer.confidence import Model
from answerer.evidence import Candidate, Evidence, weigh
from answerer.twins import distinct
from indexer.backend import Hit, SearchFilter, SearchRequest
from indexer.comparing import Comparison
from indexer.likeness import Titled
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
    if limited:
        return Suggested(candidates[:SHOWN], confidence, Reason.SEARCH_LIMITED, evidence)
    best = candidates[0]
    needed = model.threshold(policy.precision, category_id=best.category_id)
    if confidence >= needed:
        return Answered(best, confidence, candidates[1:SHOWN], evidence)
    return Suggested(candidates[:SHOWN], confidence, Reason.UNSURE, evidence)
