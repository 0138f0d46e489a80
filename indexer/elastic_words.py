"""Terms, filters and documents in Elasticsearch's words: mapping, query, stored entries.

Plain dictionaries; the parts of a document are entries of their own, under its id and `#n`,
and their words stand in a field of their own: BM25's averages are those of a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from indexer.backend import (
    MAX_EXPANSIONS,
    ScoredDoc,
    SearchFilter,
    TermDocument,
    TermQuery,
    bounded,
)
from indexer.elastic_rarity import Rarities

PART_MARK = "#"

SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "-1",
    "max_result_window": 1_000_000,
    "max_terms_count": 100_000,
}
LIVE = {"refresh_interval": "1s"}  # while it is being filled nobody searches it
KEYWORD = {"type": "keyword"}
TEXT = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
PROPERTIES: dict[str, Any] = {
    "doc_id": KEYWORD,
    "part": {"type": "integer"},
    "kind": KEYWORD,
    "title": TEXT,
    "body": TEXT,
    "file": TEXT,
    "access": KEYWORD,
    "category": {"type": "long"},
    "product": {"type": "long"},
    "fingerprint": KEYWORD,
}
MAPPINGS: dict[str, Any] = {"dynamic": "strict", "properties": PROPERTIES}


def scored(fields: dict[str, list[Any]], score: float) -> ScoredDoc:
    """A hit from the columns `doc_id` and `part`: no stored document is read for it."""
    return ScoredDoc(fields["doc_id"][0], float(score), fields["part"][0])


def whole(entry_id: str) -> str:
    """The document an entry belongs to."""
    return entry_id.partition(PART_MARK)[0]


def insertions(documents: Iterable[TermDocument]) -> Iterator[dict[str, Any]]:
    """Each document, then those of its parts that have words under ids of their own."""
    for document in documents:
        own = {"title": " ".join(document.title_terms), "body": " ".join(document.body_terms)}
        yield _insertion(document, 0, own)
        for part, terms in enumerate(document.parts, start=1):
            if terms:
                yield _insertion(document, part, {"file": " ".join(terms)})


def _insertion(document: TermDocument, part: int, texts: dict[str, str]) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_id": f"{document.doc_id}{PART_MARK}{part}" if part else document.doc_id,
        "_source": {
            "doc_id": document.doc_id,
            "part": part,
            "kind": document.kind.value,
            **texts,
            "access": sorted(document.access_keys),
            "category": list(document.categories),
            "product": list(document.products),
            "fingerprint": document.fingerprint,
        },
    }


def deletions(doc_ids: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Documents, or parts of such, to be taken out."""
    for doc_id in doc_ids:
        yield {"_op_type": "delete", "_id": doc_id}


def should_match(query: TermQuery, known: Rarities) -> Iterator[dict[str, Any]]:
    """The terms, any of which may match."""
    for field, weight in (("title", query.title_weight), ("body", query.body_weight)):
        if weight > 0:
            for term in query.terms:
                yield _weighed(field, term.text, weight * bounded(term, partial(known.of, field)))
    if query.body_weight > 0:
        for term in query.terms:
            if known.in_files(term.text):
                meant = bounded(term, known.of_part) * known.of_part(term.text)
                weight = query.body_weight * meant / known.of("file", term.text)
                yield _weighed("file", term.text, weight)
    for prefix in query.prefixes:
        # the rewriting takes the first words in their order, and no more than so many
        told = {"value": prefix.text, "rewrite": f"top_terms_boost_{MAX_EXPANSIONS}"}
        plain = {"prefix": {"title": told}}
        yield {"constant_score": {"filter": plain, "boost": prefix.weight}}


def _weighed(field: str, text: str, boost: float) -> dict[str, Any]:
    return {"term": {field: {"value": text, "boost": boost}}}


def must_match(wanted: SearchFilter, among: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The conditions, all of which must hold."""
    yield {"terms": {"access": sorted(wanted.access_keys)}}
    yield {"terms": {"kind": sorted(wanted.kinds)}}
    if wanted.category_id is not None:
        yield {"term": {"category": wanted.category_id}}
    if wanted.product_id is not None:
        yield {"term": {"product": wanted.product_id}}
    if among:
        yield {"terms": {"doc_id": list(among)}}
