"""Three Elasticsearch nodes, one of them killed under load: nobody notices (O1 O2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from indexer import elasticsearch_backend
from indexer.backend import Changes, SearchBackend, SearchUnavailable, Term, TermQuery
from indexer.elasticsearch_backend import ElasticsearchBackend
from tests.contracts.test_search_backend import PUBLIC, term_document
from tests.servers.elasticsearch import Node

pytestmark = [pytest.mark.server, pytest.mark.slow]

QUERY = TermQuery((Term("密码", 1.0), Term("离线", 1.0)), PUBLIC, 10)
SEARCHERS = 2
BEFORE_SECONDS = 3.0
AFTER_SECONDS = 12.0
START = 40


@dataclass
class Load:
    """What ran against the cluster: searches, and changes that were acknowledged."""

    searches: int = 0
    empty: int = 0
    failed: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    postponed: int = 0


@contextmanager
def under_load(backend: SearchBackend) -> Iterator[Load]:
    """Search and change all the while, until the body is done."""
    load, stop = Load(), threading.Event()
    deeds: list[Callable[[SearchBackend, Load, threading.Event], None]] = [_change]
    deeds += [_search] * SEARCHERS
    threads = [threading.Thread(target=deed, args=(backend, load, stop)) for deed in deeds]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)


def _search(backend: SearchBackend, load: Load, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            load.empty += not backend.search(QUERY)
        except SearchUnavailable as error:
            load.failed.append(str(error))
        load.searches += 1
        time.sleep(0.01)


def _change(backend: SearchBackend, load: Load, stop: threading.Event) -> None:
    """Change after change; what is not acknowledged is tried again, as a job is."""
    number = START
    while not stop.is_set():
        document = term_document(number, fingerprint=f"print-{number}")
        try:
            backend.apply(Changes(upserts=(document,)))
        except SearchUnavailable:
            load.postponed += 1
            time.sleep(0.2)
            continue
        load.acknowledged[document.doc_id] = document.fingerprint
        number += 1


def test_a_killed_node_costs_no_search_and_no_change(
    elasticsearch_cluster: list[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """O1 O2: kill -9 of one node of three under load; three servers here share a small machine."""
    monkeypatch.setattr(elasticsearch_backend, "TRY_SECONDS", 3.0)
    monkeypatch.setattr(elasticsearch_backend, "SEARCH_SECONDS", 7.0)
    urls = ",".join(node.url for node in elasticsearch_cluster)
    backend = ElasticsearchBackend(urls, "lost-node")
    backend.rebuild([term_document(number) for number in range(1, 6)], "format-x")
    with under_load(backend) as load:
        time.sleep(BEFORE_SECONDS)
        changed_before = len(load.acknowledged)
        elasticsearch_cluster[0].kill()
        time.sleep(AFTER_SECONDS)
    assert load.failed == []
    assert load.empty == 0
    assert load.searches > 50
    assert len(load.acknowledged) > changed_before > 0
    stored = backend.fingerprints()
    assert {doc_id: stored.get(doc_id) for doc_id in load.acknowledged} == load.acknowledged
    assert backend.healthy()
    backend.close()


def test_a_rebuild_under_load_costs_no_search(
    elasticsearch_url: str, elasticsearch_prefix: str
) -> None:
    """O2: the alias moves while people search; nobody sees a half or an error."""
    backend = ElasticsearchBackend(elasticsearch_url, elasticsearch_prefix)
    documents = [term_document(number) for number in range(1, 6)]
    backend.rebuild(documents, "format-x")
    with under_load(backend) as load:
        for round_number in range(4):
            backend.rebuild(documents, f"format-{round_number}")
    assert load.failed == []
    assert load.empty == 0
    assert load.searches > 10
    assert backend.identity() == "format-3"
    backend.close()
