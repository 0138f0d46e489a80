"""Outlook's winmail.dat: the files and the plain text in it. Pure, total.

Attachments and their names, as TNEF has them; message properties and compressed RTF are left.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ticket_bridge.mail.charsets import decode
from ticket_bridge.mail.headers import visible

SIGNATURE = 0x223E9F78
BODY, TITLE, DATA, RENDER = 0x800C, 0x8010, 0x800F, 0x9002
MOST = 50


def unpack(data: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """(text, [(filename, content)]); nothing when it is not TNEF. Stops where it is broken."""
    text, files, name, content = "", [], "", b""
    for kind, value in _attributes(data):
        if kind == BODY:
            text = decode(value.rstrip(b"\0"))[0]
        elif kind == RENDER:
            if content:
                files.append((name, content))
            name, content = "", b""
        elif kind == TITLE:
            name = visible(decode(value.rstrip(b"\0"))[0])[:150]
        elif kind == DATA:
            content = value
    if content:
        files.append((name, content))
    return text, files[:MOST]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:  # noqa: PLR2004
        return
    place = 6
    while place + 9 <= len(data):
        _level, kind, _type, size = struct.unpack_from("<BHHI", data, place)
        end = place + 9 + size
        if end + 2 > len(data):
            return
        yield kind, data[place + 9 : end]
        place = end + 2
