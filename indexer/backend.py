"""The contract of search: what is asked, what comes back, what a backend must do.

Backends stay dumb: they match weighted terms by BM25 under a filter. Meaning lives in
analysis.py (terms), ranking.py (order) and search.py (who calls whom).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple, Protocol

from indexer.document import DocKind
from indexer.narrowing import EVERYTHING, Counts, Narrowing, Order
from indexer.understood import NOTHING_TYPED, Understanding

MAX_EXPANSIONS = 64


class SearchUnavailable(Exception):
    """The backend cannot answer now; the caller degrades, it never fails."""


@dataclass(frozen=True)
class SearchFilter:
    """What may be found at all: kinds, access keys (any one), category, product."""

    access_keys: frozenset[str]
    kinds: frozenset[DocKind] = frozenset({DocKind.ARTICLE})
    category_id: int | None = None
    product_id: int | None = None


@dataclass(frozen=True)
class SearchRequest:
    """One search as the product asks it; `text` is what the person typed.

    `narrowing` and `order` choose among what the search finds; `counted` asks for counts.
    `exact` takes the text literally: no pinyin is read, no slip corrected.
    """

    text: str
    filter: SearchFilter
    offset: int = 0
    limit: int = 10
    narrowing: Narrowing = EVERYTHING
    order: Order = Order.RELEVANCE
    counted: bool = False
    exact: bool = False


@dataclass(frozen=True)
class Hit:
    """One found document with the parts of its score.

    `score = relevance * (1 + PRIOR_WEIGHT * prior)`; `lexical`, `semantic` and
    `close` are the parts of `relevance` (they sum to it; `close` comes from the second
    look at the first documents, of which `closeness` and `weakest` are plain figures);
    `prior` in [0, 1] comes from ratings and use: `rating`, `heat`, `clicks` and `news` sum to
    it. `falls_to` is the place without the strongest of all parts. `lexical_raw` is the plain
    BM25 score, `title_cosine`/`body_cosine` the uncentred cosines (0.0 when there is no encoder).
    `file_part` is the part of its files (from 1) whose words answer best, 0 when its own do.
    """

    kind: DocKind
    ref_id: int
    position: int
    score: float
    relevance: float
    lexical: float
    semantic: float
    prior: float
    lexical_raw: float = 0.0
    title_cosine: float = 0.0
    body_cosine: float = 0.0
    file_part: int = 0
    close: float = 0.0
    closeness: float = 0.0
    weakest: float = 0.0
    rating: float = 0.0
    heat: float = 0.0
    clicks: float = 0.0
    news: float = 0.0
    boost: float = 1.0
    falls_to: int = 0


@dataclass(frozen=True)
class SearchResult:
    """The hits of one page; `total` counts all matches under the filter and the narrowing.

    `degraded` names what was missing ("backend", "encoder") when the answer is limited;
    `understood` tells how the text was read.
    """

    hits: tuple[Hit, ...]
    total: int
    took_ms: float
    degraded: str = ""
    counts: Counts | None = None
    understood: Understanding = NOTHING_TYPED


@dataclass(frozen=True)
class Term:
    """One query term and how much a match of it counts.

    A term of a word that means the same as a typed one says for which typed terms (and
    weights) it `stands_for`: see `bounded`.
    """

    text: str
    weight: float
    stands_for: tuple[tuple[str, float], ...] = ()
    share: float = 0.0


def rarity(documents: int, holding: float) -> float:
    """BM25's inverse document frequency of a term."""
    return log(1 + (max(documents - holding, 0) + 0.5) / (holding + 0.5))


@dataclass(frozen=True)
class Spread:
    """How many texts of a kind there are, and how many of them hold a term."""

    texts: int
    holding: int


def part_rarity(own: Spread, files: Spread) -> float:
    """How rare a term of a part is, on the scale of documents so that both compare.

    Its share among documents and parts together; never rarer than what one document holds.
    """
    share = (own.holding + files.holding) / max(own.texts + files.texts, 1)
    return rarity(own.texts, max(1.0, share * own.texts))


def bounded(term: Term, rarity_of: Callable[[str], float]) -> float:
    """The weight of a term in one field, so that no stand-in outweighs what was typed.

    However rare it is, it counts at most its share of all it stands for together.
    """
    if not term.stands_for:
        return term.weight
    typed = sum(weight * rarity_of(text) for text, weight in term.stands_for)
    return min(term.weight, term.share * typed / max(rarity_of(term.text), 1e-9))


@dataclass(frozen=True)
class TermQuery:
    """Weighted terms, any of which may match in title or body, under a filter.

    A field whose weight is 0 is not searched; parts are searched with the body's weight.
    `prefixes` match titles that hold a term beginning so (the first MAX_EXPANSIONS of them)
    and add their plain weight. `among`, when given, names the only documents that may come
    back.
    """

    terms: tuple[Term, ...]
    filter: SearchFilter
    limit: int
    title_weight: float = 0.75  # a title counts in the body too
    body_weight: float = 1.0
    prefixes: tuple[Term, ...] = ()
    among: tuple[str, ...] = ()


class ScoredDoc(NamedTuple):
    """A document id and its BM25 score; higher is better, always above zero.

    `part` is 0 for the document itself, n for the nth part of its files; each scores alone.
    """

    doc_id: str
    score: float
    part: int = 0


@dataclass(frozen=True)
class TermDocument:
    """A document cut into terms: all a backend stores.

    Each of `parts` (a page of an attached file) is matched and scored by itself, so that a
    long file neither hides its own pages nor the article it belongs to. Parts are measured
    against parts: however many there are, the scores of documents stay what they were.
    """

    doc_id: str
    kind: DocKind
    title_terms: tuple[str, ...]
    body_terms: tuple[str, ...]
    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]
    fingerprint: str
    parts: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Changes:
    """One batch for the index; a document is in at most one of the two."""

    upserts: tuple[TermDocument, ...] = ()
    deletes: tuple[str, ...] = field(default=())


class SearchBackend(Protocol):
    """A store of term documents. Every call may raise SearchUnavailable, within its timeout."""

    @property
    def name(self) -> str:
        """Short name for logs and health pages, such as `tantivy`."""

    def search(self, query: TermQuery) -> list[ScoredDoc]:
        """The best `limit` documents and parts by weighted BM25, ties by doc_id and part."""

    def state(self) -> object | None:
        """The very same object as long as searches would answer the same; None: cannot tell."""

    def apply(self, changes: Changes) -> None:
        """Make the batch durable and visible to later searches of this process."""

    def fingerprints(self) -> Mapping[str, str]:
        """Every stored document id with its fingerprint (for the audit)."""

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """Build beside the live index, then swap; searches never see a half. Returns the count."""

    def identity(self) -> str:
        """The format and analysis version the live index was built with; '' when none."""

    def healthy(self) -> bool:
        """Whether a search would work now; a quick look that never raises."""

    def fault(self) -> str:
        """What is wrong with the index itself, '' when nothing is; a thorough look.

        SearchUnavailable when nobody can tell, as with a server that does not answer.
        """

    def close(self) -> None:
        """Release files and connections."""
