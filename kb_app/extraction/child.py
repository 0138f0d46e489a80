"""The child process: a file on standard input, its text on standard output, a line a piece.

Run by sandbox.py alone. The last line says how it ended; what is not said did not happen.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from kb_app.extraction import decoding, kinds, pdf, pictures, thumbnails
from kb_app.extraction.budget import Budget
from kb_app.extraction.confine import confine
from kb_app.extraction.limits import Enough, Fault, Limits, NotText, Refused

PICTURE_HEAD = 1_000_000


def main() -> None:
    """Confine, then read; the task is one argument of JSON."""
    task = json.loads(sys.argv[-1])
    limits = Limits(**task["limits"])
    decoding.preload()
    platform.machine()
    draws = bool(task.get("thumbnail")) and thumbnails.preload()
    confined = confine(int(limits.seconds), limits.memory_mb)
    with open(0, "rb", closefd=False) as source:
        budget = Budget(limits)
        if small := task.get("thumbnail", 0):
            sys.stdout.buffer.write(_thumbnail(source, small, limits.pixels) if draws else b"")
        elif width := task.get("width", 0):
            sys.stdout.buffer.write(_preview(source, task["page"], width, limits.pixels))
        elif page := task.get("picture", 0):
            sys.stdout.buffer.write(_picture(source, page, limits.pixels))
        else:
            ending = _text(source, task["name"], budget)
            _say({**ending, "places": budget.places, "confined": confined})
    sys.stdout.flush()


def _text(source: BinaryIO, name: str, budget: Budget) -> dict[str, Any]:
    try:
        for unit in kinds.read(source, name, budget):
            for piece in budget.cut(unit):
                _say(piece.__dict__)
    except Enough:
        return {"end": "done", "cut": True}
    except NotText as found:
        return {"end": "skipped", "reason": found.skip, "pixels": _pixels(source)}
    except Refused as refused:
        return {"end": "failed", "reason": refused.fault}
    except (MemoryError, RecursionError):
        return {"end": "failed", "reason": Fault.TOO_LARGE}
    return {"end": "done", "cut": False}


def _pixels(source: BinaryIO) -> int:
    source.seek(0)
    return pictures.pixels(source.read(PICTURE_HEAD))


def _picture(source: BinaryIO, page: int, most: int) -> bytes:
    """A page of a PDF as a picture; nothing when it cannot be had."""
    try:
        return pdf.picture(source, page, most)
    except (Refused, MemoryError):
        return b""


def _preview(source: BinaryIO, page: int, width: int, most: int) -> bytes:
    """A page of a PDF for people to look at; nothing when it cannot be had."""
    try:
        return pdf.preview(source, page, width, most)
    except (Refused, MemoryError):
        return b""


def _thumbnail(source: BinaryIO, width: int, most: int) -> bytes:
    """A picture made small; nothing when it cannot be, or is small already."""
    try:
        return thumbnails.thumbnail(source, width, most)
    except (MemoryError, RecursionError):
        return b""


def _say(told: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n")


if __name__ == "__main__":
    main()
