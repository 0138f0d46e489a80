"""Pictures by their first bytes: which files are such, and how large they say they are."""

from __future__ import annotations

import struct

PNG, JPEG, GIF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8"
PICTURES = (PNG, JPEG, GIF, b"BM", b"II*\x00", b"MM\x00*")
MARKER = 0xFF
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
FRAME_HEADER = 9


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
