"""How rare terms are in an Elasticsearch index: what bounds the words nobody typed.

One request for a query that has such words, none for all others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from indexer.backend import TermQuery, rarity

FIELDS = ("title", "body")
RarityOf = Callable[[str, str], float]


def rarity_in(client: Any, index: str, query: TermQuery) -> RarityOf:
    """(field, term) → inverse document frequency, for every term that bounding asks about."""
    texts = {term.text for term in query.terms if term.stands_for}
    if not texts:
        return _unknown
    texts |= {text for term in query.terms for text, _ in term.stands_for}
    found = client.termvectors(
        index=index,
        doc=dict.fromkeys(FIELDS, " ".join(sorted(texts))),
        fields=list(FIELDS),
        term_statistics=True,
        positions=False,
        offsets=False,
        payloads=False,
    )["term_vectors"]
    documents = max((found[f]["field_statistics"]["doc_count"] for f in found), default=0)
    return partial(_rarity, found, max(documents, 0))


def _unknown(_field: str, _term: str) -> float:
    return 0.0


def _rarity(found: dict[str, Any], documents: int, field: str, term: str) -> float:
    told = found.get(field, {}).get("terms", {}).get(term, {})
    return rarity(documents, int(told.get("doc_freq", 0)))
