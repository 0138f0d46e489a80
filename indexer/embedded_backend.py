"""The default backend: tantivy in a folder, no server.

One process writes at a time, any number read and follow within FOLLOW_SECONDS. A rebuild
fills a new generation beside the live one (generations.py); a kill at any moment leaves a
readable index with everything committed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import tantivy

from indexer.backend import (
    MAX_EXPANSIONS,
    Changes,
    ScoredDoc,
    SearchFilter,
    SearchUnavailable,
    TermDocument,
    TermQuery,
)
from indexer.document import doc_id_of, key_of, kind_and_ref
from indexer.generations import Generations

FOLLOW_SECONDS = 0.2
WRITER_WAIT_SECONDS = 8.0
HEAP_BYTES = 32_000_000
REBUILD_HEAP_BYTES = 96_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    for name in ("title", "body"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("kind", "access"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("category", "product"):
        builder.add_unsigned_field(name, indexed=True)
    builder.add_text_field("fingerprint", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


SCHEMA = _schema()


@dataclass
class _Live:
    """The generation being read, the state of its files, and when that was last looked at."""

    generation: str
    index: tantivy.Index
    stamp: tuple[int, int]
    checked: float


class EmbeddedBackend:
    """The index in one folder; safe to share between threads."""

    name = "tantivy"

    def __init__(self, folder: Path) -> None:
        self._generations = Generations(folder)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._live: _Live | None = None

    def search(self, query: TermQuery) -> list[ScoredDoc]:
        """See SearchBackend."""
        with _translated():
            searcher = self._index().searcher()
            if searcher.num_docs == 0 or query.limit < 1:
                return []
            asked = _query(searcher, query)
            if asked is None:
                return []
            hits = searcher.search(asked, query.limit, count=False).hits
            keys = searcher.fast_field_values("key", [address for _, address in hits])
            found = [
                ScoredDoc(doc_id_of(*kind_and_ref(int(key))), float(score))
                for (score, _), key in zip(hits, keys, strict=True)
                if key is not None and score > 0
            ]
        return sorted(found, key=lambda doc: (-doc.score, doc.doc_id))

    def apply(self, changes: Changes) -> None:
        """See SearchBackend; waits up to WRITER_WAIT_SECONDS for another writer."""
        with self._writing, _translated():
            index, writer = self._writer(time.monotonic() + WRITER_WAIT_SECONDS)
            for doc_id in (*changes.deletes, *(doc.doc_id for doc in changes.upserts)):
                by_key = tantivy.Query.term_query(SCHEMA, "key", key_of(doc_id), "basic")
                writer.delete_documents_by_query(by_key)
            for document in changes.upserts:
                writer.add_document(_stored(document))
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
        self._forget()

    def fingerprints(self) -> Mapping[str, str]:
        """See SearchBackend."""
        with _translated():
            searcher = self._index().searcher()
            if searcher.num_docs == 0:
                return {}
            everything = tantivy.Query.all_query()
            hits = searcher.search(everything, searcher.num_docs, count=False).hits
            addresses = [address for _, address in hits]
            keys = searcher.fast_field_values("key", addresses)
            return {
                doc_id_of(*kind_and_ref(int(key))): str(
                    searcher.doc(address).get_first("fingerprint")
                )
                for key, address in zip(keys, addresses, strict=True)
                if key is not None
            }

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """See SearchBackend; one rebuild at a time, a second is refused."""
        with _translated(), self._generations.building() as folder:
            count = _build(folder, documents)
            holder = self._hold_live()
            self._generations.swap(folder, identity)
            if holder is not None:
                holder.wait_merging_threads()
        self._forget()
        return count

    def identity(self) -> str:
        """See SearchBackend."""
        try:
            with _translated():
                self._index()
                return self._generations.identity()
        except SearchUnavailable:
            return ""

    def healthy(self) -> bool:
        """See SearchBackend."""
        try:
            with _translated():
                return self._index().searcher().num_docs >= 0
        except SearchUnavailable:
            return False

    def close(self) -> None:
        """See SearchBackend."""
        self._forget()

    def _forget(self) -> None:
        """Look at the files again at the next search."""
        with self._lock:
            if self._live is not None:
                self._live.checked = 0.0

    def _index(self) -> tantivy.Index:
        return self._follow().index

    def _follow(self) -> _Live:
        """The live generation, reopened or reloaded when another process changed it."""
        with self._lock:
            live, now = self._live, time.monotonic()
            if live is not None and now - live.checked < FOLLOW_SECONDS:
                return live
            generation = self._generations.current()
            stamp = self._generations.stamp(generation)
            if live is None or live.generation != generation:
                index = tantivy.Index.open(str(self._generations.path(generation)))
                live = _Live(generation, index, stamp, now)
            elif live.stamp != stamp:
                live.index.reload()
                live = _Live(generation, live.index, stamp, now)
            live.checked = now
            self._live = live
            return live

    def _writer(self, deadline: float) -> tuple[tantivy.Index, tantivy.IndexWriter]:
        """A writer on the generation that is live once the writer is held."""
        while True:
            generation = self._generations.current()
            index = tantivy.Index.open(str(self._generations.path(generation)))
            writer = _try_writer(index)
            if writer is not None and generation == self._generations.current():
                return index, writer
            if time.monotonic() > deadline:
                raise SearchUnavailable("another process is writing the index")
            time.sleep(0.05)

    def _hold_live(self) -> tantivy.IndexWriter | None:
        """Keep others from writing the live index while it is replaced; None when broken."""
        if not self.healthy():
            return None
        return self._writer(time.monotonic() + WRITER_WAIT_SECONDS)[1]


@contextmanager
def _translated() -> Iterator[None]:
    """The engine's and the file system's errors in the contract's words."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise SearchUnavailable(f"embedded index: {error}") from error


