"""What a search made of the text it was given: plain values, nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """Why a stretch of the typed text was read as something else."""

    PINYIN = "pinyin"
    INITIALS = "initials"
    HOMOPHONE = "homophone"
    LOOKALIKE = "lookalike"
    SLIP = "slip"
    SPELLING = "spelling"


@dataclass(frozen=True)
class Change:
    """`original[start:end]` is `typed`; it was, or might be, meant as `taken`."""

    start: int
    end: int
    typed: str
    taken: str
    kind: ChangeKind


@dataclass(frozen=True)
class Understanding:
    """How a text was read.

    `searched` is the whole text with all changes made. When `certain`, the search was made
    with it; otherwise with the `original`, and `searched` is only worth offering. `also`
    holds other readings, which may be searched with little weight.
    """

    original: str
    searched: str
    changes: tuple[Change, ...] = ()
    certain: bool = True
    also: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was read differently from what was typed."""
        return bool(self.changes)

    @property
    def asked(self) -> str:
        """The text that the search really used."""
        return self.searched if self.certain else self.original


def as_typed(text: str) -> Understanding:
    """A text taken literally."""
    return Understanding(text, text)


NOTHING_TYPED = as_typed("")
