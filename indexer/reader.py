"""How the search engine reads texts: a vocabulary that follows the index, and its judgement.

`terms_of` turns an understanding into query terms: what is searched counts in full, other
readings little, and never more than the typed words they stand for.
"""

from __future__ import annotations

import re
import time

from indexer.analysis import query_terms
from indexer.answered import Answered
from indexer.backend import Term
from indexer.chances import general
from indexer.ranking import LEXICAL_SHARE
from indexer.understanding import Understander
from indexer.understood import ChangeKind, Understanding
from indexer.vocabulary_feed import VocabularyFeed
from indexer.wordbook import Wordbook
from models import Database

GUESS_LEXICAL_SHARE = 0.7
NAME_LEXICAL_SHARE = 0.6
NAME_CHARS = 8
_ASKING = re.compile("[怎啥吗呢咋哪?？]|什么|如何|为何|多少|能不能|可不可以|是不是")
FOLLOW_SECONDS = 0.5
REST_FACTOR = 5.0
OTHER_WEIGHT = 0.5
OTHER_SHARE = 0.5
MOST_OTHERS = 24
LATIN_KINDS = frozenset({ChangeKind.PINYIN, ChangeKind.INITIALS})


class Reader:
    """Understands texts for one base; one per process, safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._feed = VocabularyFeed(database)
        self._understander = Understander(self._feed.vocabulary)
        self._seen: object = None
        self._looked = float("-inf")
        self._cost = 0.0
        self._known = Answered()

    @property
    def state(self) -> object:
        """The very same object as long as texts are read the same way."""
        return self._feed.vocabulary.state

    def follow(self, state: object) -> None:
        """Told which state of the index is searched; reads what changed, now and then."""
        if state is self._seen:
            return
        began = time.monotonic()
        if began - self._looked < max(FOLLOW_SECONDS, REST_FACTOR * self._cost):
            return
        self._looked = began
        general()  # a second's work once, before anybody waits for it
        if self._feed.follow():
            self._seen = state
        self._cost = time.monotonic() - began

    def catch_up(self) -> None:
        """Read everything that changed, now."""
        self._feed.catch_up()

    def read(self, text: str, keys: frozenset[str], *, typing: bool = False) -> Understanding:
        """How a reader with these access keys means a text."""
        state, asked = (self.state,), (text, keys, typing)
        known = self._known.get(state, asked, Understanding)
        if known is None:
            known = self._understander.understand(text, keys, typing=typing)
            self._known.put(state, asked, known)
        return known


def meant(understood: Understanding) -> str:
    """The text whose meaning is looked for: letters mean nothing, their best reading does."""
    kinds = {change.kind for change in understood.changes}
    return understood.searched if kinds <= LATIN_KINDS else understood.asked


def lexical_share(understood: Understanding) -> float:
    """How much the words count against the meaning.

    A few words without a question name something: who types them wants to see them. Letters
    read in a way that is far from sure mean nothing to an encoder.
    """
    kinds = {change.kind for change in understood.changes}
    if understood.changed and not understood.certain and kinds <= LATIN_KINDS:
        return GUESS_LEXICAL_SHARE
    text = "".join(meant(understood).split())
    is_name = len(text) <= NAME_CHARS and _ASKING.search(text) is None
    return NAME_LEXICAL_SHARE if is_name else LEXICAL_SHARE


def terms_of(understood: Understanding, book: Wordbook) -> tuple[Term, ...]:
    """The query terms of what is searched, then those of other readings."""
    main = query_terms(understood.asked, book)
    if not understood.changed:
        return main
    known = {term.text for term in main}
    others: dict[str, Term] = {}
    for text in (understood.original, understood.searched, *understood.also):
        for term in query_terms(text, book):
            sound = text == understood.original and ":" not in term.text
            if term.text not in known and not sound and not term.stands_for:
                others.setdefault(term.text, term)
    chosen = sorted(others.values(), key=lambda term: -term.weight)[:MOST_OTHERS]
    return main + tuple(_other(term, main, understood, len(chosen)) for term in chosen)


def _other(term: Term, main: tuple[Term, ...], understood: Understanding, count: int) -> Term:
    if ":" in term.text:
        return term
    weight = round(term.weight * OTHER_WEIGHT, 4)
    if understood.certain or meant(understood) == understood.searched:
        return Term(term.text, weight)
    typed = {found.text for found in query_terms(understood.searched)}
    stands_for = tuple(
        (t.text, t.weight) for t in main if t.text not in typed and ":" not in t.text
    )
    return Term(term.text, weight, stands_for, OTHER_SHARE / max(count, 1))
