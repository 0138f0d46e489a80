"""Asking a virus scanner (clamd) about a file, by its own protocol over a socket.

The file is streamed (INSTREAM), never named; whatever keeps the scanner from answering in
time is an error, not a clean file.
"""

from __future__ import annotations

import re
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

from kb_app.errors import ScannerAway

CHUNK = 256 * 1024
CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 60.0
LONGEST_ANSWER = 4096
CLAMD_PORT = 3310
_FOUND = re.compile(r"^stream: (.+) FOUND$")
CLEAN = "stream: OK"


def scan(address: str, path: Path) -> str:
    """The name of what was found, empty for a clean file; ScannerAway without an answer.

    `address` is `unix:/run/clamav/clamd.ctl` or `tcp://host:port`.
    """
    try:
        with _connected(address) as line, path.open("rb") as file:
            line.settimeout(ANSWER_SECONDS)
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                line.sendall(struct.pack(">I", len(chunk)) + chunk)
            line.sendall(struct.pack(">I", 0))
            answer = _answer(line)
    except OSError as error:
        raise ScannerAway(type(error).__name__) from error
    found = _FOUND.match(answer)
    if found:
        return found[1][:200]
    if answer != CLEAN:
        raise ScannerAway(answer[:200])
    return ""


def _connected(address: str) -> socket.socket:
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(CONNECT_SECONDS)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    parts = urlsplit(address)
    return socket.create_connection(
        (parts.hostname or "", parts.port or CLAMD_PORT), CONNECT_SECONDS
    )


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        chunk = line.recv(LONGEST_ANSWER)
        if not chunk:
            break
        said += chunk
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
