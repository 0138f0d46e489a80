"""A TCP proxy on loopback that, when told, lets a server hang, drop the line, or answer wrongly."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHUNK = 1 << 16


@dataclass
class FaultProxy:
    """Where it listens, and its present mood; may be changed at any time.

    `drop_after` closes a connection once so many bytes of the server went through it.
    `replace` says which answer of the server becomes which other.
    """

    port: int
    hangs: bool = False
    drop_after: int | None = None
    replace: dict[bytes, bytes] = field(default_factory=dict)
    connections: int = 0


@contextmanager
def fault_proxy(port: int) -> Iterator[FaultProxy]:
    """Stand before a server of this machine until the body is done."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = FaultProxy(listener.getsockname()[1])
        threading.Thread(target=_accept, args=(listener, port, proxy), daemon=True).start()
        try:
            yield proxy
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, port: int, proxy: FaultProxy) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            proxy.connections += 1
            server = socket.create_connection(("127.0.0.1", port), timeout=60)
            for source, sink, answers in ((client, server, False), (server, client, True)):
                given = (source, sink, proxy, answers)
                threading.Thread(target=_pass, args=given, daemon=True).start()


def _pass(source: socket.socket, sink: socket.socket, proxy: FaultProxy, answers: bool) -> None:
    told = 0
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK):
            if answers and proxy.hangs:
                continue
            for old, new in proxy.replace.items() if answers else ():
                chunk = chunk.replace(old, new)
            told += len(chunk)
            if answers and proxy.drop_after is not None and told > proxy.drop_after:
                sink.sendall(chunk[: max(0, len(chunk) - (told - proxy.drop_after))])
                break
            sink.sendall(chunk)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
