"""A POP3 box by UIDL: reads and leaves everything where it is."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import poplib
import ssl
from collections.abc import Iterator
from typing import cast

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

FAULTS = (OSError, poplib.error_proto, ssl.SSLError, EOFError, ValueError)
LONGEST_NAME = 100
# Programs do write lines longer than the standard library puts up with.
poplib._MAXLINE = 1_000_000  # type: ignore[attr-defined]


def open_pop(access: BoxAccess) -> PopBox:
    """Connect and sign in; BoxFault."""
    check_safe(access)
    try:
        connection = _connect(access)
    except FAULTS as error:
        raise fault_of(error) from error
    try:
        _sign_in(connection, access)
    except poplib.error_proto as error:
        connection.close()
        raise BoxFault(FaultCode.LOGIN, str(error)) from error
    except FAULTS as error:
        connection.close()
        raise fault_of(error) from error
    return PopBox(connection)


def _connect(access: BoxAccess) -> poplib.POP3:
    if access.security == "tls":
        return poplib.POP3_SSL(access.host, access.port, timeout=TIMEOUT_SECONDS, context=tls())
    connection = poplib.POP3(access.host, access.port, timeout=TIMEOUT_SECONDS)
    if access.security == "starttls":
        connection.stls(tls())
    return connection


def _sign_in(connection: poplib.POP3, access: BoxAccess) -> None:
    if access.token:
        answer = base64.b64encode(bearer(access.username, access.token).encode()).decode()
        connection._shortcmd(f"AUTH XOAUTH2 {answer}")  # type: ignore[attr-defined]
        return
    connection.user(access.username)
    connection.pass_(access.password)


class PopBox:
    """See OpenBox."""

    def __init__(self, connection: poplib.POP3) -> None:
        self._pop = connection
        self._numbers: dict[str, int] = {}

    def state(self) -> BoxState:
        """See OpenBox."""
        return BoxState()

    def fresh(self, since: BoxState, known: frozenset[str]) -> Iterator[str]:  # noqa: ARG002
        """See OpenBox."""
        try:
            _, rows, _ = self._pop.uidl()
        except FAULTS as error:
            raise fault_of(error) from error
        for row in rows:
            number, _, name = row.decode("ascii", "replace").partition(" ")
            short = name.strip()
            if len(short) > LONGEST_NAME:
                short = hashlib.sha256(short.encode()).hexdigest()
            if number.isdigit():
                self._numbers[short] = int(number)
        yield from (name for name in self._numbers if name not in known)

    def fetch(self, uid: str, most: int) -> bytes | None:
        """See OpenBox."""
        number = self._numbers.get(uid)
        if number is None:
            return None
        try:
            size = cast(bytes, self._pop.list(number)).split()
            if len(size) > 2 and int(size[2]) > most:  # noqa: PLR2004  "+OK number size"
                return None
            _, lines, _ = self._pop.retr(number)
        except FAULTS as error:
            raise fault_of(error) from error
        return b"\r\n".join(lines) + b"\r\n"

    def done(self, uid: str) -> None:
        """See OpenBox: POP3 has no marks."""

    def wait(self, seconds: float) -> bool:  # noqa: ARG002
        """See OpenBox: POP3 does not push."""
        return False

    def close(self) -> None:
        """See OpenBox."""
        with contextlib.suppress(*FAULTS):
            self._pop.quit()
