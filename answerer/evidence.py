"""What speaks for and against answering a question with the best-ranked text. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise

from indexer.analysis import normalize
from indexer.backend import Hit
from indexer.comparing import Comparison
from indexer.passages import plain_text

BODY_CHARS = 3_000
RIVALS = 6
SHORT_BODY = 400
_ENDS = "。.!！?？"
NEAR = 0.9
SAME = 0.9
_SHOWS = re.compile(r"!\[|\]\(|<(?:https?:|(?:img|video|audio|iframe|a)\b)", re.IGNORECASE)
_HANZI = re.compile(r"[\u3400-\u9fff]")
_PRECISE = re.compile(r"[a-z]*\d[\w.\-]*|[a-z]{2,}")
_NEGATION = re.compile("不|没|无法|未|别|勿")
_FILLERS = frozenset("的了吗呢啊我你他是在有就都和也怎么办请问一下个能可以会要不这那想")


@dataclass(frozen=True)
class Candidate:
    """A hit together with the text a reader would see (title, Markdown body)."""

    hit: Hit
    title: str
    body: str
    category_id: int | None = None
    products: frozenset[int] = frozenset()

    @property
    def titles_only(self) -> bool:
        """Whether the text says no more than the title: nothing, or the title once more.

        A picture, a film or a link says more, though it has no words.
        """
        body = self.body.strip()
        if len(body) > SHORT_BODY or _SHOWS.search(body):
            return False
        said = "".join(plain_text(body).split())
        return not said or said.rstrip(_ENDS) == "".join(self.title.split()).rstrip(_ENDS)


@dataclass(frozen=True)
class Grams:
    """A text's characters, character pairs, Latin words and numbers."""

    chars: frozenset[str]
    pairs: frozenset[str]
    precise: frozenset[str]
    text: str


@dataclass(frozen=True)
class Evidence:
    """Features of the decision; every value is finite. `*_cover` are shares in [0, 1].

    Margins are the best candidate's value minus the highest among its rivals. `weighed`
    covers count pairs by their rarity among the candidates. `comparison` is of their tokens.
    """

    relevance: float
    lexical: float
    semantic: float
    title_cosine: float
    body_cosine: float
    title_cover: float
    asked_title_cover: float
    asked_cover: float
    asked_words_cover: float
    title_pair_cover: float
    asked_title_pair_cover: float
    asked_pair_cover: float
    weighed_cover: float
    weighed_title_cover: float
    unknown_words: float
    negation_differs: float
    asked_length: float
    title_length: float
    body_length: float
    margin: float
    title_margin: float
    body_margin: float
    lexical_margin: float
    weighed_margin: float
    lead: float
    crowd: float
    agreement: float
    closeness: float
    weakest: float
    closeness_margin: float
    weakest_margin: float
    comparison: Comparison | None = None

    @property
    def says_the_title(self) -> bool:
        """Whether question and title are the same but for a particle or two."""
        return min(self.title_pair_cover, self.asked_title_pair_cover) >= SAME

    def vector(self) -> tuple[float, ...]:
        """The values in the order of `NAMES`, the products the model also sees, the comparison."""
        return (
            *(getattr(self, name) for name in NAMES),
            self.title_cosine * self.weighed_cover,
            self.title_cosine * self.margin,
            self.weighed_cover * self.margin,
            self.body_cosine * self.body_margin,
            self.weighed_title_cover * self.title_cosine,
            self.title_cosine**2,
            self.margin**2,
            self.closeness * self.margin,
            self.weakest * self.weighed_cover,
            *(self.comparison.vector() if self.comparison else ()),
        )


NAMES = tuple(field.name for field in fields(Evidence))[:-1]


