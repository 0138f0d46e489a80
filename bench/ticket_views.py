"""What fifty agents with an open view cost a server: its processor time over the clock.

Each opens the view once and then asks as the page does: the counts every 20 seconds, who
calls every 4 (only sites with telephones ask that).
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kb_app import bootstrap
from kb_app.config import Config
from models import Role, User, reading
from tests.servers.process import free_port
from web.app import create_app

COUNTS_EVERY, CALLS_EVERY = 20.0, 4.0
START_SECONDS = 120.0
HTTP_OK = 200


@dataclass(frozen=True)
class Asked:
    """One request that an open page makes again and again."""

    path: str
    every: float


PAGE = (Asked("/desk/counts", COUNTS_EVERY),)
PAGE_WITH_CALLS = (*PAGE, Asked("/desk/phone/live", CALLS_EVERY))


def live_views(config: Config, seconds: float) -> dict[str, Any]:
    """The share of one core, without and with telephones, and what opening them all cost."""
    cookies = _cookies(config)
    with _serving(config) as (port, process_id):
        _open_all(port, cookies[:1])
        before = spent(process_id)
        _open_all(port, cookies)
        opening = spent(process_id) - before
        quiet = _share(process_id, seconds, lambda: 0)
        plain = _share(process_id, seconds, lambda: _poll(port, cookies, PAGE, seconds))
        calls = _share(process_id, seconds, lambda: _poll(port, cookies, PAGE_WITH_CALLS, seconds))
    return {
        "agents": len(cookies),
        "opening_cpu_s": round(opening, 2),
        "idle_cores": quiet[0],
        "cores": plain[0],
        "requests": plain[1],
        "cores_with_telephones": calls[0],
        "requests_with_telephones": calls[1],
    }


def _share(process_id: int, seconds: float, deed: Any) -> tuple[float, int]:
    began, before = time.perf_counter(), spent(process_id)
    asked = deed()
    left = seconds - (time.perf_counter() - began)
    if left > 0:
        time.sleep(left)
    share = (spent(process_id) - before) / (time.perf_counter() - began)
    return round(share, 3), asked


def _open_all(port: int, cookies: list[str]) -> None:
    for cookie in cookies:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        _get(connection, "/desk?view=unassigned", cookie)
        connection.close()


def _poll(port: int, cookies: list[str], page: tuple[Asked, ...], seconds: float) -> int:
    """Every agent in a thread, begun at random moments; returns how many requests went."""
    counts = [0] * len(cookies)
    threads = [
        threading.Thread(target=_agent, args=(port, cookie, page, (seconds, place, counts)))
        for place, cookie in enumerate(cookies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _agent(
    port: int, cookie: str, page: tuple[Asked, ...], turn: tuple[float, int, list[int]]
) -> None:
    seconds, place, counts = turn
    chance, began = random.Random(place), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    due = {asked: began + chance.uniform(0, asked.every) for asked in page}
    while True:
        asked = min(due, key=lambda each: due[each])
        if due[asked] > began + seconds:
            break
        time.sleep(max(0.0, due[asked] - time.monotonic()))
        due[asked] += asked.every
        _get(connection, asked.path, cookie)
        counts[place] += 1
    connection.close()


def _get(connection: http.client.HTTPConnection, path: str, cookie: str) -> None:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == HTTP_OK, (path, answer.status)


def _cookies(config: Config) -> list[str]:
    """Each agent's session, as the product would have made it at signing in."""
    ports = bootstrap.build(config)
    try:
        app = create_app(ports)
        with reading(ports.database) as session:
            agents = session.scalars(sa.select(User).where(User.role == Role.AGENT).limit(50)).all()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own kind
        name = app.config["SESSION_COOKIE_NAME"]
        return [
            f"{name}={signer.dumps({'user_id': one.id, 'epoch': one.session_epoch})}"
            for one in agents
        ]
    finally:
        bootstrap.close(ports)


@contextmanager
def _serving(config: Config) -> Iterator[tuple[int, int]]:
    """`wenda run` of the same base in a process of its own: its port and its id."""
    port = free_port()
    kept = {
        "WENDA_DATA_DIR": str(config.data_dir),
        "WENDA_DATABASE_URL": config.database_url,
        "WENDA_SECRET_KEY": config.secret_key,
        "WENDA_ENCODER": "none",
        "WENDA_RATE_LIMITS": "false",
    }
    argv = [sys.executable, "-m", "web", "run", "--no-worker", "--port", str(port)]
    process = subprocess.Popen(
        argv,
        env={**os.environ, **kept},
        cwd=Path(__file__).parents[1],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def spent(process_id: int) -> float:
    """Processor seconds of a process so far."""
    stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii", errors="replace")
    user, system = stat.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
