"""In how many documents a word occurs, told by the index; for people who tend the words."""

from __future__ import annotations

from itertools import pairwise

from indexer.backend import SearchBackend, SearchFilter, Term, TermQuery
from indexer.lexicon import LONG, lexicon
from indexer.normal import normal_word
from indexer.runs import runs
from indexer.wordbook import Wordbook, own_term

MOST = 1_000
MOST_PIECES = 4


def occurrences(backend: SearchBackend, word: str, wanted: SearchFilter, book: Wordbook) -> int:
    """How many documents under the filter hold a word, MOST at most.

    A word that is no term of its own counts where all its pairs of characters are, which
    is very nearly the same. Raises SearchUnavailable.
    """
    found: set[str] | None = None
    for term in _terms(normal_word(word), book):
        hits = backend.search(TermQuery((Term(term, 1.0),), wanted, MOST, title_weight=0.0))
        ids = {hit.doc_id for hit in hits}
        found = ids if found is None else found & ids
        if not found:
            return 0
    return min(len(found or ()), MOST)


def _terms(word: str, book: Wordbook) -> list[str]:
    """The terms that together stand for a word."""
    if word in book.cutting:
        return [own_term(word)]
    terms: list[str] = []
    for run in runs(word):
        if not run.chinese or len(run.text) < LONG or run.text in lexicon():
            terms.append(run.text)
        else:
            terms += map("".join, pairwise(run.text))
    return terms[:MOST_PIECES]
