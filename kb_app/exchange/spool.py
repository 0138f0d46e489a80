"""The folder of one run: what was sent, the records read from it, their files, the export made.

A name in it is a SHA-256 or one of ours, never what a file said.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from kb_app.ports import Ports


@dataclass(frozen=True)
class Spool:
    """Where one run's things lie."""

    folder: Path

    @property
    def source(self) -> Path:
        """The file as it was sent."""
        return self.folder / "source"

    @property
    def records(self) -> Path:
        """One JSON line an article; complete once it has this name."""
        return self.folder / "records.jsonl"

    @property
    def parts(self) -> Path:
        """What is no article: trees, settings, columns."""
        return self.folder / "parts.json"

    @property
    def product(self) -> Path:
        """The finished export."""
        return self.folder / "export.zip"

    def asset(self, key: str) -> Path:
        """The bytes with this hash."""
        return self.folder / "files" / key[:2] / key

    def make(self) -> None:
        """An empty folder."""
        self.folder.mkdir(parents=True, exist_ok=True)

    def forget_reading(self) -> None:
        """Remove what was read, keep what was sent."""
        self.records.unlink(missing_ok=True)
        self.parts.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "files", ignore_errors=True)

    def remove(self) -> None:
        """Remove it all; harmless when it is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)


def spool(ports: Ports, folder: str) -> Spool:
    """The place of the run whose folder has this name (made by us: letters and digits)."""
    return Spool(ports.config.data_dir / "exchange" / folder)
