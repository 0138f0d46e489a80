"""Having a file read: the confined child says what it found, and it is written down here.

Nothing the child says is believed: sizes are counted, hashes are checked, and whatever it
does – dies, hangs, lies, floods – costs this one run and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from kb_app.exchange.spool import Spool
from kb_app.extraction.limits import Fault, Limits

ROOT = Path(__file__).resolve().parents[2]
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from kb_app.exchange.child import main; main()"
PROGRAM = (sys.executable, "-I", "-B", "-X", "utf8", "-c", BOOT, str(ROOT))
CHUNK = 1024 * 1024
LONGEST_LINE = 12_000_000
MOST_FAULTS = 1_000
MOST_PARTS = 8
LIMITS = Limits(
    seconds=900.0,
    soft_seconds=840.0,
    memory_mb=1536,
    chars=20_000_000,
    inflated=8_000_000_000,
    member=200_000_000,
    members=200_000,
)
MOST_WRITTEN = 10_000_000_000


@dataclass(frozen=True)
class Task:
    """What to read: the format, the name as it was sent, and the format's options."""

    file_format: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Findings:
    """What was found; `reason` is empty unless the file could not be read at all."""

    records: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    refused: int = 0
    parts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


class _Broken(Exception):
    """The child said what no child of ours says, or ended too early."""


def read(place: Spool, task: Task, beat: Callable[[int], None] | None = None) -> Findings:
    """Read the run's source into its spool; never raises for anything in the file."""
    place.forget_reading()
    findings = Findings()
    told = {**asdict(task), "format": task.file_format, "limits": asdict(LIMITS)}
    command = (*PROGRAM, json.dumps({**told, "options": dict(task.options)}, ensure_ascii=True))
    draft = place.folder / "records.part"
    with place.source.open("rb") as source, draft.open("wb") as records:
        process = subprocess.Popen(  # noqa: S603  a fixed program, no shell
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        try:
            with process:
                try:
                    _Listener(place, findings, records, _pipe(process)).listen(beat)
                finally:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(process.pid, signal.SIGKILL)
        except (_Broken, ValueError, KeyError, TypeError, RecursionError):
            late = process.returncode in {-signal.SIGXCPU, -signal.SIGALRM}
            findings.reason = Fault.TIMEOUT if late else findings.reason or Fault.CRASHED
    if findings.reason:
        draft.unlink()
        return findings
    place.parts.write_text(json.dumps(findings.parts), encoding="utf-8")
    draft.replace(place.records)
    return findings


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdout is None:
        raise _Broken
    return process.stdout


@dataclass
class _Listener:
    place: Spool
    findings: Findings
    records: BinaryIO
    pipe: IO[bytes]
    buffer: bytearray = field(default_factory=bytearray)
    taken: int = 0
    deadline: float = field(default_factory=lambda: time.monotonic() + LIMITS.seconds)

    def listen(self, beat: Callable[[int], None] | None) -> None:
        """Until the last line; `beat` hears now and then how many records there are."""
        while True:
            told = json.loads(self._line())
            if "end" in told:
                self.findings.reason = str(told.get("reason", ""))[:60]
                return
            self._take(told)
            if beat is not None and self.findings.records % 200 == 0:
                beat(self.findings.records)

    def _take(self, told: dict[str, Any]) -> None:
        if "record" in told:
            self.findings.records += 1
            self.records.write(
                json.dumps(told["record"], ensure_ascii=False).encode("utf-8", "replace") + b"\n"
            )
        elif "asset" in told:
            self._asset(str(told["asset"]["key"]), int(told["asset"]["size"]))
        elif "fault" in told:
            fault = told["fault"]
            self.findings.refused += fault.get("minor") is not True
            if len(self.findings.faults) < MOST_FAULTS:
                self.findings.faults.append((str(fault["where"])[:200], str(fault["code"])[:40]))
        else:
            self.findings.parts[str(told["part"]["name"])[:20]] = told["part"]["data"]
            if len(self.findings.parts) > MOST_PARTS:
                raise _Broken

    def _asset(self, key: str, size: int) -> None:
        """Written aside under the hash of what really came."""
        if not 0 <= size <= LIMITS.member:
            raise _Broken
        digest = hashlib.sha256()
        draft = self.place.folder / "asset.part"
        with draft.open("wb") as file:
            while size:
                piece = self._some(min(size, CHUNK))
                digest.update(piece)
                file.write(piece)
                size -= len(piece)
        if digest.hexdigest() != key:
            raise _Broken
        target = self.place.asset(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(target)

    def _line(self) -> bytes:
        searched = 0
        while (end := self.buffer.find(b"\n", searched)) < 0:
            searched = len(self.buffer)
            if searched > LONGEST_LINE:
                raise _Broken
            self._more()
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        return line

    def _some(self, most: int) -> bytes:
        if not self.buffer:
            self._more()
        piece = bytes(self.buffer[:most])
        del self.buffer[: len(piece)]
        return piece

    def _more(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0 or not select.select([self.pipe], [], [], left)[0]:
            self.findings.reason = Fault.TIMEOUT
            raise _Broken
        chunk = os.read(self.pipe.fileno(), CHUNK)
        self.taken += len(chunk)
        if not chunk:
            raise _Broken
        if self.taken > MOST_WRITTEN:
            self.findings.reason = Fault.BOMB
            raise _Broken
        self.buffer += chunk
