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
from typing import BinaryIO, Protocol

from kb_app.errors import FileTooLarge, InvalidInput
from kb_app.sniffing import HEAD_BYTES, sniff

CHUNK = 256 * 1024
DRAFT = "upload-"
GOING = "going-"
DRAFT_SECONDS = 24 * 3600
HASH_CHARS = 64
FAR_PART = 1024 * 1024
# What is larger is not fetched whole before its first byte is sent.
FETCHED = 16 * 1024 * 1024


@dataclass(frozen=True)
class Stored:
    """What was put away; `media_type` by its content."""

    sha256: str
    size: int
    media_type: str


class Store(Protocol):
    """Where files may lie: a folder, or a store far away with a folder as its memory."""

    def put(self, stream: BinaryIO, most: int) -> Stored:
        """Stream a file in, whole or not at all; FileTooLarge, InvalidInput, FilesAway."""

    def path(self, sha256: str) -> Path:
        """The bytes as a file of this machine; no file when they are nowhere."""

    def nearby(self, sha256: str) -> bool:
        """Whether `path` gives them at once."""

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Some of the bytes; FileNotFoundError."""

    def set_apart(self, sha256: str) -> None:
        """Out of reach, for whoever looks after the machine to judge."""

    def old_hashes(self, seconds: float) -> Iterator[str]:
        """What was put away longer ago than this."""

    def take_out(self, sha256: str) -> None:
        """Aside, before it is deleted; FileNotFoundError."""

    def put_back(self, sha256: str) -> None:
        """Undo `take_out`."""

    def forget(self, sha256: str) -> None:
        """Delete what was taken out."""

    def sweep(self) -> None:
        """Remove what killed processes left behind a day ago."""

    def check(self) -> None:
        """FilesAway or FileNotFoundError when it cannot be used."""


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

    def nearby(self, sha256: str) -> bool:
        """Whether it can be read without asking anybody; on a disk it always can."""
        return self.path(sha256).is_file()

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Some bytes of a file; FileNotFoundError."""
        with self.path(sha256).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def take_out(self, sha256: str) -> None:
        """Move a file aside before it is deleted; `put_back` undoes it, `forget` ends it."""
        self.path(sha256).replace(self._aside(sha256))

    def put_back(self, sha256: str) -> None:
        """Undo `take_out`; a file that came again meanwhile stays."""
        aside, target = self._aside(sha256), self.path(sha256)
        if target.is_file():
            aside.unlink()
        else:
            aside.replace(target)

    def forget(self, sha256: str) -> None:
        """Delete what was taken out."""
        self._aside(sha256).unlink(missing_ok=True)

    def check(self) -> None:
        """A disk needs no asking."""

    def _aside(self, sha256: str) -> Path:
        return self.folder / f"{GOING}{sha256}"

    def sweep(self) -> None:
        """Remove what uploads cut off by a killed process left behind a day ago."""
        for draft in self.folder.glob(f"{DRAFT}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                    draft.unlink()
        for aside in self.folder.glob(f"{GOING}*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - aside.stat().st_ctime > DRAFT_SECONDS:
                    self.put_back(aside.name.removeprefix(GOING))


@dataclass(frozen=True)
class FarFile:
    """A large file that is not on this machine, read in parts as it is sent."""

    store: Store
    sha256: str
    size: int

    def parts(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, a part at a time."""
        while start < stop:
            data = self.store.part(self.sha256, start, min(FAR_PART, stop - start))
            if not data:
                return
            start += len(data)
            yield data


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