def weigh(
    question: str, candidates: Sequence[Candidate], comparison: Comparison | None = None
) -> Evidence:
    """The evidence for the first of at least one candidate, best first."""
    asked = grams(question)
    texts = [(grams(each.title).text, said(each.body)) for each in candidates]
    title, body = grams(candidates[0].title), texts[0][1]
    best, hits = candidates[0].hit, [each.hit for each in candidates]
    rarity = _rarity(asked, texts)
    covers = [_weighed(rarity, _held(asked.pairs, *text)) for text in texts]
    return Evidence(
        relevance=best.relevance,
        lexical=best.lexical,
        semantic=best.semantic,
        title_cosine=best.title_cosine,
        body_cosine=best.body_cosine,
        title_cover=_share(title.chars, asked.chars),
        asked_title_cover=_share(asked.chars, title.chars),
        asked_cover=_share(asked.chars, _held(asked.chars, *texts[0])),
        asked_words_cover=_share(asked.chars - _FILLERS, title.chars),
        title_pair_cover=_share(title.pairs, asked.pairs),
        asked_title_pair_cover=_share(asked.pairs, title.pairs),
        asked_pair_cover=_share(asked.pairs, _held(asked.pairs, *texts[0])),
        weighed_cover=covers[0],
        weighed_title_cover=_weighed(rarity, title.pairs),
        unknown_words=_unknown(asked, title.text + body),
        negation_differs=float(_negated(question) != _negated(candidates[0].title)),
        asked_length=math.log1p(len(question)) / 6,
        title_length=math.log1p(len(title.text)) / 4,
        body_length=math.log1p(len(body)) / 8,
        weighed_margin=_margin(covers),
        lead=best.relevance - _mean([hit.relevance for hit in hits[:RIVALS]]),
        crowd=sum(hit.relevance > NEAR * best.relevance for hit in hits[1:RIVALS]) / 5,
        agreement=_agreement(hits),
        closeness=best.closeness,
        weakest=best.weakest,
        comparison=comparison,
        **_margins(hits),
    )


def _margins(hits: Sequence[Hit]) -> dict[str, float]:
    """How far the best is ahead of its rivals in each channel."""
    most = max(hit.lexical_raw for hit in hits) or 1.0
    return {
        "margin": _margin([hit.relevance for hit in hits]),
        "title_margin": _margin([hit.title_cosine for hit in hits]),
        "body_margin": _margin([hit.body_cosine for hit in hits]),
        "lexical_margin": _margin([hit.lexical_raw / most for hit in hits]),
        "closeness_margin": _margin([hit.closeness for hit in hits]),
        "weakest_margin": _margin([hit.weakest for hit in hits]),
    }


@lru_cache(maxsize=4_096)
def grams(text: str) -> Grams:
    """The characters and pairs of a question or title, in normal form."""
    normal = normalize(text)
    kept = [char if _HANZI.match(char) else "" for char in normal]
    pairs = (a + b for a, b in pairwise(kept) if a and b)
    return Grams(
        frozenset(kept) - {""},
        frozenset(pairs),
        frozenset(_PRECISE.findall(normal)),
        normal,
    )


def said(body: str) -> str:
    """What a Markdown body says at its beginning, in normal form."""
    return _said(body[: 3 * BODY_CHARS])


@lru_cache(maxsize=512)
def _said(beginning: str) -> str:
    return normalize(plain_text(beginning)[:BODY_CHARS])


def _held(wanted: frozenset[str], title: str, body: str) -> frozenset[str]:
    """Those of the characters or pairs that stand in title or body."""
    return frozenset(each for each in wanted if each in title or each in body)


def _rarity(asked: Grams, texts: Sequence[tuple[str, str]]) -> dict[str, float]:
    """How much each pair of the question tells the candidates apart."""
    known = Counter(pair for text in texts for pair in _held(asked.pairs, *text))
    return {pair: math.log(1 + len(texts) / (0.5 + known[pair])) for pair in asked.pairs}


def _weighed(rarity: dict[str, float], given: frozenset[str]) -> float:
    whole = sum(rarity.values())
    return sum(value for pair, value in rarity.items() if pair in given) / whole if whole else 0.0


def _share(wanted: frozenset[str], given: frozenset[str]) -> float:
    return len(wanted & given) / len(wanted) if wanted else 0.0


def _unknown(asked: Grams, text: str) -> float:
    """Numbers and Latin words of the question that the text does not have, at most 1."""
    return min(1.0, sum(word not in text for word in asked.precise) / 2)


def _negated(text: str) -> bool:
    return _NEGATION.search(text) is not None


def _margin(values: Sequence[float]) -> float:
    return values[0] - max(values[1:RIVALS], default=0.0)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _agreement(hits: Sequence[Hit]) -> float:
    """In how many of the three channels the best candidate is also first, 0 to 1."""
    best = hits[0]
    first = (
        best.lexical_raw >= max(hit.lexical_raw for hit in hits),
        best.title_cosine >= max(hit.title_cosine for hit in hits),
        best.body_cosine >= max(hit.body_cosine for hit in hits),
    )
    return sum(first) / len(first)
