"""Serving pages with waitress, the worker in a thread beside, until told to stop."""

from __future__ import annotations

import logging
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from waitress.server import create_server

from kb_app.indexing import warm
from kb_app.jobs import Worker
from kb_app.ports import Ports
from web.app import MEGABYTE, create_app
from web.context import CHAT_DRAW
from web.live.door import open_door
from web.live.hub import Hub
from web.memory import give_back, keep_giving_back, settle

WORKER_GOODBYE_SECONDS = 30
# Beyond the site's own limit there is a friendly page; far beyond it the server hangs up.
REFUSE_FACTOR = 4
REFUSE_BEYOND = 64 * MEGABYTE
MOST_CONNECTIONS = 4000
BACKLOG = 4_096
MOST_FILES = 65_536
# Sockets must not wait for a page that is being computed as long as Python's 5 ms.
SWITCH_SECONDS = 0.001


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
    _arrive_on_disk(ports.config.uploads_dir)
    app = create_app(ports)
    hub = Hub(ports, app.extensions[CHAT_DRAW])
    channels: dict[int, Any] = {}
    server = create_server(
        app,
        map=channels,
        host=listening.host,
        port=listening.port,
        threads=listening.threads,
        ident=None,
        max_request_body_size=_largest(ports.config.max_upload_mb * MEGABYTE),
        clear_untrusted_proxy_headers=not ports.config.trusted_proxies,
        # Everybody who chats has a page open beside the socket; select() stops at 1024.
        connection_limit=MOST_CONNECTIONS,
        # After a restart all pages come back at once; whom the system drops waits up to a minute.
        backlog=BACKLOG,
        asyncore_use_poll=True,
    )
    open_door(channels, hub.adopt)
    _allow_many_files()
    sys.setswitchinterval(SWITCH_SECONDS)
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_warm_up, args=(ports,), name="warm-up", daemon=True).start()
    announce(int(getattr(server, "effective_port", listening.port)))
    ports.journal.start()
    hub.start()
    with _worker(ports, with_worker):
        # waitress ends its loop on SystemExit and waits for its threads.
        server.run()
        hub.stop()


def _warm_up(ports: Ports) -> None:
    warm(ports)
    settle()
    give_back()
    keep_giving_back(threading.Event())


def _largest(limit: int) -> int:
    """Bytes of a request that are still read, to be refused by a page that says why."""
    return min(limit * REFUSE_FACTOR, limit + REFUSE_BEYOND)


def _arrive_on_disk(folder: Path) -> None:
    """Large requests wait in the data folder: /tmp is memory on many machines."""
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder.absolute())


def _allow_many_files() -> None:
    """As many open sockets as the system lets this process have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
