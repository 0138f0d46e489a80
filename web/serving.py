"""Serving pages with waitress, the worker in a thread beside, until told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import NoReturn

from waitress.server import create_server

from kb_app.indexing import warm
from kb_app.jobs import Worker
from kb_app.ports import Ports
from web.app import MEGABYTE, create_app
from web.memory import give_back, keep_giving_back

WORKER_GOODBYE_SECONDS = 30
# Beyond the site's own limit there is a friendly page; far beyond it the server hangs up.
REFUSE_FACTOR = 4


@dataclass(frozen=True)
class Listening:
    """Where to listen and with how many threads."""

    host: str
    port: int
    threads: int


def serve(
    ports: Ports, listening: Listening, announce: Callable[[int], None], *, with_worker: bool
) -> None:
    """Serve until SIGTERM or SIGINT; running requests and the job in hand are finished.

    `announce` is called with the port once connections are accepted.
    """
    # A line for every request that waited a moment would bury everything else.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(
        create_app(ports),
        host=listening.host,
        port=listening.port,
        threads=listening.threads,
        ident=None,
        max_request_body_size=ports.config.max_upload_mb * MEGABYTE * REFUSE_FACTOR,
        clear_untrusted_proxy_headers=not ports.config.trusted_proxies,
    )
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_warm_up, args=(ports,), name="warm-up", daemon=True).start()
    announce(int(getattr(server, "effective_port", listening.port)))
    ports.journal.start()
    with _worker(ports, with_worker):
        # waitress ends its loop on SystemExit and waits for its threads.
        server.run()


def _warm_up(ports: Ports) -> None:
    warm(ports)
    give_back()
    keep_giving_back(threading.Event())


@contextmanager
def _worker(ports: Ports, wanted: bool) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Worker(ports).run, args=(stop,), name="worker")
    if wanted:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if wanted:
            thread.join(WORKER_GOODBYE_SECONDS)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
