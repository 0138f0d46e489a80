"""Running a program that is not trusted: no environment, a clock, a measured output.

It gets one open file and one pipe, and is killed with all it started when its time is over.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 256 * 1024
GOODBYE_SECONDS = 5.0


@dataclass(frozen=True)
class Ran:
    """What a program said, its exit code (negative: the signal that ended it), and why we did."""

    output: bytes
    code: int
    late: bool = False
    talkative: bool = False


def run(command: tuple[str, ...], given: BinaryIO, seconds: float, most_bytes: int) -> Ran:
    """Run until it ends, `seconds` are over, or it says more than `most_bytes`."""
    process = subprocess.Popen(  # noqa: S603  a fixed program, no shell
        command,
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    with process:
        try:
            output, late, talkative = _listen(process, time.monotonic() + seconds, most_bytes)
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait(GOODBYE_SECONDS)
    return Ran(output, code, late, talkative)


def _listen(
    process: subprocess.Popen[bytes], deadline: float, most_bytes: int
) -> tuple[bytes, bool, bool]:
    """What it says until it closes its pipe; then it has until the deadline to end by itself."""
    pipe = process.stdout
    parts: list[bytes] = []
    size = 0
    while pipe is not None:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return b"".join(parts), True, False
        chunk = os.read(pipe.fileno(), CHUNK)
        if not chunk:
            break
        parts.append(chunk)
        size += len(chunk)
        if size > most_bytes:
            return b"", False, True
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return b"".join(parts), True, False
    return b"".join(parts), False, False
