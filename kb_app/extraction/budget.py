"""What one reading has used of its limits, and the pieces of text it yields. Child side."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from indexer.passages import split
from kb_app.extraction.limits import Enough, Fault, Limits, Refused

PIECE_CHARS = 1_200
RATIO_FROM = 5_000_000
_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
_NOISE = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\u2028\u2029]")
_BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
_LINES = re.compile(r" ?\n\s*")
_LAID_OUT = re.compile(rf"(?<={_CJK}{{10}})\r?\n(?={_CJK})")
_SPACED = re.compile(rf"(?<={_CJK}) (?={_CJK})")
SPACED_SHARE = 0.3


@dataclass(frozen=True)
class Unit:
    """A stretch of text and where it stands: `kind` is page, slide, sheet or whole."""

    kind: str
    place: int
    text: str
    name: str = ""
    member: str = ""


@dataclass
class Budget:
    """Counts what a reading uses; every reader asks it before it goes on."""

    limits: Limits
    started: float = field(default_factory=time.monotonic)
    chars: int = 0
    places: int = 0
    inflated: int = 0
    pieces: int = 0
    at: tuple[str, int, str, str] | None = None

    def check_time(self) -> None:
        """Enough when a long file has had its time."""
        if time.monotonic() - self.started > self.limits.soft_seconds:
            raise Enough

    def inflate(self, out: int, packed: int, whole: int) -> None:
        """Count `out` more unpacked bytes of a member of `packed` bytes, `whole` so far."""
        self.inflated += out
        if whole > RATIO_FROM and whole > packed * self.limits.ratio:
            raise Refused(Fault.BOMB)
        if self.inflated > self.limits.inflated:
            raise Refused(Fault.BOMB)
        self.check_time()

    def cut(self, unit: Unit) -> Iterator[Unit]:
        """The unit tidied and in pieces; Enough once all the text allowed was yielded."""
        here = (unit.kind, unit.place, unit.name, unit.member)
        self.places += here != self.at
        self.at = here
        text = tidy(unit.text)
        left = self.limits.chars - self.chars
        full = len(text) > left
        for piece in split(text[:left], PIECE_CHARS, 0, self.limits.places) if text else ():
            if piece:
                self.chars += len(piece)
                self.pieces += 1
                yield replace(unit, text=piece)
        if full or self.places >= self.limits.places or self.pieces >= self.limits.places:
            raise Enough
        self.check_time()


def joined(text: str) -> str:
    """Lines that only a page's width broke, in one again: no word stands on two lines then."""
    return _LAID_OUT.sub("", text)


def tidy(text: str) -> str:
    """Without control and direction characters and blanks that say nothing."""
    text = _NOISE.sub("", _BREAKS.sub("\n", text))
    text = _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()
    # Letter-spaced headings of PDF ("安 装 手 册") are words to whoever searches.
    spaces = len(_SPACED.findall(text))
    return _SPACED.sub("", text) if spaces > SPACED_SHARE * len(text) else text
