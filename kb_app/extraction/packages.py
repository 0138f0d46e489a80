"""Zip files – office documents are such – unpacked into memory, never onto the disk.

What a header claims is not believed: bytes are counted as they come.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from kb_app.extraction.budget import Budget
from kb_app.extraction.limits import Fault, Refused

CHUNK = 64 * 1024
ENCRYPTED_FLAG = 0x1
UTF8_FLAG = 0x800


class Package:
    """One zip file; every member is read through the budget."""

    def __init__(self, source: BinaryIO, budget: Budget) -> None:
        self._budget = budget
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise Refused(Fault.BROKEN) from error
        if len(self._zip.infolist()) > budget.limits.members:
            raise Refused(Fault.BOMB)
        self._members = {info.filename: info for info in self._zip.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def names(self) -> list[str]:
        """The members that are files, in their order."""
        return [name for name, info in self._members.items() if not info.is_dir()]

    def is_encrypted(self, name: str) -> bool:
        """Whether a member cannot be read without a password."""
        return bool(self._members[name].flag_bits & ENCRYPTED_FLAG)

    def shown_name(self, name: str) -> str:
        """A member's name as its maker wrote it: Chinese Windows writes GBK without saying so."""
        if self._members[name].flag_bits & UTF8_FLAG:
            return name
        try:
            return name.encode("cp437").decode("gb18030")
        except UnicodeError:
            return name

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, piece by piece; nothing when there is no such member."""
        info = self._members.get(name)
        if info is None:
            return
        if self.is_encrypted(name):
            raise Refused(Fault.ENCRYPTED)
        whole = 0
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(CHUNK):
                    whole += len(chunk)
                    self._budget.inflate(len(chunk), info.compress_size, whole)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise Refused(Fault.BROKEN) from error
        except (ValueError, NotImplementedError) as error:
            raise Refused(Fault.BROKEN) from error

    def whole(self, name: str) -> bytes:
        """All bytes of a member; Refused when it is larger than a member may be."""
        parts, size = [], 0
        for chunk in self.chunks(name):
            size += len(chunk)
            if size > self._budget.limits.member:
                raise Refused(Fault.TOO_LARGE)
            parts.append(chunk)
        return b"".join(parts)
