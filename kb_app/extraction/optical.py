"""Optical reading by tesseract, where it is installed and wanted: a picture in, words out.

The program runs under limits of memory and processor time, with no environment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from kb_app.extraction.running import run

LAUNCH = (
    "import os, resource, sys; memory, seconds = int(sys.argv[1]), int(sys.argv[2]); "
    "resource.setrlimit(resource.RLIMIT_AS, (memory, memory)); "
    "resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds)); "
    "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
    "os.execve(sys.argv[3], sys.argv[3:], {'OMP_THREAD_LIMIT': '1'})"
)
LANGUAGES = ("chi_sim", "chi_tra", "eng")
ASK_SECONDS = 10
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class Optical:
    """Where tesseract is, which of its languages serve, and how much it may take."""

    program: str
    languages: str
    page_seconds: float = 30.0
    all_seconds: float = 150.0
    most_pages: int = 60
    memory_mb: int = 1024

    def pages(self, count: int) -> Iterator[int]:
        """The pages to read, as long as there is time."""
        until = time.monotonic() + self.all_seconds
        for page in range(1, min(count, self.most_pages) + 1):
            if time.monotonic() > until:
                return
            yield page

    def words(self, picture: Path) -> str:
        """The words in a picture file; empty when there are none or it cannot be read."""
        with picture.open("rb") as file:
            return self._words(file)

    def words_of(self, picture: bytes) -> str:
        """The words in a picture held in memory."""
        with tempfile.TemporaryFile() as file:
            file.write(picture)
            file.seek(0)
            return self._words(file)

    def _words(self, given: BinaryIO) -> str:
        memory, seconds = str(self.memory_mb * 1024 * 1024), str(int(self.page_seconds))
        launch = (sys.executable, "-I", "-S", "-c", LAUNCH, memory, seconds)
        asked = (self.program, "stdin", "stdout", "-l", self.languages)
        ran = run((*launch, *asked), given, self.page_seconds, MOST_BYTES)
        done = ran.code == 0 and not ran.late
        return ran.output.decode("utf-8", "replace") if done else ""


@lru_cache(maxsize=1)
def installed() -> Optical | None:
    """The tesseract of this machine with the languages it has; None when there is none."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    asked = subprocess.run(  # noqa: S603  the program that was just found
        [program, "--list-langs"], capture_output=True, text=True, timeout=ASK_SECONDS, check=False
    )
    present = set((asked.stdout + asked.stderr).split())
    known = [language for language in LANGUAGES if language in present]
    return Optical(program, "+".join(known)) if known else None
