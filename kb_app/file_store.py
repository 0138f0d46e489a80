"""Where the bytes of files lie: once each, under their SHA-256, in the data folder.

Streams in, so that a file of any size costs a chunk of memory; a file appears whole or not
at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kb_app.errors import FileTooLarge, InvalidInput
from kb_app.sniffing import HEAD_BYTES, sniff

CHUNK = 256 * 1024
DRAFT = "upload-"
GOING = "going-"
DRAFT_SECONDS = 24 * 3600
HASH_CHARS = 64


@dataclass(frozen=True)
class Stored:
    """What was put away; `media_type` by its content."""

    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True)
class FileStore:
    """A folder of files; `quarantine` beside it holds what a virus scanner found."""

    folder: Path
    quarantine: Path

    def put(self, stream: BinaryIO, most: int) -> Stored:
        """Stream into a draft beside the store, then move it to its hash."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=DRAFT)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                stored = _copied(stream, file, most)
            target = self.path(stored.sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return stored

    def path(self, sha256: str) -> Path:
        """Where the bytes with this hash lie."""
        return self.folder / sha256[:2] / sha256

    def set_apart(self, sha256: str) -> None:
        """Move a file out of reach, for whoever looks after the machine to judge."""
        self.quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path(sha256).replace(self.quarantine / sha256)

    def old_hashes(self, seconds: float) -> Iterator[str]:
        """The files that were put away longer ago than this."""
        before = time.time() - seconds
        for path in self.folder.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                if len(path.name) == HASH_CHARS and path.stat().st_mtime < before:
                    yield path.name

    def take_out(self, sha256: str) -> Path:
        """Move a file aside before it is deleted; `put_back` undoes it."""
        aside = self.folder / f"{GOING}{sha256}"
        self.path(sha256).replace(aside)
        return aside

    def put_back(self, aside: Path) -> None:
        """Undo `take_out`; a file that came again meanwhile stays."""
        target = self.path(aside.name.removeprefix(GOING))
        if target.is_file():
            aside.unlink()
        else:
            aside.replace(target)

    def sweep(self) -> None:
        """Remove what uploads cut off by a killed process left behind a day ago."""
        for draft in self.folder.glob(f"{DRAFT}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                    draft.unlink()
        for aside in self.folder.glob(f"{GOING}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - aside.stat().st_ctime > DRAFT_SECONDS:
                    self.put_back(aside)


def _copied(stream: BinaryIO, file: BinaryIO, most: int) -> Stored:
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := stream.read(CHUNK):
        if len(head) < HEAD_BYTES:
            head += chunk[:HEAD_BYTES]
        size += len(chunk)
        if size > most:
            raise FileTooLarge(str(most))
        digest.update(chunk)
        file.write(chunk)
    if size == 0:
        raise InvalidInput("file", "empty")
    file.flush()
    os.fsync(file.fileno())
    return Stored(digest.hexdigest(), size, sniff(head))
