"""What was answered lately is remembered, but never more than so much (K1)."""

from __future__ import annotations

from indexer.backend import ScoredDoc, SearchFilter, Term, TermQuery
from indexer.remembered import MOST_HITS, Remembered

PUBLIC = SearchFilter(frozenset({"public"}))


def _query(number: int) -> TermQuery:
    return TermQuery((Term(str(number), 1.0),), PUBLIC, 10)


def _hits(count: int) -> tuple[ScoredDoc, ...]:
    return (ScoredDoc("a:1", 1.0),) * count


def test_it_knows_what_was_answered_even_that_nothing_was() -> None:
    """K1: pages and filters ask the same again."""
    known = Remembered()
    known.put(_query(1), _hits(3))
    known.put(_query(2), ())
    assert known.get(_query(1)) == _hits(3)
    assert known.get(_query(2)) == ()
    assert known.get(_query(3)) is None


def test_it_holds_no_more_hits_than_it_may() -> None:
    """Ninety answers of ten thousand hits each would take the memory of the process."""
    known = Remembered()
    for number in range(40):
        known.put(_query(number), _hits(MOST_HITS // 7))
        assert known.hits <= MOST_HITS
    assert known.get(_query(39)) is not None
    known.put(_query(50), _hits(MOST_HITS + 1))
    assert known.get(_query(50)) is None
    assert known.get(_query(39)) is not None
    for number in range(2 * MOST_HITS):
        known.put(_query(100 + number), ())
    assert known.hits <= MOST_HITS
