"""How rare terms are in an Elasticsearch index: what bounds the words nobody typed, and
brings the words of files to the scale of documents. One request for a query with terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indexer.backend import Spread, TermQuery, part_rarity, rarity

FIELDS = ("title", "body", "file")


@dataclass(frozen=True)
class Rarities:
    """What the index told of the fields: {field: {field_statistics, terms}}."""

    told: dict[str, Any]

    def of(self, field: str, term: str) -> float:
        """The inverse document frequency of a term in a field."""
        held = self._spread(field, term)
        return rarity(held.texts, held.holding)

    def of_part(self, term: str) -> float:
        """The same for a term of a part."""
        return part_rarity(self._spread("body", term), self._spread("file", term))

    def in_files(self, term: str) -> bool:
        """Whether any part holds the term."""
        return self._spread("file", term).holding > 0

    def _spread(self, field: str, term: str) -> Spread:
        known = self.told.get(field, {})
        texts = known.get("field_statistics", {}).get("doc_count", 0)
        held = known.get("terms", {}).get(term, {}).get("doc_freq", 0)
        return Spread(max(int(texts), 0), int(held))


def rarities(client: Any, index: str, query: TermQuery) -> Rarities:
    """What the index knows of every term that is asked for or stood for."""
    texts = {term.text for term in query.terms}
    texts |= {text for term in query.terms for text, _ in term.stands_for}
    if not texts:
        return Rarities({})
    found = client.termvectors(
        index=index,
        doc=dict.fromkeys(FIELDS, " ".join(sorted(texts))),
        fields=list(FIELDS),
        term_statistics=True,
        positions=False,
        offsets=False,
        payloads=False,
    )
    return Rarities(dict(found["term_vectors"]))
