"""Rendering with a clock: a process beside this one, killed when a text takes too long.

It is started with the first long text and stays; at most one text is in it at a time. After
one that had to be killed another is started at once, so that the next text finds it ready.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHUNK = 256 * 1024
START_SECONDS = 20.0
# With what starting and ending a process takes, a text of any kind is done within two.
SECONDS = 1.5


class RenderBusy(Exception):
    """Other texts kept the process busy all the time; another try may go well."""


@dataclass
class RenderProcess:
    """The process and the lock that lets one thread at a time talk to it."""

    seconds: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _process: subprocess.Popen[bytes] | None = None
    _is_ready: bool = False

    def html(self, text: str, embeds: tuple[str, ...]) -> str | None:
        """The HTML, or None when it took too long or could not be made; RenderBusy."""
        if not self._lock.acquire(timeout=self.seconds):
            raise RenderBusy
        try:
            process = self._running()
            answer = _ask(process, json.dumps([text, embeds]).encode() + b"\n", self.seconds)
            if answer is None:
                self._start()
                return None
            found: str | None = json.loads(answer)
            return found
        except (OSError, ValueError):
            self.close()
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process; the next text starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with process:
                pass

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, ready: what it takes to start does not count for the text."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._start()
        if not self._is_ready:
            _ask(process, b'["", []]\n', START_SECONDS)
            self._is_ready = True
        return process

    def _start(self) -> subprocess.Popen[bytes]:
        """Another process in place of the one there is; nobody waits for it yet."""
        self.close()
        self._is_ready = False
        self._process = subprocess.Popen(
            (sys.executable, "-m", "kb_app.render_child"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        return self._process


def _ask(process: subprocess.Popen[bytes], line: bytes, seconds: float) -> bytes | None:
    """Send a line and read one back before the time is over; None when there is none."""
    if process.stdin is None or process.stdout is None:
        return None
    until = time.monotonic() + seconds
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(line)
        process.stdin.flush()
    answer = bytearray()
    while not answer.endswith(b"\n"):
        left = until - time.monotonic()
        if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
            return None
        chunk = os.read(process.stdout.fileno(), CHUNK)
        if not chunk:
            return None
        answer += chunk
    return bytes(answer)


LONG_TEXTS = RenderProcess(SECONDS)
atexit.register(LONG_TEXTS.close)
