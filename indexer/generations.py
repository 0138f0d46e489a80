"""Folders of index generations: `gen-<n>` each, the file CURRENT names the live one.

The pointer is swapped atomically, so a kill at any moment leaves a whole generation live.
POSIX only (flock).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "gen-"
SUSPECT = "suspect"


class GenerationError(OSError):
    """There is no live generation, or another rebuild is at work."""


class Generations:
    """The generations in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, generation: str) -> Path:
        """Where a generation lies."""
        return self._folder / generation

    def current(self) -> str:
        """The live generation's name; OSError when there is none."""
        name = (self._folder / "CURRENT").read_text(encoding="utf-8", errors="replace").strip()
        if not name.removeprefix(PREFIX).isdigit():
            raise GenerationError(f"CURRENT names no generation: {name[:40]!r}")
        return name

    def stamp(self, generation: str) -> tuple[int, int]:
        """Changes whenever a commit does."""
        state = (self._folder / generation / "meta.json").stat()
        return state.st_mtime_ns, state.st_ino

    def identity(self) -> str:
        """What the live generation was built with."""
        return (self.path(self.current()) / "identity").read_text(encoding="utf-8")

    @contextmanager
    def building(self) -> Iterator[Path]:
        """An empty folder for the next generation; only one is built at a time."""
        with open(self._folder / "rebuild.lock", "w", encoding="ascii") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise GenerationError("a rebuild is already running") from None
            fresh = self._fresh()
            try:
                yield fresh
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise

    def swap(self, fresh: Path, identity: str) -> None:
        """Make a built generation the live one."""
        _write(fresh / "identity", identity)
        pointer = self._folder / "CURRENT.new"
        _write(pointer, fresh.name)
        os.replace(pointer, self._folder / "CURRENT")
        self.trust()

    def suspect(self) -> None:
        """Note for every process that the live generation could not be read."""
        with contextlib.suppress(OSError):
            (self._folder / SUSPECT).touch()

    def suspected(self) -> bool:
        """Whether somebody could not read it and nobody has looked since."""
        return (self._folder / SUSPECT).exists()

    def trust(self) -> None:
        """Take the note back: it was looked at and is whole."""
        with contextlib.suppress(OSError):
            (self._folder / SUSPECT).unlink(missing_ok=True)

    def _fresh(self) -> Path:
        """The next number's folder; of the older generations only the live one is kept."""
        try:
            live = self.current()
        except OSError:
            live = ""
        numbers = [0]
        for folder in self._folder.glob(f"{PREFIX}*"):
            number = folder.name.removeprefix(PREFIX)
            numbers.append(int(number) if number.isdigit() else 0)
            if folder.name != live:
                shutil.rmtree(folder, ignore_errors=True)
        fresh = self._folder / f"{PREFIX}{max(numbers) + 1}"
        fresh.mkdir()
        return fresh


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
