"""The embedded engine and Elasticsearch on the very same terms, filter and prior.

`python -m bench.engines --data FILE [FILE ...] --docs 100000 --elasticsearch start`

Documents are made as documents.py says, cut once, and given to both. A question asks for the
ten best of what a customer may read after ratings count: score = BM25 * (1 + 0.25 * prior),
exact by asking for 128, then for four times as many while a document not yet seen could
still belong among them. `--elasticsearch` takes a URL, or `start` for the tests' own server
(one node, 1 GB of heap); without it the embedded engine is measured alone. 1,000,000
documents need 2 GB of disk. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from bench.documents import Articles, pieces, read_articles, read_cut, write_cut
from indexer.analysis import query_terms
from indexer.backend import SearchBackend, SearchFilter, SearchUnavailable, TermQuery
from indexer.elasticsearch_backend import ElasticsearchBackend
from indexer.embedded_backend import EmbeddedBackend
from models import CUSTOMER_KEY, PUBLIC_KEY

CUSTOMER = SearchFilter(frozenset({PUBLIC_KEY, CUSTOMER_KEY}))
PRIOR_WEIGHT = 0.25
FIRST_LOOK = 128
BEST = 10
QUESTIONS = 500
CHECKED = 25
RATE = 100.0
PROCESSES = 2
NEARLY = 1e-3

Best = list[tuple[str, float]]


def questions(made: Articles, number: int) -> list[str]:
    """Beginnings of titles with pieces of bodies, as long as people's questions are."""
    chance = random.Random(7)
    found = []
    for _ in range(number):
        title, body = chance.choice(made)
        start = chance.randrange(max(1, len(body) - 12))
        found.append(title[: chance.randint(4, 20)] + body[start : start + 12])
    return found


class Asking:
    """One engine with ratings on top."""

    def __init__(self, backend: SearchBackend, prior: np.ndarray) -> None:
        self.backend = backend
        self._prior = prior

    def best(self, text: str, look: int = FIRST_LOOK) -> Best:
        """The ten best after ratings, exact."""
        terms = query_terms(text)
        while True:
            found = self.backend.search(TermQuery(terms, CUSTOMER, look))
            rated = [
                (doc.doc_id, doc.score * (1 + PRIOR_WEIGHT * self._prior[int(doc.doc_id[2:])]))
                for doc in found
            ]
            rated.sort(key=lambda item: (-item[1], item[0]))
            best = rated[:BEST]
            if len(found) < look or found[-1].score * (1 + PRIOR_WEIGHT) < best[-1][1]:
                return best
            look *= 4


def percentiles(work: Callable[[str], object], texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of each call, after a tenth of them to warm up."""
    for text in texts[: len(texts) // 10]:
        work(text)
    took = []
    for text in texts[len(texts) // 10 :]:
        began = time.perf_counter()
        work(text)
        took.append((time.perf_counter() - began) * 1000)
    p50, p95, p99 = np.percentile(took, [50, 95, 99])
    return {"p50_ms": round(p50, 2), "p95_ms": round(p95, 2), "p99_ms": round(p99, 2)}


def same(one: Best, other: Best) -> bool:
    """Whether two answers are the same, documents of nearly equal score in any order.

    The engines' average lengths differ in the fourth digit, and so do their scores.
    """
    if len(one) != len(other):
        return False
    if not np.allclose([s for _, s in one], [s for _, s in other], rtol=NEARLY):
        return False
    edge = (one[-1][1] if one else 0.0) * (1 + NEARLY)
    return {d for d, s in one if s > edge} <= {d for d, _ in other}


def _built(backend: SearchBackend, cut: Path) -> float:
    """Documents a second of a build from cut text."""
    began = time.perf_counter()
    number = backend.rebuild(read_cut(cut), "bench")
    return round(number / (time.perf_counter() - began))


def _measured(asking: Asking, asked: list[str], cut: Path, whole: int) -> dict[str, Any]:
    built = _built(asking.backend, cut)
    wrong = sum(not same(asking.best(t), asking.best(t, whole)) for t in asked[:CHECKED])
    return {
        "build_docs_per_s": built,
        "search": percentiles(asking.best, asked[CHECKED:]),
        "unlike_brute_force": wrong,
    }


def _rebuild_beside(folder: Path, cut: Path) -> None:
    EmbeddedBackend(folder).rebuild(read_cut(cut), "bench-anew")


def under_rebuild(asking: Asking, asked: list[str], folder: Path, cut: Path) -> dict[str, Any]:
    """RATE questions a second while another process builds the index anew and swaps it."""
    expected = {text: asking.best(text) for text in asked}
    beside = multiprocessing.get_context("spawn").Process(
        target=_rebuild_beside, args=(folder, cut)
    )
    beside.start()
    number, failed, wrong, began = 0, 0, 0, time.perf_counter()
    while beside.is_alive():
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        text = asked[number % len(asked)]
        number += 1
        try:
            wrong += not same(asking.best(text), expected[text])
        except SearchUnavailable:
            failed += 1
    beside.join()
    swapped = asking.backend.identity() == "bench-anew"
    rate = round(number / (time.perf_counter() - began))
    return {"asked": number, "per_s": rate, "failed": failed, "wrong": wrong, "swapped": swapped}


def measure(made: Articles, folder: Path, elasticsearch: str) -> dict[str, Any]:
    """Everything, as one dictionary."""
    cut = folder / "cut.txt"
    began = time.perf_counter()
    write_cut(made, cut, PROCESSES)
    figures: dict[str, Any] = {
        "docs": len(made),
        "cut_docs_per_s": round(len(made) / (time.perf_counter() - began)),
    }
    prior = np.random.default_rng(5).beta(2, 2, len(made) + 1)
    asked = questions(made, QUESTIONS)
    ours = Asking(EmbeddedBackend(folder / "index"), prior)
    figures["tantivy"] = _measured(ours, asked, cut, len(made))
    if elasticsearch:
        theirs = Asking(ElasticsearchBackend(elasticsearch, f"bench-{uuid4().hex[:8]}"), prior)
        figures["elasticsearch"] = _measured(theirs, asked, cut, len(made))
        pairs = [(ours.best(text), theirs.best(text)) for text in asked[:CHECKED]]
        figures["same_order"] = sum(same(one, other) for one, other in pairs) / len(pairs)
        figures["ratios"] = _ratios(figures["tantivy"], figures["elasticsearch"])
    figures["under_rebuild"] = under_rebuild(ours, asked[:100], folder / "index", cut)
    figures["load"] = round(os.getloadavg()[0], 2)
    return figures


def _ratios(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, float]:
    found = {
        name: round(theirs["search"][f"{name}_ms"] / ours["search"][f"{name}_ms"], 2)
        for name in ("p50", "p95", "p99")
    }
    build = round(ours["build_docs_per_s"] / theirs["build_docs_per_s"], 2)
    return {**found, "build": build}


@contextmanager
def server(named: str) -> Iterator[str]:
    """The URL that was named, or that of a server started for this."""
    if named != "start":
        yield named
        return
    from tests.servers.elasticsearch import running_elasticsearch

    with running_elasticsearch() as url:
        yield url


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, nargs="+", required=True)
    options.add_argument("--docs", type=int, default=10_000)
    options.add_argument("--elasticsearch", default="")
    chosen = options.parse_args()
    made = pieces(read_articles(chosen.data), chosen.docs)
    scratch = tempfile.TemporaryDirectory(prefix="wenda-bench-")
    with scratch as folder, server(chosen.elasticsearch) as url:
        print(json.dumps(measure(made, Path(folder), url)))


if __name__ == "__main__":
    main()
