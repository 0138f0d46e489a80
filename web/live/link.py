"""One open socket: WebSocket frames in, commands out; knows nothing of chats.

What a browser sends is bounded in size and in pace; a reader too slow for what it is sent is cut
off and comes back for the rest. No line outlives its goodbye by more than FLUSH_SECONDS.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Protocol, cast

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from web.live.keys import Who

LONGEST_FRAME = 32 * 1024
MOST_WAITING = 1024 * 1024
# A customer's page says little; who says more is sent away and may come back.
MOST_AT_ONCE = 200
PER_SECOND = 20.0
FLUSH_SECONDS = 5.0
GREETING_SECONDS = 10.0
# Named first in the handshake; the key comes second, so that no log of addresses has it.
PROTOCOL = "wenda.chat"
GOING_AWAY, TOO_BIG, TRY_LATER, NOT_YOU = 1001, 1009, 1013, 4401


class Keeper(Protocol):
    """Who looks after the sockets."""

    def arrived(self, link: Link, key: str) -> None:
        """A socket asks to come in."""

    def told(self, link: Link, words: dict[str, Any]) -> None:
        """A socket that is in says something."""

    def gone(self, link: Link) -> None:
        """A socket is closed."""


class Link(asyncio.Protocol):
    """A connection; `who` is known once it may come in, `cursors` what it has seen of each chat."""

    def __init__(self, keeper: Keeper) -> None:
        self.who: Who | None = None
        self.cursors: dict[int, int] = {}
        self.heard_at = time.monotonic()
        self.peer, self.forwarded, self.address = "", "", ""
        self._keeper = keeper
        self._ws = WSConnection(ConnectionType.SERVER)
        self._transport: asyncio.Transport | None = None
        self._has_asked = False
        self._parts: list[str] = []
        self._size = 0
        self._left, self._left_at = float(MOST_AT_ONCE), self.heard_at

    @property
    def is_open(self) -> bool:
        """Whether anything said would reach anybody."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line stands; who does not say what they want soon is cut off."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if isinstance(peer, tuple) else ""
        asyncio.get_running_loop().call_later(GREETING_SECONDS, self._greeted)

    def _greeted(self) -> None:
        # Who has asked and waits for us is not to blame: after a restart all come at once.
        if not self._has_asked:
            self._drop()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone."""
        del exc
        self._transport = None
        self._keeper.gone(self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the browser."""
        self.heard_at = time.monotonic()
        try:
            self._ws.receive_data(data)
            for event in self._ws.events():
                self._handle(event)
        except (RemoteProtocolError, LocalProtocolError):
            self._drop()

    def welcome(self, who: Who) -> None:
        """Let it in."""
        self.who = who
        self._send(AcceptConnection(subprotocol=PROTOCOL))

    def refuse(self, code: int = NOT_YOU) -> None:
        """It may not come in: after the handshake, so that the page learns why."""
        self.who = None
        self._send(AcceptConnection(subprotocol=PROTOCOL))
        self.close(code)

    def say(self, words: dict[str, Any]) -> None:
        """A message to the page."""
        self.say_text(json.dumps(words, ensure_ascii=False, separators=(",", ":")))

    def say_text(self, text: str) -> None:
        """A message that is JSON already."""
        self._send(TextMessage(text))

    def ping(self) -> None:
        """Is anybody there?"""
        self._send(Ping())

    def close(self, code: int = GOING_AWAY) -> None:
        """Say goodbye."""
        self._send(CloseConnection(code))
        self._drop()

    def _drop(self) -> None:
        """Whoever does not take the last words in time does not get them."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._transport.abort)

    def _send(self, event: Event) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MOST_WAITING:
            # Nobody reads; a goodbye would wait behind all the rest.
            self._transport.abort()
            return
        try:
            self._transport.write(self._ws.send(event))
        except LocalProtocolError:
            self._drop()

    def _handle(self, event: Event) -> None:
        if isinstance(event, Request):
            self._arrive(event)
        elif isinstance(event, TextMessage):
            self._read(event)
        elif isinstance(event, Ping):
            self._send(event.response())
        elif isinstance(event, CloseConnection):
            self._send(event.response())
            self._drop()
        elif isinstance(event, RejectConnection):
            self._drop()

    def _arrive(self, event: Request) -> None:
        if len(event.subprotocols) != len((PROTOCOL, "key")) or event.subprotocols[0] != PROTOCOL:
            self._drop()
            return
        self._has_asked = True
        names = {name.lower(): value for name, value in event.extra_headers}
        self.forwarded = names.get(b"x-forwarded-for", b"").decode("latin-1")
        self._keeper.arrived(self, event.subprotocols[1])

    def _read(self, event: TextMessage) -> None:
        # Empty pieces count as well.
        self._size += len(event.data) + 1
        if self._size > LONGEST_FRAME:
            self.close(TOO_BIG)
            return
        self._parts.append(event.data)
        if not event.message_finished:
            return
        text, self._parts, self._size = "".join(self._parts), [], 0
        if not self._in_pace():
            self.close(TRY_LATER)
            return
        try:
            words = json.loads(text)
        except (ValueError, RecursionError):
            words = None
        if self.is_open and self.who is not None and isinstance(words, dict):
            self._keeper.told(self, words)

    def _in_pace(self) -> bool:
        """Staff follow many chats and are known; everybody else has so much and then so little."""
        now = time.monotonic()
        grown = self._left + (now - self._left_at) * PER_SECOND
        self._left, self._left_at = min(grown, float(MOST_AT_ONCE)) - 1, now
        return self._left >= 0 or (self.who is not None and self.who.is_staff)
