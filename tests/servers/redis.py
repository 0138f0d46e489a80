"""Redis on loopback, in memory only."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tests.servers.need import need
from tests.servers.process import (
    Command,
    free_port,
    give,
    server_folder,
    started,
    unprivileged,
    wait_until_ready,
)

START_SECONDS = 30


@contextmanager
def running_redis(at: int = 0) -> Iterator[str]:
    """Start a server (at this port, when one is named), and give its URL once it answers."""
    program = shutil.which("redis-server") or need("no redis-server")
    account = unprivileged()
    with server_folder("redis", account) as folder:
        log = folder / "redis.log"
        log.touch()
        give(folder, account)
        port = str(at or free_port())
        where = ["--bind", "127.0.0.1", "--port", port, "--dir", str(folder)]
        in_memory = ["--save", "", "--appendonly", "no"]
        with started(Command([program, *where, *in_memory], log, account)) as process:
            url = f"redis://127.0.0.1:{port}/0"
            wait_until_ready(process, log, lambda: _answers(url), START_SECONDS)
            yield url


def _answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
