"""How the reading child tells what it found: JSON lines, each asset's bytes after its line.

Shared by both sides of the sandbox; the parent believes nothing (see reading.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

MOST_FAULTS = 5_000


@dataclass
class Teller:
    """The child's mouth. An asset that was told before is not told again."""

    out: BinaryIO
    told: set[str] = field(default_factory=set)
    records: int = 0
    faults: int = 0

    def record(self, data: Mapping[str, Any]) -> None:
        """One article."""
        self.records += 1
        self._say({"record": data})

    def fault(self, where: str, code: str) -> None:
        """A part of the file that cannot be used, and why; the rest goes on."""
        self.faults += 1
        if self.faults <= MOST_FAULTS:
            self._say({"fault": {"where": where[:200], "code": code}})

    def remark(self, where: str, code: str) -> None:
        """Something that is missing from a part that is used all the same."""
        self.faults += 1
        if self.faults <= MOST_FAULTS:
            self._say({"fault": {"where": where[:200], "code": code, "minor": True}})

    def part(self, name: str, data: Any) -> None:
        """Something that is no article: trees, settings, the columns of a sheet."""
        self._say({"part": {"name": name, "data": data}})

    def asset(self, data: bytes) -> str:
        """The bytes of a picture or attachment; returns the key a record names them by."""
        key = hashlib.sha256(data).hexdigest()
        if key not in self.told:
            self.told.add(key)
            self._say({"asset": {"key": key, "size": len(data)}})
            self.out.write(data)
        return key

    def end(self, ending: str, reason: str = "") -> None:
        """The last line; without it the child counts as dead."""
        self._say({"end": ending, "reason": reason})
        self.out.flush()

    def _say(self, told: Mapping[str, Any]) -> None:
        self.out.write(json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n")
