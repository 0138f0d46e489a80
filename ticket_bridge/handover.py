"""What another ticket system must be able to do: the contract TicketDesk and what travels.

A desk is handed a case once (the same `key` is the same case), is told what is said further,
and says what happened there; whoever calls it keeps the cursor and remembers the events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

MOST_FILE_BYTES = 10 * 1024 * 1024
LONGEST_DETAIL = 300


class DeskKind(StrEnum):
    """Which kinds of desk there are."""

    BUILTIN = "builtin"
    REQUEST_TRACKER = "request_tracker"
    WEBHOOK = "webhook"
    MAIL = "mail"


class FaultCode(StrEnum):
    """Why a desk did not do what it was asked."""

    HOST = "host"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    LOGIN = "login"
    RIGHTS = "rights"
    QUEUE = "queue"
    BUSY = "busy"
    PROTOCOL = "protocol"
    INVALID = "invalid"
    PLAIN = "plain"


# Trying again does not help with these until somebody has changed something.
LASTING = frozenset({FaultCode.QUEUE, FaultCode.INVALID, FaultCode.PLAIN, FaultCode.RIGHTS})


class DeskFault(Exception):
    """The desk could not be reached or did not accept; `detail` is what it said."""

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        self.code = code
        self.detail = " ".join(detail.split())[:LONGEST_DETAIL]
        super().__init__(f"{code.value}: {self.detail}")

    @property
    def lasting(self) -> bool:
        """Whether trying again later is of no use."""
        return self.code in LASTING


@dataclass(frozen=True)
class DeskAccess:
    """How to get in. `queue` is the place there that takes what no team names another for."""

    kind: DeskKind
    url: str = ""
    username: str = ""
    secret: str = field(default="", repr=False)
    queue: str = ""


@dataclass(frozen=True)
class DeskFile:
    """A file that goes along."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Case:
    """What is handed over: `key` names it for good, `text` is the whole context in plain words."""

    key: str
    subject: str
    text: str
    link: str
    customer_name: str = ""
    customer_email: str = ""
    priority: int = 3
    queue: str = ""
    files: tuple[DeskFile, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """What the case is called there."""

    external_id: str
    url: str = ""


@dataclass(frozen=True)
class Word:
    """Something said after the hand-over; the same `key` is said once."""

    key: str
    author: str
    text: str
    from_customer: bool = True
    files: tuple[DeskFile, ...] = ()


@dataclass(frozen=True)
class Moved:
    """The state we brought a case to, by its name here, there (if it has one) and in words."""

    key: str
    status: str
    theirs: str = ""
    author: str = ""
    words: str = ""


class NewsKind(StrEnum):
    """What can come back."""

    ANSWER = "answer"
    STATUS = "status"


@dataclass(frozen=True)
class FileRef:
    """A file that lies there; `content` when it came along, else `TicketDesk.fetch` brings it."""

    ref: str
    filename: str
    media_type: str
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class NewsItem:
    """One thing that happened there; `event_id` is unique at that desk and never changes."""

    event_id: str
    external_id: str
    kind: NewsKind
    text: str = ""
    author: str = ""
    status: str = ""
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True)
class News:
    """What happened since a cursor, oldest first; ask again with the new one while `more`."""

    items: tuple[NewsItem, ...] = ()
    cursor: str = ""
    more: bool = False


# Whether a case of that name was handed over from here.
Ours = Callable[[str], bool]


def everything(_external_id: str) -> bool:
    """For who wants the news of every case."""
    return True


class TicketDesk(Protocol):
    """Another ticket system. Every call ends in bounded time or raises DeskFault."""

    def check(self) -> None:
        """Get in and look whether the place for cases is there."""

    def open(self, case: Case) -> Opened:
        """Hand a case over; one that is there already is found, not made again."""

    def say(self, external_id: str, word: Word) -> None:
        """Tell what was said since; one that was told already is left alone."""

    def move(self, external_id: str, moved: Moved) -> None:
        """Tell the state; a case that has it already is left alone."""

    def news(self, cursor: str, ours: Ours = everything) -> News:
        """What others did there since; never what came from here. Empty cursor: from now on.

        Words and files of cases that are not `ours` are not read at all.
        """

    def fetch(self, file: FileRef) -> bytes:
        """The bytes of a file."""


class Outbox(Protocol):
    """Where mails that go are written down, each key once; whoever empties it tries again."""

    def put(self, key: str, to: str, subject: str, body: str, files: tuple[DeskFile, ...]) -> None:
        """Queue one mail."""

    def check(self) -> None:
        """Whether mail can go at all; DeskFault."""
