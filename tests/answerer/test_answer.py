"""Answered, Suggested or NotSure, each for its reason (Q3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from answerer.answer import (
    CANDIDATES,
    QUESTION_CHARS,
    Answered,
    NotSure,
    Policy,
    Reason,
    Suggested,
    answer,
    judge,
)
from answerer.evidence import Candidate
from indexer.backend import Hit, SearchFilter, SearchRequest, SearchResult
from indexer.comparing import NAMES as COMPARED
from indexer.comparing import Comparison
from indexer.document import DocKind
from tests.answerer.test_confidence import model

POLICY = Policy(replace(model((0.9, 0.8)), suggest_from=0.1), 0.9)
ALL = SearchFilter(frozenset({"public"}))


def candidates(relevance: float, count: int = 5) -> tuple[Candidate, ...]:
    """The best with this relevance; (0.5 is an even chance, 0.7 nearly sure)."""
    return tuple(
        Candidate(
            Hit(DocKind.ARTICLE, place, place, 1.0, relevance / place, 0.0, 0.0, 0.0),
            f"题 {place}",
            "文",
        )
        for place in range(1, count + 1)
    )


def test_it_answers_when_it_is_sure_enough() -> None:
    """Q3: the best as the answer, two others below."""
    found = candidates(0.7)
    outcome = judge("问", found, POLICY, limited=False)
    assert isinstance(outcome, Answered)
    assert (outcome.best, outcome.others) == (found[0], found[1:3])
    assert outcome.confidence == pytest.approx(0.8808, abs=1e-4)


def test_it_suggests_when_it_is_not() -> None:
    """Q3: at most three, with the reason."""
    found = candidates(0.5)
    assert judge("问", found, POLICY, limited=False) == Suggested(found[:3], 0.5, Reason.UNSURE)


def test_it_says_nothing_when_nothing_is_near() -> None:
    """Q3: an unlikely text is not even shown."""
    outcome = judge("问", candidates(0.2), POLICY, limited=False)
    assert isinstance(outcome, NotSure)
    assert outcome.reason is Reason.NOTHING_NEAR
    assert 0 < outcome.confidence < 0.1


def test_it_never_answers_by_itself_on_half_a_search() -> None:
    """Q3 O1: with part of search out of service it only suggests."""
    outcome = judge("问", candidates(0.9), POLICY, limited=True)
    assert isinstance(outcome, Suggested)
    assert outcome.reason is Reason.SEARCH_LIMITED


def test_it_follows_the_sites_precision() -> None:
    """Q3: what one site answers another only suggests."""
    found = candidates(0.7)
    assert isinstance(judge("问", found, POLICY, limited=False), Answered)
    strict = replace(POLICY, precision=0.99)
    assert isinstance(judge("问", found, strict, limited=False), Suggested)


class FakeEngine:
    """A search that found this."""

    def __init__(self, found: tuple[Candidate, ...], degraded: str = "") -> None:
        self.result = SearchResult(tuple(c.hit for c in found), len(found), 1.0, degraded)
        self.asked: list[SearchRequest] = []

    def search(self, request: SearchRequest) -> SearchResult:
        """See SearchEngine."""
        self.asked.append(request)
        return self.result

    def compare(self, _text: str, _found: object) -> None:
        """See SearchEngine; this one knows no tokens."""


def _answer(engine: Any, question: str, found: tuple[Candidate, ...]) -> object:
    return answer(engine, question, ALL, lambda _hits: found, POLICY)


def test_it_judges_only_what_the_asker_may_read() -> None:
    """K11: candidates come from the reader's door, not from the hits."""
    found = candidates(0.7)
    outcome = _answer(FakeEngine(found), "问", found[3:])
    assert isinstance(outcome, NotSure | Suggested)
    assert _answer(FakeEngine(found), "问", ()) == NotSure(Reason.NOTHING_NEAR)


def test_it_gives_an_outage_as_the_reason() -> None:
    """Q3 O1: nothing found because search was down is not: there is nothing."""
    assert _answer(FakeEngine((), "backend"), "问", ()) == NotSure(Reason.SEARCH_LIMITED)


def test_it_asks_with_the_beginning_of_a_long_question() -> None:
    """Q2: a novel is searched by its first page."""
    engine = FakeEngine(())
    _answer(engine, "长" * 5_000, ())
    [request] = engine.asked
    assert (len(request.text), request.limit) == (QUESTION_CHARS, CANDIDATES)
    assert request.filter is ALL


def test_places_two_and_three_are_looked_at_again() -> None:
    """Q3: by relevance and what the tokens say; the first stays, the unread is not lost."""
    found = candidates(0.7, 4)
    first, second, third, fourth = found
    told = (0.0,) * (len(COMPARED) - 5)
    unsure = replace(POLICY, model=model((0.9, 2.0)))

    def shown(*scores: float | None) -> tuple[Candidate, ...]:
        comparison = Comparison(0.0, 0.0, 0.0, 0.0, 0.0, told, scores)
        outcome = judge("问", found, unsure, limited=False, compared=comparison)
        assert isinstance(outcome, Suggested)
        return outcome.candidates

    assert shown() == (first, second, third)
    assert shown(1.0, 1.0, 1.0, 9.0) == (first, fourth, second)
    assert shown(0.0, 1.0, 9.0, 9.0) == (first, third, fourth)
    assert shown(1.0, None, 1.0, 1.0) == (first, second, third)
    assert shown(1.0, 1.0) == (first, second, third)
