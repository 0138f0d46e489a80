"""Pictures by their first bytes: which files are such and how large; and rows made a PNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

PNG, JPEG, GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"
RIFF = b"RIFF"
PICTURES = (PNG, JPEG, GIF, b"BM", b"II*\x00", b"MM\x00*")
MARKER = 0xFF
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
FRAME_HEADER = 9
COLOURS = {1: 0, 3: 2, 4: 6}  # PNG colour type by channels


def pixels(head: bytes) -> int:
    """How many pixels a PNG, GIF or JPEG says it has; 0 when that cannot be told."""
    try:
        if head.startswith(PNG):
            return _area(struct.unpack(">II", head[16:24]))
        if head.startswith(GIF):
            return _area(struct.unpack("<HH", head[6:10]))
    except struct.error:
        return 0
    return _jpeg_pixels(head) if head.startswith(JPEG) else 0


def _area(sides: tuple[int, ...]) -> int:
    return sides[0] * sides[1]


def _jpeg_pixels(head: bytes) -> int:
    """Walks the segments up to the frame header; 0 when it lies beyond what was read."""
    at = len(JPEG) - 1
    while at + FRAME_HEADER <= len(head) and head[at] == MARKER:
        if head[at + 1] in FRAMES:
            return _area(struct.unpack(">HH", head[at + 5 : at + FRAME_HEADER]))
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return 0


def png(rows: Sequence[bytes], width: int, channels: int) -> bytes:
    """Rows of grey, RGB, RGBA or RGBx pixels as a PNG; the fourth byte of RGBx is dropped."""
    if channels == 4:  # noqa: PLR2004  PDFium pads a row's pixels, and none is transparent
        rows, channels = [_without_fourth(row) for row in rows], 3
    header = struct.pack(">IIBBBBB", width, len(rows), 8, COLOURS[channels], 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return PNG + b"".join(_chunk(name, data) for name, data in chunks)


def _without_fourth(row: bytes) -> bytes:
    kept = bytearray(len(row) // 4 * 3)
    for place in range(3):
        kept[place::3] = row[place::4]
    return bytes(kept)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
