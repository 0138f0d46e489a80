"""What a mail says once it is read: frozen values, decoded, cut, and told apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailUnreadable(ValueError):
    """The bytes cannot be taken for a mail within the limits; `code` names why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Auto(StrEnum):
    """What kind of machine wrote a mail; the order is that of judging."""

    LOOP = "loop"
    BOUNCE = "bounce"
    REPLY = "auto_reply"
    LIST = "list"
    GENERATED = "generated"


@dataclass(frozen=True)
class MailAddress:
    """An address folded to lower case, and the name that came with it."""

    email: str
    name: str = ""


@dataclass(frozen=True)
class MailFile:
    """A file of a mail; `inline` pictures stand in the text, `content_id` says where."""

    filename: str
    media_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True)
class Bounce:
    """A mail of ours that did not arrive: where, for good or for now, and which one it was."""

    address: str
    permanent: bool
    status: str = ""
    original_id: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Origin:
    """What the headers say about where a mail comes from."""

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent_at: datetime | None = None
    hops: int = 0
    mark: str = ""


@dataclass(frozen=True)
class ReadMail:
    """One mail. `said` is what its writer wrote now; `text` is all of it, quotes too.

    `answerable` says whether a machine may write back. `digest` is the same for every copy
    of the mail, whichever way it came.
    """

    origin: Origin
    sender: MailAddress
    reply_to: str
    to: tuple[MailAddress, ...]
    subject: str
    text: str
    said: str
    files: tuple[MailFile, ...]
    auto: Auto | None
    answerable: bool
    bounce: Bounce | None
    notes: tuple[str, ...]
    digest: str

    @property
    def message_id(self) -> str:
        """The Message-ID without brackets; empty when there is none."""
        return self.origin.message_id

    @property
    def answers(self) -> tuple[str, ...]:
        """The Message-IDs this mail answers, nearest first."""
        ids = (*self.origin.in_reply_to, *reversed(self.origin.references))
        return tuple(dict.fromkeys(ids))
