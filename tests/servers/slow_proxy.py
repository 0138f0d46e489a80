"""A TCP proxy on loopback that holds every answer back for a while."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

CHUNK = 1 << 16


@dataclass
class SlowProxy:
    """Where it listens, and how many seconds it adds to every answer; may be changed."""

    url: str
    delay: float


@contextmanager
def slow_proxy(url: str, delay: float) -> Iterator[SlowProxy]:
    """Stand before a server until the body is done."""
    target = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = SlowProxy(f"http://127.0.0.1:{listener.getsockname()[1]}", delay)
        address = (target.hostname or "127.0.0.1", target.port or 80)
        threading.Thread(target=_accept, args=(listener, address, proxy), daemon=True).start()
        try:
            yield proxy
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, address: tuple[str, int], proxy: SlowProxy) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(address, timeout=60)
            for source, sink, slow in ((client, server, False), (server, client, True)):
                deed = threading.Thread(target=_pass, args=(source, sink, proxy, slow), daemon=True)
                deed.start()


def _pass(source: socket.socket, sink: socket.socket, proxy: SlowProxy, slow: bool) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK):
            if slow:
                time.sleep(proxy.delay)
            sink.sendall(chunk)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.close()
