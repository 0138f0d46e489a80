"""The backend for many machines: Elasticsearch 8, the only file that imports its client.

Texts arrive cut into terms (whitespace analyzer), so order and scores are those of the
embedded backend. Searches go to an alias; a rebuild fills a new index and moves the alias.
A lost node costs a retry; a slow server costs SEARCH_SECONDS once, then nobody waits a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Any
from uuid import uuid4

from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from elasticsearch.helpers import BulkIndexError, scan, streaming_bulk

from indexer.backend import Changes, ScoredDoc, SearchUnavailable, TermDocument, TermQuery
from indexer.elastic_rarity import rarities
from indexer.elastic_words import (
    LIVE,
    MAPPINGS,
    SETTINGS,
    deletions,
    insertions,
    must_match,
    scored,
    should_match,
    whole,
)

SEARCH_SECONDS = 2.4
TRY_SECONDS = 1.2
AGAIN_SECONDS = 0.15
REST_SECONDS = 5.0
WRITE_SECONDS = 30.0
SETTLE_SECONDS = 10
BULK_DOCS = 500
BULK_BYTES = 8_000_000
BULK_RETRIES = 5
BUSY = (429, 502, 503, 504)
LEFTOVER_SECONDS = 6 * 3600
NOT_FOUND = 404
TIMED_OUT = 408
MOST_PARTS = 1_000_000


class _Partial(SearchUnavailable):
    """Some shards did not answer; others, asked again, may."""


class ElasticsearchBackend:
    """An index behind the alias `prefix`; safe to share between threads.

    `url` names one node or, with commas between, several.
    """

    name = "elasticsearch"

    def __init__(self, url: str, prefix: str = "wenda") -> None:
        nodes = [part.strip() for part in url.split(",") if part.strip()]
        self._alias = prefix
        self._try_seconds = TRY_SECONDS if len(nodes) > 1 else SEARCH_SECONDS
        self._rest_until = 0.0
        self._client = Elasticsearch(
            nodes,
            request_timeout=SEARCH_SECONDS,
            max_retries=max(2, len(nodes)),
            retry_on_status=BUSY,
        )
        self._writer = self._client.options(request_timeout=WRITE_SECONDS)

    def search(self, query: TermQuery) -> list[ScoredDoc]:
        """See SearchBackend."""
        if not (query.terms or query.prefixes) or query.limit < 1:
            return []
        found = self._patiently(lambda client: self._found(client, query))
        return sorted(found, key=lambda doc: (-doc.score, doc.doc_id, doc.part))

    def _found(self, client: Elasticsearch, query: TermQuery) -> list[ScoredDoc]:
        known = rarities(client, self._alias, query)
        answer = client.search(
            index=self._alias,
            query={
                "bool": {
                    "should": list(should_match(query, known)),
                    "minimum_should_match": 1,
                    "filter": list(must_match(query.filter, query.among)),
                }
            },
            size=query.limit,
            source=False,
            stored_fields="_none_",
            docvalue_fields=[{"field": "doc_id"}, {"field": "part"}],
            track_total_hits=False,
            timeout=f"{TRY_SECONDS * 1000:.0f}ms",
        )
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise _Partial("elasticsearch: not every shard answered in time")
        return [scored(hit["fields"], hit["_score"]) for hit in answer["hits"]["hits"]]

    def state(self) -> object | None:
        """See SearchBackend: a change is visible before the catalogue hears of it."""
        return self

    def apply(self, changes: Changes) -> None:
        """See SearchBackend; written to whatever the alias names when it arrives."""
        with _translated():
            self._live()
            gone = (*changes.deletes, *self._parts_of(changes))
            actions = chain(deletions(gone), insertions(changes.upserts))
            self._bulk(actions, index=self._alias, require_alias=True)
            self._writer.indices.refresh(index=self._alias)

    def fingerprints(self) -> Mapping[str, str]:
        """See SearchBackend."""
        with _translated():
            live = self._live()
            self._writer.indices.refresh(index=live)
            rows = scan(self._writer, index=live, source_includes=["fingerprint"], size=1000)
            return {whole(row["_id"]): row["_source"]["fingerprint"] for row in rows}

    def rebuild(self, documents: Iterable[TermDocument], identity: str) -> int:
        """See SearchBackend; a failed build removes what it made."""
        fresh = f"{self._alias}-{int(time.time())}-{uuid4().hex[:6]}"
        with _translated():
            old = self._behind_alias()
            self._sweep(old)
            mappings = {**MAPPINGS, "_meta": {"identity": identity}}
            self._writer.indices.create(index=fresh, settings=SETTINGS, mappings=mappings)
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
        with suppress(SearchUnavailable), _translated():
            live = self._live()
            mapping = self._client.indices.get_mapping(index=live)[live]["mappings"]
            return str(mapping.get("_meta", {}).get("identity", ""))
        return ""

    def healthy(self) -> bool:
        """See SearchBackend."""
        with suppress(SearchUnavailable), _translated():
            return bool(self._client.cluster.health(index=self._live())["status"] != "red")
        return False

    def fault(self) -> str:
        """See SearchBackend; a lost shard is given SETTLE_SECONDS to be found elsewhere."""
        with _translated():
            behind = self._behind_alias()
            if len(behind) != 1:
                return f"elasticsearch: {len(behind)} indices behind {self._alias}"
            patient = self._writer.options(ignore_status=TIMED_OUT)
            health = patient.cluster.health(
                index=behind[0], wait_for_status="yellow", timeout=f"{SETTLE_SECONDS}s"
            )
            red = health["status"] == "red"
            return "elasticsearch: a shard of the index is lost" if red else ""

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

    def _patiently(self, ask: Callable[[Elasticsearch], list[ScoredDoc]]) -> list[ScoredDoc]:
        """Ask, and ask again when a node, a shard or the old index is just going away."""
        now = time.monotonic()
        if now < self._rest_until:
            raise SearchUnavailable("elasticsearch: did not answer in time a moment ago")
        deadline = now + SEARCH_SECONDS
        while True:
            left = max(0.05, deadline - time.monotonic())
            try:
                with _translated():
                    return ask(self._client.options(request_timeout=min(self._try_seconds, left)))
            except SearchUnavailable as error:
                slow = isinstance(error.__cause__, ConnectionTimeout)
                if time.monotonic() + AGAIN_SECONDS >= deadline:
                    self._rest_until = time.monotonic() + (REST_SECONDS if slow else 0.0)
                    raise
                if not (slow or self._passing(error)):
                    raise
            time.sleep(AGAIN_SECONDS)

    def _passing(self, error: SearchUnavailable) -> bool:
        """Whether a fault goes away by itself within moments, as a rule."""
        cause = error.__cause__
        if isinstance(cause, NotFoundError):
            return bool(self._behind_alias())
        return isinstance(error, _Partial) or (isinstance(cause, ApiError) and _is_busy(cause))

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
        """Every document into a new index, ready to be searched on more than one node."""
        fed = self._bulk(insertions(documents), index=index)
        self._writer.indices.put_settings(index=index, settings=LIVE)
        self._writer.indices.refresh(index=index)
        stored = int(self._writer.count(index=index)["count"])
        if stored != fed:
            raise SearchUnavailable(f"elasticsearch: {stored} documents stored of {fed}")
        self._writer.cluster.health(
            index=index, wait_for_no_initializing_shards=True, timeout=f"{SETTLE_SECONDS}s"
        )
        return int(self._writer.count(index=index, query={"term": {"part": 0}})["count"])

    def _parts_of(self, changes: Changes) -> tuple[str, ...]:
        """The parts stored of what changes: their number may have shrunk."""
        changed = [*changes.deletes, *(document.doc_id for document in changes.upserts)]
        if not changed:
            return ()
        of_files = {"range": {"part": {"gt": 0}}}
        found = self._writer.search(
            index=self._alias,
            query={"bool": {"filter": [{"terms": {"doc_id": changed}}, of_files]}},
            size=MOST_PARTS,
            source=False,
            sort=["_doc"],
        )
        if found["timed_out"] or found["_shards"]["failed"]:
            raise SearchUnavailable("elasticsearch: old parts could not be looked up")
        return tuple(hit["_id"] for hit in found["hits"]["hits"])

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

    def _bulk(self, actions: Iterable[dict[str, Any]], **where: Any) -> int:
        """Send everything, waiting longer and longer while the server is busy; how many."""
        done = 0
        for taken, item in streaming_bulk(
            self._writer,
            actions,
            chunk_size=BULK_DOCS,
            max_chunk_bytes=BULK_BYTES,
            max_retries=BULK_RETRIES,
            initial_backoff=0.5,
            retry_on_status=BUSY,
            raise_on_error=False,
            **where,
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


def _is_busy(error: ApiError) -> bool:
    return error.meta.status in BUSY
