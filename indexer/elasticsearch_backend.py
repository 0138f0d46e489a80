"""The backend for many machines: Elasticsearch 8, the only file that imports its client.

Texts arrive cut into terms (whitespace analyzer), so order and scores are those of the
embedded backend. Searches go to an alias; a rebuild fills a new index and moves the alias.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from elasticsearch.helpers import BulkIndexError, scan, streaming_bulk

from indexer.backend import (
    Changes,
    ScoredDoc,
    SearchFilter,
    SearchUnavailable,
    TermDocument,
    TermQuery,
)

SEARCH_SECONDS = 3.0
WRITE_SECONDS = 30.0
RETRIES = 2
BULK_DOCS = 200
BULK_BYTES = 8_000_000
BULK_RETRIES = 5
LEFTOVER_SECONDS = 6 * 3600
NOT_FOUND = 404

SETTINGS: dict[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
    "max_result_window": 1_000_000,
    "max_terms_count": 100_000,
}
KEYWORD = {"type": "keyword"}
TEXT = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
PROPERTIES: dict[str, Any] = {
    "doc_id": KEYWORD,
    "kind": KEYWORD,
    "title": TEXT,
    "body": TEXT,
    "access": KEYWORD,
    "category": {"type": "long"},
    "product": {"type": "long"},
    "fingerprint": KEYWORD,
}


class ElasticsearchBackend:
    """An index behind the alias `prefix`; safe to share between threads."""

    name = "elasticsearch"

    def __init__(self, url: str, prefix: str = "wenda") -> None:
        self._alias = prefix
        self._client = Elasticsearch(
            url, request_timeout=SEARCH_SECONDS, max_retries=RETRIES, retry_on_timeout=True
        )
        self._writer = self._client.options(request_timeout=WRITE_SECONDS)

    def search(self, query: TermQuery) -> list[ScoredDoc]:
        """See SearchBackend."""
        should = list(_should(query))
        if not should or query.limit < 1:
            return []
        asked = {
            "bool": {
                "should": should,
                "minimum_should_match": 1,
                "filter": list(_conditions(query.filter, query.among)),
            }
        }
        with _translated():
            answer = self._client.search(
                index=self._alias,
                query=asked,
                size=query.limit,
                source=False,
                track_total_hits=False,
                timeout=f"{SEARCH_SECONDS:.0f}s",
            )
            if answer["timed_out"] or answer["_shards"]["failed"]:
                raise SearchUnavailable("elasticsearch: not every shard answered in time")
            found = [ScoredDoc(hit["_id"], float(hit["_score"])) for hit in answer["hits"]["hits"]]
        return sorted(found, key=lambda doc: (-doc.score, doc.doc_id))

    def apply(self, changes: Changes) -> None:
        """See SearchBackend."""
        with _translated():
            live = self._live()
            actions = [*_deletions(changes.deletes), *map(_insertion, changes.upserts)]
            self._bulk(live, actions)
            self._writer.indices.refresh(index=live)

    def fingerprints(self) -> Mapping[str, str]:
        """See SearchBackend."""
        with _translated():
            live = self._live()
            self._writer.indices.refresh(index=live)
            rows = scan(self._writer, index=live, source_includes=["fingerprint"], size=1000)
            return {row["_id"]: row["_source"]["fingerprint"] for row in rows}

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """See SearchBackend; a failed build removes what it made."""
        fresh = f"{self._alias}-{int(time.time())}-{uuid4().hex[:6]}"
        with _translated():
            old = self._behind_alias()
            self._sweep(old)
            self._writer.indices.create(
                index=fresh,
                settings=SETTINGS,
                mappings={
                    "dynamic": "strict",
                    "properties": PROPERTIES,
                    "_meta": {"identity": identity},
                },
            )
            try:
                count = self._fill(fresh, documents)
                self._move_alias(old, fresh)
            except BaseException:
                self._writer.indices.delete(index=fresh, ignore_unavailable=True)
                raise
            if old:
                self._writer.indices.delete(index=",".join(old), ignore_unavailable=True)
        return count

    def identity(self) -> str:
        """See SearchBackend; '' also when the server cannot be reached."""
        try:
            with _translated():
                live = self._live()
                mapping = self._client.indices.get_mapping(index=live)[live]["mappings"]
                return str(mapping.get("_meta", {}).get("identity", ""))
        except SearchUnavailable:
            return ""

    def healthy(self) -> bool:
        """See SearchBackend."""
        try:
            with _translated():
                live = self._live()
                health = self._client.cluster.health(index=live, timeout="1s")
                return health["status"] in ("green", "yellow")
        except SearchUnavailable:
            return False

    def reachable(self) -> bool:
        """Whether a server answers at all, index or not; never raises."""
        try:
            with _translated():
                return bool(self._client.cluster.health(timeout="1s")["cluster_name"])
        except SearchUnavailable:
            return False

    def close(self) -> None:
        """See SearchBackend."""
        self._client.close()

    def _behind_alias(self) -> list[str]:
        try:
            return sorted(self._client.indices.get_alias(name=self._alias))
        except NotFoundError:
            return []

    def _live(self) -> str:
        behind = self._behind_alias()
        if len(behind) != 1:
            raise SearchUnavailable(f"elasticsearch: {len(behind)} indices behind {self._alias}")
        return behind[0]

    def _fill(self, index: str, documents: Iterable[TermDocument]) -> int:
        fed = self._bulk(index, map(_insertion, documents))
        self._writer.indices.refresh(index=index)
        stored = int(self._writer.count(index=index)["count"])
        if stored != fed:
            raise SearchUnavailable(f"elasticsearch: {stored} documents stored of {fed}")
        return fed

    def _move_alias(self, old: list[str], fresh: str) -> None:
        actions: list[dict[str, Any]] = [
            {"remove": {"index": index, "alias": self._alias}} for index in old
        ]
        actions.append({"add": {"index": fresh, "alias": self._alias, "is_write_index": True}})
        self._writer.indices.update_aliases(actions=actions)

    def _sweep(self, live: list[str]) -> None:
        """Remove what killed rebuilds left behind long ago."""
        for index in self._client.indices.get(index=f"{self._alias}-*", allow_no_indices=True):
            stamp = index.removeprefix(f"{self._alias}-").split("-")[0]
            old = stamp.isdigit() and time.time() - int(stamp) > LEFTOVER_SECONDS
            if old and index not in live:
                self._writer.indices.delete(index=index, ignore_unavailable=True)

    def _bulk(self, index: str, actions: Iterable[dict[str, Any]]) -> int:
        """Send everything, waiting when the server is busy (429); how many were taken."""
        done = 0
        for taken, item in streaming_bulk(
            self._writer,
            actions,
            index=index,
            chunk_size=BULK_DOCS,
            max_chunk_bytes=BULK_BYTES,
            max_retries=BULK_RETRIES,
            initial_backoff=0.5,
            raise_on_error=False,
        ):
            missing = item.get("delete", {}).get("status") == NOT_FOUND
            if not taken and not missing:
                raise SearchUnavailable(f"elasticsearch: refused {sorted(item)}")
            done += 1
        return done


@contextmanager
def _translated() -> Iterator[None]:
    """The client's errors in the contract's words."""
    try:
        yield
    except (ApiError, TransportError, BulkIndexError) as error:
        raise SearchUnavailable(f"elasticsearch: {type(error).__name__}: {error}") from error


def _insertion(document: TermDocument) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_id": document.doc_id,
        "_source": {
            "doc_id": document.doc_id,
            "kind": document.kind.value,
            "title": " ".join(document.title_terms),
            "body": " ".join(document.body_terms),
            "access": sorted(document.access_keys),
            "category": list(document.categories),
            "product": list(document.products),
            "fingerprint": document.fingerprint,
        },
    }


def _deletions(doc_ids: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for doc_id in doc_ids:
        yield {"_op_type": "delete", "_id": doc_id}


def _should(query: TermQuery) -> Iterator[dict[str, Any]]:
    for field, weight in (("title", query.title_weight), ("body", query.body_weight)):
        if weight > 0:
            for term in query.terms:
                yield {"term": {field: {"value": term.text, "boost": weight * term.weight}}}
    for prefix in query.prefixes:
        plain = {"prefix": {"title": {"value": prefix.text}}}
        yield {"constant_score": {"filter": plain, "boost": prefix.weight}}


def _conditions(wanted: SearchFilter, among: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    yield {"terms": {"access": sorted(wanted.access_keys)}}
    yield {"terms": {"kind": sorted(wanted.kinds)}}
    if wanted.category_id is not None:
        yield {"term": {"category": wanted.category_id}}
    if wanted.product_id is not None:
        yield {"term": {"product": wanted.product_id}}
    if among:
        yield {"terms": {"doc_id": list(among)}}
