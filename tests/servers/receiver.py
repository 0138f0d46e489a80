"""A machine that receives calls, well or badly: by path it answers, hangs, drops, drips."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """One call as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Where it listens, what came, and what it answers from now on."""

    port: int
    got: list[Got] = field(default_factory=list)
    behaviour: str = "ok"

    def url(self, path: str = "/hook") -> str:
        """An address on it."""
        return f"http://127.0.0.1:{self.port}{path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever called has hung up: that is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Behave."""
        receiver = self.server.receiver  # type: ignore[attr-defined]  # set below
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.got.append(Got(self.path, headers, self.rfile.read(length)))
        getattr(self, f"_{receiver.behaviour}")()

    do_GET = do_POST  # noqa: N815  the name http.server looks for

    def _ok(self) -> None:
        self._say(200, b"taken")

    def _fault(self) -> None:
        self._say(500, "坏了".encode())

    def _gone(self) -> None:
        self._say(410, b"")

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/secret")
        self.end_headers()

    def _hang(self) -> None:
        time.sleep(5)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _drip(self) -> None:
        """A byte now and then, for ever: no single wait is long."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(200):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.05)

    def _flood(self) -> None:
        self._say(200, b"x" * 3_000_000)

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        socketserver.TCPServer.server_close(server)
