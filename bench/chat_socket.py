"""A page's line as the load makes it: reconnects, resumes behind its cursors, says again what has
no acknowledgement.

Speaks the few WebSocket frames it needs by itself, so that 2,100 of them leave the processor to
the server they measure. Waits between tries like `web/static/js/chat-line.js`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from web.live.door import SOCKET_PATH
from web.live.link import PROTOCOL

FIRST_WAIT = 0.3
LONGEST_WAIT = 4.0
CONNECT_SECONDS = 20.0
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
FINAL, MASKED = 0x80, 0x80
SHORT, MEDIUM = 126, 127


def masked(kind: int, data: bytes) -> bytes:
    """A client's frame."""
    size, key = len(data), os.urandom(4)
    head = bytes((FINAL | kind, MASKED | size)) if size < SHORT else (
        bytes((FINAL | kind, MASKED | SHORT)) + size.to_bytes(2, "big")
    )  # fmt: skip
    mask = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")
    return head + key + mixed.to_bytes(size, "big")


def frames(data: bytearray) -> list[tuple[int, bytes]]:
    """What has come whole, taken out of `data`; a server's frames have no mask."""
    found, at = [], 0
    while len(data) - at >= 2:
        size, begin = data[at + 1], at + 2
        if size >= SHORT:
            wide = 2 if size == SHORT else 8
            size, begin = int.from_bytes(data[begin : begin + wide], "big"), begin + wide
        if len(data) < begin + size:
            break
        found.append((data[at] & 0x0F, bytes(data[begin : begin + size])))
        at = begin + size
    del data[:at]
    return found


@dataclass(eq=False)
class Socket(asyncio.Protocol):
    """One person's page; `heard` gets every row, `changed` is told of hello and of progress."""

    port: int
    key: str
    heard: Callable[[int, dict[str, Any]], None]
    changed: Callable[[Socket, bool], None]
    cursors: dict[int, int] = field(default_factory=dict)
    outbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    lost_at: float = 0.0
    hello_at: float = 0.0
    tries: int = 0
    _transport: asyncio.Transport | None = None
    _data: bytearray = field(default_factory=bytearray)
    _is_open: bool = False
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _chance: random.Random = field(default_factory=random.Random)

    async def run(self) -> None:
        """For ever."""
        while True:
            self._closed.clear()
            self._answered.clear()
            try:
                await self._once()
            finally:
                self.cut()
            self.tries += 1
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self.tries - 1, 6))
            await asyncio.sleep(wait * (0.5 + self._chance.random() / 2))

    async def _once(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CONNECT_SECONDS):
                await loop.create_connection(lambda: self, "127.0.0.1", self.port)
                await self._answered.wait()
            await self._closed.wait()

    def say(self, chat: int, client_id: str, body: str) -> None:
        """Say it now, and again until it is acknowledged."""
        words = {"t": "say", "chat": chat, "cid": client_id, "body": body}
        self.outbox[client_id] = words
        self._tell(words)

    def cut(self) -> None:
        """The line breaks."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to come in."""
        self._transport, self._is_open = cast(asyncio.Transport, transport), False
        self._data.clear()
        nonce = base64.b64encode(os.urandom(16)).decode("ascii")
        self._transport.write(
            f"GET {SOCKET_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\n"
            f"Sec-WebSocket-Protocol: {PROTOCOL}, {self.key}\r\n\r\n".encode("ascii")
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone, whoever ended it."""
        del exc
        if self.up.is_set():
            self.lost_at = time.monotonic()
        self.up.clear()
        self._transport = None
        self._answered.set()
        self._closed.set()

    def data_received(self, data: bytes) -> None:
        """Bytes from the server."""
        self._data += data
        if not self._is_open:
            head, end, rest = bytes(self._data).partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.cut()
                return
            self._is_open, self._data = True, bytearray(rest)
        for kind, body in frames(self._data):
            if kind == TEXT:
                self._words(json.loads(body))
            elif kind == PING and self._transport is not None:
                self._transport.write(masked(PONG, body))
            elif kind == CLOSE:
                self.cut()

    def _words(self, words: dict[str, Any]) -> None:
        if words["t"] == "hello":
            self._hello()
        elif words["t"] == "ack":
            self.outbox.pop(words["cid"], None)
            self.changed(self, False)
        elif words["t"] == "rows":
            self._rows(words)

    def _hello(self) -> None:
        self.up.set()
        self._answered.set()
        self.tries = 0
        self.hello_at = time.monotonic()
        self.changed(self, True)
        for chat, after in self.cursors.items():
            self._tell({"t": "from", "chat": chat, "after": after})
        for each in list(self.outbox.values()):
            self._tell(each)

    def _rows(self, words: dict[str, Any]) -> None:
        chat = words["chat"]
        if words["after"] > self.cursors[chat]:
            self._tell({"t": "from", "chat": chat, "after": self.cursors[chat]})
            return
        for row in words["rows"]:
            self.outbox.pop(row["cid"], None)
            self.heard(chat, row)
        self.cursors[chat] = max(self.cursors[chat], words["upto"])
        self.changed(self, False)

    def _tell(self, words: dict[str, Any]) -> None:
        if self.up.is_set() and self._transport is not None:
            self._transport.write(masked(TEXT, json.dumps(words).encode()))
