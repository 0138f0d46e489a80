"""A receiver that draws out the TLS handshake gets no more time than any other (X1, T7)."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from ticket_bridge import webhook_call
from ticket_bridge.webhook_call import Call, CallCode, CallFault, Limits, call


def _dripping(listener: socket.socket, over: threading.Event) -> None:
    """The head of a long handshake record, then a byte of it now and then."""
    line, _address = listener.accept()
    with line:
        line.recv(4096)
        try:
            line.sendall(b"\x16\x03\x03\x20\x00")
            while not over.wait(0.1):
                line.sendall(b"\x00")
        except OSError:
            return


def test_a_drawn_out_handshake_is_cut() -> None:
    over = threading.Event()
    limits = Limits(webhook_call.networks("127.0.0.0/8"), connect_seconds=2, total_seconds=0.5)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        drip = threading.Thread(target=_dripping, args=(listener, over), daemon=True)
        drip.start()
        stop = threading.Timer(4, over.set)
        stop.start()
        began = time.monotonic()
        try:
            with pytest.raises(CallFault) as caught:
                call(Call(f"https://127.0.0.1:{listener.getsockname()[1]}/"), limits)
        finally:
            stop.cancel()
            over.set()
            drip.join(2)
    assert caught.value.code is CallCode.TIMEOUT
    assert time.monotonic() - began < 2
