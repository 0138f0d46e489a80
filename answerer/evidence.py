"""What speaks for and against answering a question with the best-ranked text. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import astuple, dataclass, fields

from indexer.analysis import normalize, terms
from indexer.backend import Hit

_NUMBERS = re.compile(r"[a-z]*\d[\w.\-]*|[a-z]{2,}")
_NEGATIONS = re.compile("不|没|无法|未|别|勿")
NEAR = 0.9


@dataclass(frozen=True)
class Candidate:
    """A hit together with the text a reader would see."""

    hit: Hit
    title: str
    body: str


@dataclass(frozen=True)
class Evidence:
    """Features of the decision; every value is finite, most lie in [0, 1]."""

    relevance: float
    title_cosine: float
    body_cosine: float
    margin: float
    title_margin: float
    spread: float
    lexical_share: float
    agreement: float
    title_cover: float
    question_cover: float
    bigram_cover: float
    unknown_words: float
    negation_differs: float
    length: float
    crowd: float

    def vector(self) -> tuple[float, ...]:
        """The values in the order of `NAMES`."""
        return astuple(self)


NAMES = tuple(field.name for field in fields(Evidence))


def weigh(question: str, candidates: tuple[Candidate, ...]) -> Evidence:
    """The evidence for the first of at least one candidate, best first."""
    best = candidates[0]
    rest = [candidate.hit for candidate in candidates[1:]]
    second = max((hit.relevance for hit in rest), default=0.0)
    second_title = max((hit.title_cosine for hit in rest), default=0.0)
    scores = [candidate.hit.relevance for candidate in candidates]
    mean = sum(scores) / len(scores)
    asked, title = set(terms(question)), set(terms(best.title))
    text = title | set(terms(best.body))
    return Evidence(
        relevance=best.hit.relevance,
        title_cosine=best.hit.title_cosine,
        body_cosine=best.hit.body_cosine,
        margin=best.hit.relevance - second,
        title_margin=best.hit.title_cosine - second_title,
        spread=best.hit.relevance - mean,
        lexical_share=best.hit.lexical,
        agreement=_agreement(best.hit, rest),
        title_cover=_cover(title, asked, longest=1),
        question_cover=_cover(asked, text, longest=1),
        bigram_cover=_cover(asked, text, longest=2),
        unknown_words=_unknown_words(question, f"{best.title}\n{best.body}"),
        negation_differs=float(_negated(question) != _negated(best.title)),
        length=math.log1p(len(question)) / 6,
        crowd=sum(hit.relevance > NEAR * best.hit.relevance for hit in rest) / 5,
    )


def _agreement(best: Hit, rest: list[Hit]) -> float:
    """In how many of the three channels the best candidate is also first, 0 to 1."""
    if not rest:
        return 1.0
    channels = (
        best.lexical_raw >= max(hit.lexical_raw for hit in rest),
        best.title_cosine >= max(hit.title_cosine for hit in rest),
        best.body_cosine >= max(hit.body_cosine for hit in rest),
    )
    return sum(channels) / len(channels)


def _cover(wanted: set[str], given: set[str], longest: int) -> float:
    """Which part of the wanted terms of one length is given."""
    chosen = {term for term in wanted if len(term) == longest}
    return len(chosen & given) / len(chosen) if chosen else 0.0


def _unknown_words(question: str, text: str) -> float:
    """Numbers and Latin words of the question that the text does not have, at most 1."""
    wanted = set(_NUMBERS.findall(normalize(question)))
    given = normalize(text)
    return min(1.0, sum(word not in given for word in wanted) / 2)


def _negated(text: str) -> bool:
    return _NEGATIONS.search(text) is not None
