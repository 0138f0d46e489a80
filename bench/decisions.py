"""What deciding on one question costs, and whether a site keeps up with people who ask.

Every question is decided once, so nothing comes from memory; the vocabulary is read before, as
it is a minute after a start. Submissions go through the whole
application (form, storing, decision, redirect) in this process: the client's share is included.
"""

from __future__ import annotations

import json
import os
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from kb_app import bootstrap, looking
from kb_app.config import Config
from kb_app.indexing import encode_some, warm
from kb_app.ports import Ports
from models import Article, ArticleStatus, Question, reading, visitor
from web.app import create_app

RATE = 10
SECONDS, QUICK_SECONDS = 30, 3
QUICK_QUESTIONS = 40
WARMING = 3
PEOPLE = 16
TOKEN = "x" * 40


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
            "submissions": _submissions(ports, texts, QUICK_SECONDS if quick else SECONDS),
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
        | _parts("", clock)
        | _parts("thread_", thread)
        | _parts("process_", process)
    )


def _parts(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {f"{name}p50_ms": round(cuts[49], 1), f"{name}p95_ms": round(cuts[94], 1)}


def _submissions(ports: Ports, texts: Sequence[str], seconds: int) -> dict[str, float]:
    """RATE questions a second for so long, by several people at once; none may be lost."""
    app = create_app(ports)
    total, run = RATE * seconds, uuid4().hex[:8]
    took: list[float] = []
    sent: list[str] = []
    guard = threading.Lock()
    began, worked = time.perf_counter(), time.process_time()

    def one(place: int) -> None:
        time.sleep(max(0.0, began + place / RATE - time.perf_counter()))
        key, start = f"{run}-{place}", time.perf_counter()
        accepted = _submit(app, key, texts[place % len(texts)])
        with guard:
            took.append((time.perf_counter() - start) * 1000)
            sent.extend([key] if accepted else [])

    with ThreadPoolExecutor(PEOPLE) as pool:
        list(pool.map(one, range(total)))
    passed, worked = time.perf_counter() - began, time.process_time() - worked
    with reading(ports.database) as session:
        kept = set(session.scalars(sa.select(Question.submission_key)))
    return {
        "asked": total,
        "accepted": len(sent),
        "lost": len(set(sent) - kept),
        "per_second": round(len(sent) / passed, 2),
        **_parts("", took),
        "cpu_ms_each": round(worked * 1000 / total, 1),
    }


def _submit(app: Flask, key: str, text: str) -> bool:
    """One person's question; whether it was accepted."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["csrf_token"] = TOKEN
    token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(TOKEN)
    form = {"text": text, "submission_key": key, "csrf_token": token}
    return client.post("/ask", data=form).status_code == 303
