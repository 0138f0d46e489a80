"""Small versions of pictures: drawn by the confined child when first asked for, and kept.

Readable by whoever may read the picture. Without Pillow, and for what is small already or
cannot be drawn, the picture itself.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from kb_app.errors import NotFound
from kb_app.extraction.limits import Limits
from kb_app.extraction.sandbox import Sandbox
from kb_app.files import readable_file, stored_path
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from models import Viewer, reading

SMALL, WIDE = 320, 1440
WIDTHS = frozenset({SMALL, WIDE})
MOVING = "image/gif"
PICTURES = frozenset({"image/png", "image/jpeg", MOVING, "image/webp"})
MADE = "image/webp"
DRAW_SECONDS = 10.0
PIXELS = 100_000_000
WAIT_SECONDS = 3.0
_drawing = threading.BoundedSemaphore(2)
_SHOWN = re.compile(
    r'(?P<linked><a\b[^>]*>\s*)?(?P<before><img\b[^>]*?\bsrc=")'
    r'(?P<whole>/files/(?P<id>\d{1,12})/[^"/]*\.(?:png|jpe?g|webp))(?P<after>"[^>]*>)',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Small:
    """What is sent: a small picture, or the file itself with its own kind."""

    path: Path
    media_type: str
    etag: str


def has_pillow() -> bool:
    """Whether pictures can be made small here."""
    return find_spec("PIL") is not None


def with_small_pictures(html: str) -> str:
    """Rendered HTML whose own pictures are no larger than a page shows; each leads to itself."""
    return _SHOWN.sub(_small, html)


def _small(found: re.Match[str]) -> str:
    picture = f"{found['before']}/files/{found['id']}/small/{WIDE}{found['after']}"
    if found["linked"]:
        return found["linked"] + picture
    return f'<a href="{found["whole"]}">{picture}</a>'


def thumbnail(ports: Ports, viewer: Viewer, attachment_id: int, width: int) -> Small:
    """The picture of a readable file, at most `width` wide; NotFound for what is no picture."""
    require(viewer, Permission.READ)
    with reading(ports.database) as session:
        row = readable_file(session, viewer, attachment_id)
    if width not in WIDTHS or not row.media_type.startswith("image/"):
        raise NotFound(str(attachment_id))
    source = stored_path(ports, row.sha256)
    if not source.is_file():
        raise NotFound(str(attachment_id))
    whole = Small(source, row.media_type, row.sha256)
    # In a text a moving picture moves; in a list it stands still.
    moves = row.media_type == MOVING and width == WIDE
    if row.media_type not in PICTURES or moves or not has_pillow():
        return whole
    kept = ports.config.previews_dir / row.sha256[:2] / f"{row.sha256}-w{width}.webp"
    if not kept.is_file() and not _draw(source, width, kept):
        return whole
    return Small(kept, MADE, f"{row.sha256}-{width}") if kept.stat().st_size else whole


def _draw(source: Path, width: int, kept: Path) -> bool:
    """Keep the drawing, empty when there is none, so that nobody draws it in vain again."""
    if not _drawing.acquire(timeout=WAIT_SECONDS):
        return False
    try:
        if not kept.is_file():
            limits = replace(Limits(), seconds=DRAW_SECONDS, pixels=PIXELS)
            _keep(kept, Sandbox(limits).thumbnail(source.absolute(), width))
    finally:
        _drawing.release()
    return True


def _keep(kept: Path, picture: bytes) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(picture)
    Path(draft).replace(kept)
