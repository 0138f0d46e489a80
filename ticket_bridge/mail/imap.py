"""An IMAP box by UID: reads without marking, marks or moves what is safe, waits by IDLE."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import select
import ssl
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from ticket_bridge.mail.boxes import (
    TIMEOUT_SECONDS,
    BoxAccess,
    BoxFault,
    BoxState,
    FaultCode,
    bearer,
    check_safe,
    fault_of,
    tls,
)

FAULTS = (OSError, imaplib.IMAP4.error, ssl.SSLError, EOFError, ValueError)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


def open_imap(access: BoxAccess) -> ImapBox:
    """Connect, sign in, choose the folder; BoxFault."""
    check_safe(access)
    try:
        connection = _connect(access)
    except FAULTS as error:
        raise fault_of(error) from error
    try:
        _sign_in(connection, access)
        return ImapBox(connection, access)
    except FAULTS as error:
        _leave(connection)
        raise fault_of(error) from error
    except BoxFault:
        _leave(connection)
        raise


def _connect(access: BoxAccess) -> imaplib.IMAP4:
    if access.security == "tls":
        return imaplib.IMAP4_SSL(
            access.host, access.port, ssl_context=tls(), timeout=TIMEOUT_SECONDS
        )
    connection = imaplib.IMAP4(access.host, access.port, timeout=TIMEOUT_SECONDS)
    if access.security == "starttls":
        connection.starttls(tls())
    return connection


def _sign_in(connection: imaplib.IMAP4, access: BoxAccess) -> None:
    try:
        if access.token:
            answer = bearer(access.username, access.token).encode()
            connection.authenticate("XOAUTH2", lambda _challenge: answer)
        else:
            connection.login(access.username, access.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise BoxFault(FaultCode.LOGIN, str(error)) from error
    if "ID" in connection.capabilities:
        # 163 and 126 refuse to open a folder for programs that do not say who they are.
        imaplib.Commands.setdefault("ID", ("AUTH", "SELECTED"))
        with contextlib.suppress(imaplib.IMAP4.error):
            connection._simple_command("ID", '("name" "Wenda" "version" "1")')


def _leave(connection: imaplib.IMAP4) -> None:
    with contextlib.suppress(*FAULTS, AttributeError):
        connection.shutdown()


def quoted(name: str) -> str:
    """A folder's name as IMAP wants it: modified UTF-7 in quotes."""
    coded = "".join(_utf7(part) for part in re.split(r"([^\x20-\x7e]+)", name))
    return '"' + coded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _utf7(part: str) -> str:
    if part.isascii():
        return part.replace("&", "&-")
    data = base64.b64encode(part.encode("utf-16-be")).decode().rstrip("=")
    return "&" + data.replace("/", ",") + "-"


class ImapBox:
    """See OpenBox."""

    def __init__(self, connection: imaplib.IMAP4, access: BoxAccess) -> None:
        self._imap, self._access = connection, access
        kind, said = connection.select(quoted(access.folder))
        if kind != "OK":
            raise BoxFault(FaultCode.FOLDER, _text(said))
        _, validity = connection.response("UIDVALIDITY")
        found = validity[0] if validity else None
        self._validity = int(found) if found else 0

    def state(self) -> BoxState:
        """See OpenBox."""
        return BoxState(self._validity)

    def fresh(self, since: BoxState, known: frozenset[str]) -> Iterator[str]:
        """See OpenBox; a new validity begins from the start, and `known` keeps out doubles."""
        first = since.last_uid + 1 if since.validity == self._validity else 1
        for uid in sorted(self._search(first, since.begun if first == 1 else None)):
            name = f"{self._validity}:{uid}"
            # "n:*" always names the last mail, even one below n.
            if uid >= first and name not in known:
                yield name

    def _search(self, first: int, begun: date | None) -> list[int]:
        lately = f" SINCE {begun.day}-{MONTHS[begun.month - 1]}-{begun.year}" if begun else ""
        said = self._call("SEARCH", None, f"UID {first}:*{lately}")
        return [int(each) for line in said if line for each in line.split() if each.isdigit()]

    def fetch(self, uid: str, most: int) -> bytes | None:
        """See OpenBox."""
        number = uid.partition(":")[2]
        sizes = self._call("FETCH", number, "(RFC822.SIZE)")
        found = [_SIZE.search(row) for row in sizes if isinstance(row, bytes)]
        size = next((int(match[1]) for match in found if match), 0)
        if size > most:
            return None
        rows = self._call("FETCH", number, "(BODY.PEEK[])")
        return next((row[1] for row in rows if isinstance(row, tuple)), None)

    def done(self, uid: str) -> None:
        """See OpenBox."""
        number = uid.partition(":")[2]
        self._call("STORE", number, "+FLAGS.SILENT", "(\\Seen)")
        target = self._access.done_folder
        if target and "MOVE" in self._imap.capabilities:
            self._call("MOVE", number, quoted(target))

    def wait(self, seconds: float) -> bool:
        """See OpenBox."""
        if "IDLE" not in self._imap.capabilities:
            return False
        try:
            return self._idle(seconds)
        except FAULTS as error:
            raise fault_of(error) from error

    def _idle(self, seconds: float) -> bool:
        imap: Any = self._imap
        tag = imap._new_tag()
        imap.send(tag + b" IDLE\r\n")
        came = False
        while not (line := imap.readline()).startswith(b"+"):
            came = self._announces(line) or came
            if line.startswith(tag):
                raise BoxFault(FaultCode.PROTOCOL, "IDLE refused")
        until = time.monotonic() + seconds
        while not came and (left := until - time.monotonic()) > 0:
            came = self._pending() or bool(select.select([imap.sock], [], [], left)[0])
            if came:
                came = self._announces(imap.readline())
        imap.send(b"DONE\r\n")
        while line := imap.readline():
            came = came or self._announces(line)
            if line.startswith(tag):
                return came
        raise BoxFault(FaultCode.PROTOCOL, "closed while waiting")

    def _pending(self) -> bool:
        sock = self._imap.sock
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    @staticmethod
    def _announces(line: bytes) -> bool:
        if not line:
            raise BoxFault(FaultCode.PROTOCOL, "closed while waiting")
        return line.upper().rstrip().endswith((b"EXISTS", b"RECENT"))

    def _call(self, command: str, *words: str | None) -> list[Any]:
        try:
            kind, said = self._imap.uid(command, *words)  # type: ignore[arg-type]  # None is a charset
        except FAULTS as error:
            raise fault_of(error) from error
        if kind != "OK":
            raise BoxFault(FaultCode.PROTOCOL, f"{command}: {_text(said)}")
        return said

    def close(self) -> None:
        """See OpenBox."""
        with contextlib.suppress(*FAULTS):
            self._imap.logout()
        _leave(self._imap)


def _text(said: list[Any]) -> str:
    return b" ".join(row for row in said if isinstance(row, bytes)).decode("utf-8", "replace")
