"""Taking mail out of a box: one contract over IMAP and POP3; nothing is ever deleted there.

Every call ends within its timeout; whatever goes wrong is a BoxFault with a code for people.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

TIMEOUT_SECONDS = 20.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class FaultCode(StrEnum):
    """Why a box could not be used."""

    HOST = "host"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    LOGIN = "login"
    FOLDER = "folder"
    PROTOCOL = "protocol"
    PLAIN = "plain"
    TOKEN = "token"  # noqa: S105  the word for people, no secret


class BoxFault(Exception):
    """The box could not be used; `detail` is what the server or the system said."""

    def __init__(self, code: FaultCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, " ".join(detail.split())[:200]


@dataclass(frozen=True)
class BoxAccess:
    """Where a box is and how to get in; `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    username: str
    password: str = ""
    token: str = ""
    folder: str = "INBOX"
    done_folder: str = ""


@dataclass(frozen=True)
class BoxState:
    """How far a box was taken over: its UIDVALIDITY and highest UID (IMAP), and from which day."""

    validity: int = 0
    last_uid: int = 0
    begun: date | None = None


class OpenBox(Protocol):
    """A connection to a box."""

    def state(self) -> BoxState:
        """The box's present validity; `last_uid` is 0 for POP3."""

    def fresh(self, since: BoxState, known: frozenset[str]) -> Iterator[str]:
        """The names of mails not taken over yet, oldest first."""

    def fetch(self, uid: str, most: int) -> bytes | None:
        """The bytes of a mail, at most `most`; None when it is larger or gone."""

    def done(self, uid: str) -> None:
        """Mark (or move) a mail that is safe with us now."""

    def wait(self, seconds: float) -> bool:
        """Whether something new came within this time; False at once without push."""

    def close(self) -> None:
        """End the connection; never raises."""


def fault_of(error: BaseException) -> BoxFault:
    """What a failure of the network means for people."""
    if isinstance(error, BoxFault):
        return error
    detail = str(error)
    if isinstance(error, socket.gaierror):
        return BoxFault(FaultCode.HOST, detail)
    if isinstance(error, TimeoutError):
        return BoxFault(FaultCode.TIMEOUT, detail)
    if isinstance(error, ssl.SSLError):
        return BoxFault(FaultCode.TLS, detail)
    if isinstance(error, ConnectionRefusedError):
        return BoxFault(FaultCode.REFUSED, detail)
    return BoxFault(FaultCode.PROTOCOL, detail)


def check_safe(access: BoxAccess) -> None:
    """A password travels only under TLS or within this machine."""
    if access.security == "none" and access.host not in LOOPBACK:
        raise BoxFault(FaultCode.PLAIN)


def bearer(username: str, token: str) -> str:
    """The XOAUTH2 answer."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"


def tls() -> ssl.SSLContext:
    """The system's certificates, names checked."""
    return ssl.create_default_context()
