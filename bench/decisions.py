"""What deciding on one question costs, and whether a site keeps up with people who ask.

Every question is decided once, so nothing comes from memory; the vocabulary is read before, as
it is a minute after a start.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bench.submitting import Pace, spread, submissions
from kb_app import bootstrap, looking
from kb_app.config import Config
from kb_app.indexing import encode_some, warm
from kb_app.ports import Ports
from models import Article, ArticleStatus, reading, visitor
from web.app import create_app

RATE = 10
SECONDS, QUICK_SECONDS = 30, 3
QUICK_QUESTIONS = 40
WARMING = 3


def measure(data_dir: Path, queries: Path, *, quick: bool) -> dict[str, object]:
    """Over a ready data folder (it is written to) and questions as JSON lines with `text`."""
    texts = [json.loads(line)["text"] for line in queries.read_text("utf-8").splitlines()]
    asked = texts[: QUICK_QUESTIONS + WARMING] if quick else texts
    with _site(data_dir) as ports:
        with reading(ports.database) as session:
            published = Article.status == ArticleStatus.PUBLISHED
            articles = session.scalar(sa.select(sa.func.count(Article.id)).where(published))
        return {
            "articles": articles,
            "decision": _decisions(ports, asked),
            "submissions": submissions(
                create_app(ports),
                ports,
                lambda place: texts[place % len(texts)],
                Pace(RATE, QUICK_SECONDS if quick else SECONDS),
            ),
            "load": round(os.getloadavg()[0], 2),
        }


@contextmanager
def _site(data_dir: Path) -> Iterator[Ports]:
    config = Config(data_dir=data_dir, secret_key="b" * 40, rate_limits=False)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    try:
        while encode_some(ports):  # what a worker would have done by now
            pass
        warm(ports)
        ports.engine.refresh()
        yield ports
    finally:
        bootstrap.close(ports)


def _decisions(ports: Ports, texts: Sequence[str]) -> dict[str, float]:
    """By the clock, of this thread's processor time, and of the whole process's."""
    asker = visitor("bench")
    for text in texts[:WARMING]:
        looking.look_up(ports, asker, text)
    clock, thread, process = [], [], []
    for text in texts[WARMING:]:
        began = time.perf_counter(), time.thread_time(), time.process_time()
        looking.look_up(ports, asker, text)
        clock.append((time.perf_counter() - began[0]) * 1000)
        thread.append((time.thread_time() - began[1]) * 1000)
        process.append((time.process_time() - began[2]) * 1000)
    return (
        {"questions": len(clock)}
        | spread("", clock)
        | spread("thread_", thread)
        | spread("process_", process)
    )
