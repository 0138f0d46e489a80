"""The way from the web server to the sockets: a connection that asks for one changes hands.

waitress goes on serving every page as before; a request for SOCKET_PATH is taken out of its
hands with the bytes that came, before it reads them as a page.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer

SOCKET_PATH = "/chat/socket"
_BEGINS = f"GET {SOCKET_PATH}".encode()

Adopt = Callable[[socket.socket, bytes], None]


def channel_class(adopt: Adopt) -> type[HTTPChannel]:
    """A channel for waitress that hands sockets to `adopt`."""

    class ChatChannel(HTTPChannel):
        """Every connection begins as one of these."""

        def received(self, data: bytes) -> Any:
            """Bytes from a browser."""
            first = self.request is None and not self.requests
            if self.socket is None or not first or not data.startswith(_BEGINS):
                return super().received(data)
            self.del_channel()
            taken = socket.socket(fileno=self.socket.detach())
            taken.setblocking(False)
            self.connected = False
            self.will_close = False
            adopt(taken, data)
            return True

    return ChatChannel


def open_door(channels: dict[int, Any], adopt: Adopt) -> None:
    """Every listening server among waitress's channels hands sockets over from now on."""
    for each in list(channels.values()):
        if isinstance(each, BaseWSGIServer):
            each.channel_class = channel_class(adopt)
