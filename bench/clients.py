"""Many people at once: requests per second and latency of a running site, over HTTP.

Each client keeps one connection open and asks again as soon as it was answered. The clients
run in this process, on the same cores as the server: on a small machine they cost their share.
"""

from __future__ import annotations

import http.client
import statistics
import threading
import time
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Told:
    """What the clients saw."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0
    seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """Rounded for the report."""
        cuts = statistics.quantiles(self.milliseconds, n=100, method="inclusive")
        return {
            "p50_ms": round(cuts[49], 1),
            "p95_ms": round(cuts[94], 1),
            "per_second": round(len(self.milliseconds) / self.seconds, 1),
            "requests": len(self.milliseconds),
            "failed": self.failed,
        }


def ask(base: str, path: str, queries: Sequence[str], *, clients: int, seconds: float) -> Told:
    """`clients` people asking `path` for these queries, each beginning elsewhere in the list."""
    told, place = Told(), urllib.parse.urlsplit(base)
    began = time.perf_counter()
    until = began + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        at = number * len(queries) // clients
        while time.perf_counter() < until:
            address = f"{path}?q={urllib.parse.quote(queries[at % len(queries)])}"
            at += 1
            started = time.perf_counter()
            connection.request("GET", address)
            answer = connection.getresponse()
            answer.read()
            told.milliseconds.append((time.perf_counter() - started) * 1000)
            told.failed += answer.status != http.HTTPStatus.OK
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.seconds = time.perf_counter() - began
    return told
