"""A file to import as named members: those of a zip, or the file itself. Child side.

Names that climb out, are absolute, hold NUL or are too long are faults, not members.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from kb_app.extraction.budget import Budget
from kb_app.extraction.limits import Fault, Refused
from kb_app.extraction.office import main_part
from kb_app.extraction.packages import Package

LONGEST_NAME = 255
LONGEST_PATH = 1_000
IGNORED = frozenset({"__MACOSX", ".git", ".DS_Store", "Thumbs.db", "node_modules"})
ZIP = b"PK"


class Bundle:
    """The members of what was sent, by a clean path each."""

    def __init__(self, source: BinaryIO, name: str, budget: Budget) -> None:
        self.budget = budget
        self.name = name
        self.faults: list[tuple[str, str]] = []
        self._source = source
        self._package: Package | None = None
        self._members: dict[str, str] = {}
        source.seek(0)
        if source.read(2) == ZIP:
            package = Package(source, budget)
            if main_part(package) is None:
                self._package = package
                self._list(package)
                return
        self._members = {PurePosixPath(name).name or "file": ""}

    def _list(self, package: Package) -> None:
        for raw in package.names():
            shown = package.shown_name(raw).replace("\\", "/")
            code = _fault(shown)
            if code:
                self.faults.append((shown[:120].replace("\0", ""), code))
            elif package.is_encrypted(raw):
                self.faults.append((shown, Fault.ENCRYPTED))
            elif not IGNORED & set(PurePosixPath(shown).parts):
                self._members[posixpath.normpath(shown)] = raw

    @property
    def is_folder(self) -> bool:
        """Whether there are members beside one another."""
        return self._package is not None

    def __contains__(self, path: str) -> bool:
        return path in self._members

    def names(self, *endings: str) -> Iterator[str]:
        """The paths with one of these endings (all without), in order."""
        for path in sorted(self._members):
            if not endings or path.lower().endswith(endings):
                yield path

    def whole(self, path: str) -> bytes:
        """The bytes of a member; Refused when it is larger than one may be."""
        if self._package is not None:
            return self._package.whole(self._members[path])
        self._source.seek(0)
        data = self._source.read(self.budget.limits.member + 1)
        if len(data) > self.budget.limits.member:
            raise Refused(Fault.TOO_LARGE)
        return data

    def beside(self, path: str, link: str) -> str:
        """The member a link in `path` names; empty when it leads elsewhere."""
        try:
            parts = urlsplit(link)
        except ValueError:
            return ""
        if parts.scheme or parts.netloc or not parts.path:
            return ""
        plain = unquote(parts.path).replace("\\", "/")
        folder = "" if plain.startswith("/") else posixpath.dirname(path)
        found = posixpath.normpath(posixpath.join(folder, plain.lstrip("/")))
        return found if found in self._members else ""


def _fault(path: str) -> str:
    parts = PurePosixPath(path).parts
    if "\0" in path or not path.isprintable():
        return "bad_name"
    if path.startswith("/") or ".." in parts or (len(path) > 1 and path[1] == ":"):
        return "bad_path"
    if len(path) > LONGEST_PATH or any(len(part.encode()) > LONGEST_NAME for part in parts):
        return "long_name"
    return ""