def _try_writer(index: tantivy.Index) -> tantivy.IndexWriter | None:
    try:
        return index.writer(HEAP_BYTES, 1)
    except ValueError as error:
        if "LockBusy" in str(error):
            return None
        raise


def _build(folder: Path, documents: Iterable[TermDocument]) -> int:
    """Fill a new index; refuses when not every document arrived."""
    index = tantivy.Index(SCHEMA, path=str(folder))
    writer = index.writer(REBUILD_HEAP_BYTES, 1)
    count = 0
    for document in documents:
        writer.add_document(_stored(document))
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    stored = index.searcher().num_docs
    if stored != count:
        raise SearchUnavailable(f"rebuild: {stored} documents stored of {count}")
    return count


def _stored(document: TermDocument) -> tantivy.Document:
    stored = tantivy.Document()
    stored.add_unsigned("key", key_of(document.doc_id))
    stored.add_text("title", " ".join(document.title_terms))
    stored.add_text("body", " ".join(document.body_terms))
    stored.add_text("kind", document.kind.value)
    for access in sorted(document.access_keys):
        stored.add_text("access", access)
    for category in document.categories:
        stored.add_unsigned("category", category)
    for product in document.products:
        stored.add_unsigned("product", product)
    stored.add_text("fingerprint", document.fingerprint)
    return stored


def _query(searcher: tantivy.Searcher, query: TermQuery) -> tantivy.Query | None:
    """One flat boolean: any term should match, every condition must; None asks nothing."""
    should = list(_should(searcher, query))
    if not should:
        return None
    clauses = [(tantivy.Occur.Should, part) for part in should]
    for condition in (*_conditions(query.filter), *_named(query.among)):
        silent = tantivy.Query.const_score_query(condition, 0.0)
        clauses.append((tantivy.Occur.Must, silent))
    return tantivy.Query.boolean_query(clauses, 1)


def _should(searcher: tantivy.Searcher, query: TermQuery) -> Iterator[tantivy.Query]:
    for field, weight in (("title", query.title_weight), ("body", query.body_weight)):
        if weight > 0:
            for term in query.terms:
                plain = tantivy.Query.term_query(SCHEMA, field, term.text, "freq")
                yield tantivy.Query.boost_query(plain, weight * term.weight)
    for prefix in query.prefixes:
        known = searcher.terms_with_prefix("title", prefix.text, None, MAX_EXPANSIONS)
        if known:
            any_of = tantivy.Query.term_set_query(SCHEMA, "title", [term for term, _ in known])
            yield tantivy.Query.const_score_query(any_of, prefix.weight)


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
