"""Terms, filters and documents in tantivy's words: the schema, a query, a stored document.

A document's label names everything a filter looks at: equal labels pass the same filters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b

import tantivy

from indexer.backend import (
    MAX_EXPANSIONS,
    SearchFilter,
    Spread,
    TermDocument,
    TermQuery,
    bounded,
    part_rarity,
    rarity,
)
from indexer.document import DocKind, key_of


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("part", fast=True)
    builder.add_unsigned_field("label", fast=True)
    builder.add_bytes_field("label_text", stored=True)
    for name in ("title", "body"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("kind", "access"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("category", "product"):
        builder.add_unsigned_field(name, indexed=True)
    builder.add_text_field("fingerprint", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _schema()


@dataclass(frozen=True)
class Label:
    """What filters look at: kind, access keys, categories, products."""

    kind: str
    access_keys: frozenset[str]
    categories: frozenset[int]
    products: frozenset[int]

    def passes(self, wanted: SearchFilter) -> bool:
        """Whether a filter lets documents with this label through."""
        return (
            self.kind in wanted.kinds
            and not self.access_keys.isdisjoint(wanted.access_keys)
            and (wanted.category_id is None or wanted.category_id in self.categories)
            and (wanted.product_id is None or wanted.product_id in self.products)
        )


def read_label(entry: tantivy.Document) -> Label:
    """The label of a stored document."""
    told = json.loads(bytes(entry.get_first("label_text") or b"null"))
    if told is None:
        raise ValueError("a stored document without a label")
    kind, access_keys, categories, products = told
    return Label(kind, frozenset(access_keys), frozenset(categories), frozenset(products))


@lru_cache(maxsize=4096)
def _label_of(text: bytes) -> int:
    """A label as a number; 63 bits of its digest."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


def filtered(should: Sequence[tantivy.Query], query: TermQuery) -> tantivy.Query:
    """One flat boolean: any of `should` matches, and every condition of the query."""
    clauses = [(tantivy.Occur.Should, part) for part in should]
    for condition in (*_conditions(query.filter), *_named(query.among)):
        silent = tantivy.Query.const_score_query(condition, 0.0)
        clauses.append((tantivy.Occur.Must, silent))
    return tantivy.Query.boolean_query(clauses, 1)


def unfiltered(should: Sequence[tantivy.Query]) -> tantivy.Query:
    """The same without any condition, in the form that lets the engine skip blocks."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in should])


def of_documents(searcher: tantivy.Searcher, query: TermQuery) -> Iterator[tantivy.Query]:
    """What a document may match, each with its weight."""
    for field, weight in (("title", query.title_weight), ("body", query.body_weight)):
        if weight > 0:
            rarity_of = partial(_rarity, searcher, field)
            for term in query.terms:
                yield _weighed(field, term.text, weight * bounded(term, rarity_of))
    for prefix in query.prefixes:
        known = searcher.terms_with_prefix("title", prefix.text, None, MAX_EXPANSIONS)
        if known:
            any_of = tantivy.Query.term_set_query(SCHEMA, "title", [term for term, _ in known])
            yield tantivy.Query.const_score_query(any_of, prefix.weight)


def of_parts(
    own: tantivy.Searcher, files: tantivy.Searcher, query: TermQuery
) -> Iterator[tantivy.Query]:
    """What a part may match; the engine's rarity, of parts alone, gives way to `part_rarity`."""
    if query.body_weight <= 0 or not files.num_docs:
        return

    def rarity_of(text: str) -> float:
        return part_rarity(_spread(own, "body", text), _spread(files, "body", text))

    for term in query.terms:
        held = _spread(files, "body", term.text)
        if held.holding:
            meant = bounded(term, rarity_of) * rarity_of(term.text)
            weight = query.body_weight * meant / rarity(held.texts, held.holding)
            yield _weighed("body", term.text, weight)


def _weighed(field: str, text: str, weight: float) -> tantivy.Query:
    plain = tantivy.Query.term_query(SCHEMA, field, text, "freq")
    return tantivy.Query.boost_query(plain, weight)


def _rarity(searcher: tantivy.Searcher, field: str, term: str) -> float:
    held = _spread(searcher, field, term)
    return rarity(held.texts, held.holding)


def _spread(searcher: tantivy.Searcher, field: str, term: str) -> Spread:
    """As the engine counts: entries that were deleted but not yet merged away included."""
    texts = sum(searcher.doc_freq("kind", kind.value) for kind in DocKind)
    return Spread(texts, searcher.doc_freq(field, term))


def _conditions(wanted: SearchFilter) -> Iterator[tantivy.Query]:
    yield tantivy.Query.term_set_query(SCHEMA, "access", sorted(wanted.access_keys))
    yield tantivy.Query.term_set_query(SCHEMA, "kind", sorted(wanted.kinds))
    if wanted.category_id is not None:
        yield tantivy.Query.term_query(SCHEMA, "category", wanted.category_id, "basic")
    if wanted.product_id is not None:
        yield tantivy.Query.term_query(SCHEMA, "product", wanted.product_id, "basic")


def _named(doc_ids: tuple[str, ...]) -> Iterator[tantivy.Query]:
    if doc_ids:
        yield tantivy.Query.term_set_query(SCHEMA, "key", [key_of(doc_id) for doc_id in doc_ids])


def stored(document: TermDocument) -> tantivy.Document:
    """What the index of documents keeps of one."""
    return _stored(document, 0, document.title_terms, document.body_terms)


def stored_parts(document: TermDocument) -> Iterator[tantivy.Document]:
    """What the index of files keeps: each part that has words, under the document's key."""
    for part, terms in enumerate(document.parts, start=1):
        if terms:
            yield _stored(document, part, (), terms)


def _stored(
    document: TermDocument, part: int, title: tuple[str, ...], body: tuple[str, ...]
) -> tantivy.Document:
    made = tantivy.Document()
    made.add_unsigned("key", key_of(document.doc_id))
    made.add_unsigned("part", part)
    made.add_text("title", " ".join(title))
    made.add_text("body", " ".join(body))
    made.add_text("kind", document.kind.value)
    for access in sorted(document.access_keys):
        made.add_text("access", access)
    for category in document.categories:
        made.add_unsigned("category", category)
    for product in document.products:
        made.add_unsigned("product", product)
    made.add_text("fingerprint", document.fingerprint)
    places = (tuple(sorted(document.categories)), tuple(sorted(document.products)))
    label = _label_text(document.kind, document.access_keys, *places)
    made.add_unsigned("label", _label_of(label))
    made.add_bytes("label_text", label)
    return made


@lru_cache(maxsize=1 << 12)
def _label_text(
    kind: DocKind, keys: frozenset[str], categories: tuple[int, ...], products: tuple[int, ...]
) -> bytes:
    told = (kind.value, sorted(keys), categories, products)
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode("ascii")
