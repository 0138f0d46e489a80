"""Questions at a steady rate by several people at once, through the whole application.

Clients and server are one process here, so processor time is that of both; none may be lost.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from kb_app.ports import Ports
from models import Question, reading

PEOPLE = 16
TOKEN = "x" * 40


@dataclass(frozen=True)
class Pace:
    """Questions a second, for so many seconds."""

    rate: float
    seconds: float


def submissions(
    app: Flask, ports: Ports, text: Callable[[int], str], pace: Pace
) -> dict[str, float]:
    """Ask `text(0)`, `text(1)` …; what was accepted, what of it is not there, how long it took."""
    total, run = int(pace.rate * pace.seconds), uuid4().hex[:8]
    took: list[float] = []
    sent: list[str] = []
    guard = threading.Lock()
    began, worked = time.perf_counter(), time.process_time()

    def one(place: int) -> None:
        time.sleep(max(0.0, began + place / pace.rate - time.perf_counter()))
        key, start = f"{run}-{place}", time.perf_counter()
        accepted = _submit(app, key, text(place))
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
        **spread("", took),
        "cpu_ms_each": round(worked * 1000 / total, 1),
    }


def spread(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    """The 50th and 95th hundredth."""
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {f"{name}p50_ms": round(cuts[49], 1), f"{name}p95_ms": round(cuts[94], 1)}


def _submit(app: Flask, key: str, text: str) -> bool:
    """One person's question; whether it was accepted."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["csrf_token"] = TOKEN
    token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(TOKEN)
    form = {"text": text, "submission_key": key, "csrf_token": token}
    return client.post("/ask", data=form).status_code == 303
