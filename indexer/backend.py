"""The contract of search: what is asked, what comes back, what a backend must do.

Backends stay dumb: they match weighted terms by BM25 under a filter. Meaning lives in
analysis.py (terms), ranking.py (order) and search.py (who calls whom).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from indexer.document import DocKind

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
    """One search as the product asks it; `text` is what the person typed."""

    text: str
    filter: SearchFilter
    offset: int = 0
    limit: int = 10


@dataclass(frozen=True)
class Hit:
    """One found document with the parts of its score.

    `score = relevance * (1 + PRIOR_WEIGHT * prior)`; `lexical` and `semantic` are the
    blended parts of `relevance` (they sum to it); `prior` in [0, 1] comes from ratings
    and use. `lexical_raw` is the plain BM25 score, `title_cosine`/`body_cosine` the
    uncentred cosines (0.0 when there is no encoder).
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


@dataclass(frozen=True)
class SearchResult:
    """The hits of one page; `total` counts all matches under the filter.

    `degraded` names what was missing ("backend", "encoder") when the answer is limited.
    """

    hits: tuple[Hit, ...]
    total: int
    took_ms: float
    degraded: str = ""


@dataclass(frozen=True)
class Term:
    """One query term and how much a match of it counts."""

    text: str
    weight: float


@dataclass(frozen=True)
class TermQuery:
    """Weighted terms, any of which may match in title or body, under a filter.

    A field whose weight is 0 is not searched. `prefixes` match titles that hold a term
    beginning so (at most MAX_EXPANSIONS of them) and add their plain weight. `among`,
    when given, names the only documents that may come back.
    """

    terms: tuple[Term, ...]
    filter: SearchFilter
    limit: int
    title_weight: float = 1.0
    body_weight: float = 1.0
    prefixes: tuple[Term, ...] = ()
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScoredDoc:
    """A document id and its BM25 score; higher is better, always above zero."""

    doc_id: str
    score: float


@dataclass(frozen=True)
class TermDocument:
    """A document cut into terms: all a backend stores."""

    doc_id: str
    kind: DocKind
    title_terms: tuple[str, ...]
    body_terms: tuple[str, ...]
    access_keys: frozenset[str]
    categories: tuple[int, ...]
    products: tuple[int, ...]
    fingerprint: str


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
        """The best `limit` documents by weighted BM25, ties by doc_id."""

    def apply(self, changes: Changes) -> None:
        """Make the batch durable and visible to later searches of this process."""

    def fingerprints(self) -> Mapping[str, str]:
        """Every stored document id with its fingerprint (for the audit)."""

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """Build beside the live index, then swap; searches never see a half. Returns the count."""

    def identity(self) -> str:
        """The format and analysis version the live index was built with; '' when none."""

    def healthy(self) -> bool:
        """Whether a search would work now; never raises."""

    def close(self) -> None:
        """Release files and connections."""
