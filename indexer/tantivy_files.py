"""The files of a tantivy index looked at without the engine: is each whole, byte for byte?

Every file ends with a footer that holds the checksum of what stands before it. A lock or a
deletion that is just being replaced is not a fault; reading 1 GB takes about two seconds.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

MAGIC = 1337
TAIL = struct.Struct("<II")
CHUNK = 1 << 20
LONGEST_FOOTER = 4096


def damaged_file(folder: Path) -> str:
    """The name of the first file of the live segments that is not whole; '' when all are.

    OSError and ValueError when not even the list of segments can be read.
    """
    for name in _live_files(folder):
        try:
            whole = _is_whole(folder / name)
        except FileNotFoundError:
            whole = name not in _live_files(folder)
        if not whole:
            return name
    return ""


def _live_files(folder: Path) -> list[str]:
    meta = json.loads((folder / "meta.json").read_bytes())
    segments = [str(part["segment_id"]).replace("-", "") for part in meta["segments"]]
    return sorted(path.name for one in segments for path in folder.glob(f"{one}*"))


def _is_whole(path: Path) -> bool:
    """Whether the body of a file has the checksum that its footer tells."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - TAIL.size))
        tail = file.read(TAIL.size)
        if len(tail) < TAIL.size:
            return False
        length, magic = TAIL.unpack(tail)
        body = size - TAIL.size - length
        if magic != MAGIC or length > LONGEST_FOOTER or body < 0:
            return False
        file.seek(body)
        told = _told(file.read(length))
        file.seek(0)
        found = 0
        while body > 0:
            chunk = file.read(min(CHUNK, body))
            if not chunk:
                return False
            found, body = zlib.crc32(chunk, found), body - len(chunk)
    return found == told


def _told(footer: bytes) -> int:
    try:
        return int(json.loads(footer)["crc"])
    except (ValueError, KeyError, TypeError):
        return -1
