"""How quick the desk is over many tickets: views, a ticket, search, asking, alarms.

    python -m bench.tickets                       # 200,000 tickets, 1,000,000 messages, SQLite
    python -m bench.tickets --keep FOLDER         # filled once, each run works on a copy
    python -m bench.tickets --postgres start      # or --database URL of an empty one
    python -m bench.tickets --parts pages,live    # of pages, live, clocks, asking
    python -m bench.tickets --quick               # a tenth

A quarter of the tickets is open. Pages are measured through the WSGI application, live views
through a server process. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.submitting import Pace, submissions
from bench.ticket_views import live_views
from bench.ticket_world import FULL, QUICK, SEED, Size, fill, words
from kb_app import bootstrap
from kb_app.alarms import tick
from kb_app.config import Config
from kb_app.indexing import warm
from kb_app.jobs import drain
from kb_app.ports import Ports
from models import Role, User, reading
from tests.servers.postgres import running_postgres
from web.app import create_app

PARTS = ("pages", "live", "clocks", "asking")
READY = "ready"


class Agent:
    """A signed-in agent's browser."""

    def __init__(self, app: Flask, ports: Ports) -> None:
        self.client = app.test_client()
        with reading(ports.database) as session:
            user = session.scalars(sa.select(User).where(User.role == Role.AGENT)).first()
            assert user is not None
        with self.client.session_transaction() as kept:
            kept["user_id"], kept["epoch"] = user.id, user.session_epoch

    def get(self, path: str, **query: str) -> None:
        """Open a page, all of it."""
        answer = self.client.get(path, query_string=query, buffered=True)
        assert answer.status_code == 200, (path, answer.status_code)


def timed(looks: int, deed: Callable[[int], None]) -> dict[str, float]:
    """p50 and p95 in milliseconds, by the clock and of processor time alone."""
    for place in range(3):
        deed(place)
    took, worked = [], []
    for place in range(looks):
        began, begun = time.perf_counter(), time.thread_time()
        deed(place)
        worked.append((time.thread_time() - begun) * 1000)
        took.append((time.perf_counter() - began) * 1000)
    return {
        "p50": round(statistics.median(took), 1),
        "p95": _high(took),
        "cpu_p50": round(statistics.median(worked), 1),
        "cpu_p95": _high(worked),
    }


def _high(values: list[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.95) - 1], 1)


def pages(app: Flask, ports: Ports, size: Size) -> dict[str, Any]:
    """Views, tickets and searches, by one agent after another page."""
    agent, chance = Agent(app, ports), random.Random(SEED)
    views = ({"view": "unassigned"}, {"view": "mine"}, {"view": "open"}, {"view": "closed"})
    filters = ({"priority": "1"}, {"team": "2", "colour": "red"}, {"agent": "7"})
    asked = ("门锁离线", "退款 还没到账", "连不上网 换过电池", "摄像头")

    def ticket(_place: int) -> None:
        agent.get(f"/desk/tickets/WD-{1001 + chance.randrange(size.tickets)}")

    def deep(place: int) -> None:
        agent.get("/desk", view="all", page=str(300 + place))

    def search(place: int) -> None:
        number = f"YJ{chance.randrange(10**8):08d}"
        agent.get("/desk", view="all", q=[*asked, number][place % 5])

    return {
        "view_ms": timed(size.looks, lambda n: agent.get("/desk", **views[n % 4])),
        "deep_page_ms": timed(size.looks // 4, deep),
        "filter_ms": timed(size.looks, lambda n: agent.get("/desk", view="all", **filters[n % 3])),
        "ticket_ms": timed(size.looks, ticket),
        "search_ms": timed(size.looks, search),
    }


@dataclass(frozen=True)
class Given:
    """What to measure, over which base."""

    size: Size
    parts: tuple[str, ...] = PARTS
    database_url: str = ""
    keep: Path | None = None


def _world(given: Given, folder: Path) -> tuple[Ports, float]:
    """The base, filled; a kept one is filled once, and each run works on a copy of it."""
    kept = given.keep
    if kept is not None and (kept / READY).is_file():
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        return bootstrap.build(_config(given, folder)), 0.0
    config = _config(given, folder)
    bootstrap.migrate(config)
    ports = bootstrap.build(config)
    began = time.perf_counter()
    fill(ports, given.size)
    drain(ports)
    _look_over(ports)
    filled = time.perf_counter() - began
    if kept is not None:
        bootstrap.close(ports)
        shutil.copytree(folder, kept, dirs_exist_ok=True)
        (kept / READY).touch()
        ports = bootstrap.build(config)
    return ports, filled


def _look_over(ports: Ports) -> None:
    """On PostgreSQL what autovacuum does within minutes of such a load."""
    engine = ports.database.engine
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("SET statement_timeout = 0"))
        connection.execute(sa.text("VACUUM ANALYZE"))
        connection.execute(sa.text("SET statement_timeout = DEFAULT"))


def _config(given: Given, folder: Path) -> Config:
    return Config(
        data_dir=folder,
        database_url=given.database_url,
        encoder="none",
        secret_key="b" * 40,
        rate_limits=False,
    )


def measure(given: Given, folder: Path) -> dict[str, Any]:
    """The parts asked for."""
    ports, filled = _world(given, folder)
    size, found = given.size, dict[str, Any]()
    # As a server does when it starts: dictionaries and index are in memory.
    warm(ports)
    app = create_app(ports)
    if "pages" in given.parts:
        found |= pages(app, ports, size)
    if "live" in given.parts:
        found["live_views"] = live_views(_config(given, folder), size.live_seconds)
    if "clocks" in given.parts:
        began, begun = time.perf_counter(), time.process_time()
        clocks = tick(ports)
        took, worked = time.perf_counter() - began, time.process_time() - begun
        found["sla_tick"] = {
            "clocks": clocks,
            "seconds": round(took, 2),
            "cpu_s": round(worked, 2),
        }
    if "asking" in given.parts:
        pace = Pace(size.ask_rate, size.ask_seconds)
        found["submissions"] = submissions(
            app, ports, lambda place: words(random.Random(place)), pace
        )
    bootstrap.close(ports)
    return {
        "bench": "tickets",
        "database": "postgresql" if given.database_url else "sqlite",
        "tickets": size.tickets,
        "messages": size.tickets * 5,
        "load": round(os.getloadavg()[0], 1),
        "filled_s": round(filled, 1),
        **found,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--postgres", choices=["start"], help="start one for this run")
    asked = parser.parse_args()
    with ExitStack() as stack:
        url = str(asked.database)
        if asked.postgres:
            url = stack.enter_context(stack.enter_context(running_postgres()).fresh_database())
        if url and asked.keep:
            parser.error("--keep is for SQLite: its folder holds the whole base")
        folder = Path(tempfile.mkdtemp(prefix="wenda-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        parts = tuple(part for part in asked.parts.split(",") if part in PARTS)
        given = Given(QUICK if asked.quick else FULL, parts, url, asked.keep)
        print(json.dumps(measure(given, folder)))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
