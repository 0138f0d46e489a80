"""The door to reading files: a path goes in, pieces of text or a reason come out.

The file is opened by a child that gave up every power first (confine.py). Whatever the
child does – dies, hangs, lies, floods – costs this one reading and nothing else.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kb_app.extraction.limits import Fault, Limits, Skip
from kb_app.extraction.optical import Optical
from kb_app.extraction.pictures import PNG, RIFF
from kb_app.extraction.running import Ran, run
from kb_app.typed_text import clean, clean_line
from models import FileState, PlaceKind

ROOT = Path(__file__).resolve().parents[2]
BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from kb_app.extraction.child import main; main()"
)
OVERHEAD = 6  # JSON spells a character in six bytes at worst
LONGEST_NAME, LONGEST_MEMBER, LONGEST_PIECE = 120, 200, 8_000
MOST_PLACE = 10**6
READER, OPTICAL = "1", "+ocr"


@dataclass(frozen=True)
class Piece:
    """A stretch of text and where it stands."""

    kind: PlaceKind
    place: int
    text: str
    name: str = ""
    member: str = ""


@dataclass(frozen=True)
class Reading:
    """What became of reading a file; `reason` is a Fault or a Skip when there is no text."""

    state: FileState
    reason: str = ""
    pieces: tuple[Piece, ...] = ()
    places: int = 0
    cut: bool = False
    confined: bool = False


@dataclass(frozen=True)
class Sandbox:
    """How files are read here; `optical` None leaves pictures of text unread."""

    limits: Limits = field(default_factory=Limits)
    optical: Optical | None = None
    program: tuple[str, ...] = (sys.executable, "-I", "-B", "-X", "utf8", "-c", BOOT, str(ROOT))

    @property
    def version(self) -> str:
        """Changes when readers are better than before; what an older one read is read again."""
        return READER + OPTICAL if self.optical else READER

    def read(self, path: Path, name: str) -> Reading:
        """Read a file; never raises for anything in it."""
        try:
            with path.open("rb") as file:
                most = self.limits.chars * OVERHEAD + self.limits.places * 2_000
                ran = run(self._command(name=name), file, self.limits.seconds, most)
        except OSError:
            return Reading(FileState.FAILED, Fault.MISSING)
        found, pixels = _understood(ran)
        if self.optical is None:
            return found
        if found.state is FileState.EMPTY and found.places:
            return self._optical_pages(self.optical, path, found)
        if found.reason == Skip.PICTURE and 0 < pixels <= self.limits.pixels:
            return _seen((("whole", 0, self.optical.words(path)),), found)
        return found

    def page(self, path: Path, page: int, width: int) -> bytes:
        """A page of a PDF as a PNG of this width; empty when it cannot be drawn."""
        drawn = self._drawn(path, page=page, width=width)
        return drawn if drawn.startswith(PNG) else b""

    def thumbnail(self, path: Path, width: int) -> bytes:
        """A picture as a WebP of this width; empty when it is no wider or cannot be drawn."""
        drawn = self._drawn(path, thumbnail=width)
        return drawn if drawn.startswith(RIFF) else b""

    def _drawn(self, path: Path, **task: int) -> bytes:
        try:
            with path.open("rb") as file:
                most = self.limits.pixels * 4
                ran = run(self._command(**task), file, self.limits.seconds, most)
        except OSError:
            return b""
        return ran.output if ran.code == 0 and not ran.late else b""

    def _command(self, **task: Any) -> tuple[str, ...]:
        told = {"name": "", "limits": asdict(self.limits), **task}
        return (*self.program, json.dumps(told, ensure_ascii=True))

    def _optical_pages(self, optical: Optical, path: Path, found: Reading) -> Reading:
        """The pages of a PDF without text, each drawn by a child of its own."""
        seen = []
        for page in optical.pages(found.places):
            with path.open("rb") as file:
                ran = run(
                    self._command(picture=page), file, self.limits.seconds, self.limits.pixels * 2
                )
            seen.append(("page", page, optical.words_of(ran.output) if ran.output else ""))
        return _seen(seen, found)


def _seen(pages: Iterable[tuple[str, int, str]], found: Reading) -> Reading:
    pieces = tuple(
        Piece(PlaceKind(kind), place, text[:LONGEST_PIECE])
        for kind, place, text in pages
        if text.strip()
    )
    state = FileState.DONE if pieces else FileState.EMPTY
    return Reading(state, "", pieces, max(found.places, 1), confined=found.confined)


def _understood(ran: Ran) -> tuple[Reading, int]:
    """The child's words, not believed: what is malformed counts as a crash. And pixels."""
    if ran.late or ran.code in {-signal.SIGXCPU, -signal.SIGALRM}:
        return Reading(FileState.FAILED, Fault.TIMEOUT), 0
    if ran.talkative:
        return Reading(FileState.FAILED, Fault.BOMB), 0
    try:
        *told, ending = [json.loads(line) for line in ran.output.splitlines()]
        if ran.code != 0 or not isinstance(ending, dict) or "end" not in ending:
            raise ValueError("no ending")
        pieces = tuple(piece for one in told if (piece := _piece(one)).text)
        return _reading(ending, pieces), int(ending.get("pixels", 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        fault = Fault.TIMEOUT if ran.code == -signal.SIGKILL else Fault.CRASHED
        return Reading(FileState.FAILED, fault), 0


def _reading(ending: dict[str, Any], pieces: tuple[Piece, ...]) -> Reading:
    confined = bool(ending.get("confined"))
    if ending["end"] == "failed":
        return Reading(FileState.FAILED, Fault(ending["reason"]), confined=confined)
    if ending["end"] == "skipped":
        return Reading(FileState.SKIPPED, Skip(ending["reason"]), confined=confined)
    places = min(max(0, int(ending["places"])), MOST_PLACE)
    state = FileState.DONE if pieces else FileState.EMPTY
    return Reading(state, "", pieces, places, bool(ending["cut"]), confined)


def _piece(told: dict[str, Any]) -> Piece:
    return Piece(
        PlaceKind(told["kind"]),
        min(max(0, int(told["place"])), MOST_PLACE),
        clean(str(told["text"]))[:LONGEST_PIECE],
        _label(told["name"])[:LONGEST_NAME],
        _label(told["member"])[:LONGEST_MEMBER],
    )


def _label(text: object) -> str:
    """A name out of a file, on one line, without characters that turn or hide others."""
    return "".join(char for char in clean_line(str(text)) if char.isprintable())
