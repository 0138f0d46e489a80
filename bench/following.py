"""How soon a change is found in every web process: `python -m bench.following`.

One worker process writes the embedded index, READERS processes search it, this one commits
RATE changes a second. A change is looked for by one of the readers, in turn; its delay runs
from the commit in the database to the first search that finds it. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import string
import tempfile
import threading
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np

from indexer.backend import SearchFilter, SearchRequest
from kb_app import bootstrap, indexing
from kb_app.config import Config
from kb_app.jobs import Worker, drain
from models import (
    PUBLIC_KEY,
    Article,
    ArticleAccess,
    ArticleStatus,
    JobKind,
    enqueue,
    unit_of_work,
)

READERS = 4
RATE = 50
ARTICLES = 1000
PATIENCE_SECONDS = 20.0
READY_SECONDS = 90.0
PAUSE_SECONDS = 0.05
PUBLIC = SearchFilter(frozenset({PUBLIC_KEY}))
_SPAWN = multiprocessing.get_context("spawn")


def _config(folder: Path) -> Config:
    secret = "x" * 40
    return Config(data_dir=folder, encoder="none", secret_key=secret)


def prepare(folder: Path, articles: int) -> list[int]:
    """A base with that many indexed articles; their ids."""
    config = _config(folder)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    with unit_of_work(ports.database) as session:
        rows = [
            Article(
                slug=f"bench-{number}",
                title=f"第 {number} 篇",
                body="门锁离线时先看网关，再重新配网。" * 3,
                status=ArticleStatus.PUBLISHED,
                access=[ArticleAccess(key=PUBLIC_KEY)],
            )
            for number in range(articles)
        ]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
    indexing.ensure_index(ports)
    drain(ports)
    bootstrap.close(ports)
    return ids


def _work(folder: Path, ready: Any, stop: Any) -> None:
    """The worker process."""
    ports = bootstrap.build(_config(folder))
    told = threading.Event()

    def tell() -> None:
        stop.wait()
        told.set()

    threading.Thread(target=tell, daemon=True).start()
    indexing.warm(ports)
    ready.release()
    Worker(ports).run(told)


def _read(folder: Path, ready: Any, asked: Any, seen: Any) -> None:
    """One web process: look for each word until it is found."""
    ports = bootstrap.build(_config(folder))
    indexing.warm(ports)
    ready.release()
    while (task := asked.get()) is not None:
        word, began = task
        request = SearchRequest(word, PUBLIC, exact=True)
        while not ports.engine.search(request).hits:
            if time.monotonic() - began > PATIENCE_SECONDS:
                break
            time.sleep(PAUSE_SECONDS)
        seen.put(time.monotonic() - began)


def _change(folder: Path, ids: list[int], count: int, asked: list[Any]) -> float:
    """Commit `count` changes at RATE, hand each to a reader; the rate that was reached."""
    ports = bootstrap.build(_config(folder))
    chance = random.Random(3)
    first = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, first + number / RATE - time.monotonic()))
        word = "".join(chance.choices(string.ascii_lowercase, k=12))
        article_id = ids[number % len(ids)]
        with unit_of_work(ports.database) as session:
            session.get_one(Article, article_id).title = f"{word} 怎么办"
            enqueue(session, JobKind.INDEX_ARTICLE, article_id=article_id)
        asked[number % len(asked)].put((word, time.monotonic()))
    reached = count / (time.monotonic() - first)
    bootstrap.close(ports)
    return reached


def measure(folder: Path, seconds: float, articles: int = ARTICLES) -> dict[str, float]:
    """Everything once; `lost` counts changes nobody found within PATIENCE_SECONDS."""
    ids = prepare(folder, max(articles, int(seconds * RATE)))  # none is changed twice
    ready, stop, seen = _SPAWN.Semaphore(0), _SPAWN.Event(), _SPAWN.Queue()
    asked = [_SPAWN.Queue() for _ in range(READERS)]
    processes: list[BaseProcess] = [_SPAWN.Process(target=_work, args=(folder, ready, stop))]
    processes += [_SPAWN.Process(target=_read, args=(folder, ready, one, seen)) for one in asked]
    for process in processes:
        process.start()
    try:
        for _ in processes:
            assert ready.acquire(timeout=READY_SECONDS), "a process did not start"
        count = int(seconds * RATE)
        reached = _change(folder, ids, count, asked)
        for one in asked:
            one.put(None)
        delays = _collected(seen, count)
    finally:
        stop.set()
        _end(processes)
    p50, p95 = np.percentile(delays, [50, 95])
    return {
        "changes": count,
        "changes_per_s": round(reached, 1),
        "readers": READERS,
        "lost": count - sum(delay < PATIENCE_SECONDS for delay in delays),
        "visible_p50_ms": round(float(p50) * 1000),
        "visible_p95_ms": round(float(p95) * 1000),
        "load": round(os.getloadavg()[0], 2),
    }


def _collected(seen: Any, count: int) -> list[float]:
    found: list[float] = []
    try:
        while len(found) < count:
            found.append(seen.get(timeout=PATIENCE_SECONDS + 5))
    except Empty:
        found += [PATIENCE_SECONDS] * (count - len(found))
    return found


def _end(processes: list[BaseProcess]) -> None:
    for process in processes:
        process.join(10)
        if process.is_alive():
            process.kill()
            process.join(10)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--articles", type=int, default=ARTICLES)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        print(json.dumps(measure(Path(folder), chosen.seconds, chosen.articles)))


if __name__ == "__main__":
    main()
