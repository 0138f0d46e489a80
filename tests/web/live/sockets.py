"""A small WebSocket client for the tests: says, listens, breaks off."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Request, TextMessage

WAIT_SECONDS = 8.0


class Line:
    """An open socket to a server on this machine."""

    def __init__(self, port: int, key: str) -> None:
        self.closed_with = 0
        self.heard: list[dict[str, Any]] = []
        self._ws = WSConnection(ConnectionType.CLIENT)
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=0.1)
        self._send(Request("127.0.0.1", "/chat/socket", subprotocols=["wenda.chat", key]))

    def say(self, **words: Any) -> None:
        """Tell the server something."""
        self._send(TextMessage(json.dumps(words)))

    def until(self, kind: str) -> dict[str, Any]:
        """The next message of this kind; everything heard is kept."""
        end = time.monotonic() + WAIT_SECONDS
        seen = 0
        while time.monotonic() < end:
            for words in self.heard[seen:]:
                if words["t"] == kind:
                    self.heard.remove(words)
                    return words
            seen = len(self.heard)
            if self.closed_with:
                break
            self._listen()
        raise AssertionError(f"no {kind!r} among {self.heard}, closed with {self.closed_with}")

    def until_closed(self) -> int:
        """The code the server closes with."""
        end = time.monotonic() + WAIT_SECONDS
        while not self.closed_with and time.monotonic() < end:
            self._listen()
        return self.closed_with

    def drop(self) -> None:
        """The line breaks."""
        self._socket.close()

    def _listen(self) -> None:
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return
        if not data:
            self.closed_with = self.closed_with or -1
            return
        self._ws.receive_data(data)
        for event in self._ws.events():
            if isinstance(event, TextMessage):
                self.heard.append(json.loads(event.data))
            elif isinstance(event, CloseConnection):
                self.closed_with = event.code

    def _send(self, event: Any) -> None:
        self._socket.sendall(self._ws.send(event))
