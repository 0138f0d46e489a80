"""What a file is by its first bytes; a name or a browser's word for it counts for nothing."""

from __future__ import annotations

HEAD_BYTES = 4096
UNKNOWN = "application/octet-stream"
PDF = "application/pdf"
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
)
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
# The brands of ISO base media files browsers play; every other of the family is a download.
BRANDS = {
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"isom": "video/mp4",
    b"iso2": "video/mp4",
    b"iso4": "video/mp4",
    b"iso5": "video/mp4",
    b"iso6": "video/mp4",
    b"mp41": "video/mp4",
    b"mp42": "video/mp4",
    b"avc1": "video/mp4",
    b"dash": "video/mp4",
    b"MSNV": "video/mp4",
    b"M4V ": "video/mp4",
}
EBML = b"\x1a\x45\xdf\xa3"
FRAME_SYNC = 0xFF
MPEG_LAYER_3 = frozenset({0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3})
INLINE_KINDS = ("image/", "audio/", "video/")


def sniff(head: bytes) -> str:
    """The media type by content; everything unknown is plain bytes."""
    for signature, media_type in SIGNATURES:
        if head.startswith(signature):
            return media_type
    return _contained(head)


def _contained(head: bytes) -> str:
    """Families whose members are told apart a little further on, and bare MP3."""
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12], UNKNOWN)
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], UNKNOWN)
    if head.startswith(EBML):
        return "video/webm" if b"webm" in head[:64] else UNKNOWN
    if head.startswith(b"OggS"):
        return "video/ogg" if b"theora" in head[:512] else "audio/ogg"
    if len(head) > 1 and head[0] == FRAME_SYNC and head[1] in MPEG_LAYER_3:
        return "audio/mpeg"
    return UNKNOWN


def is_inline(media_type: str) -> bool:
    """Whether a browser may show it in place: pictures, sound, film and PDF, never text."""
    return media_type == PDF or media_type.startswith(INLINE_KINDS)
