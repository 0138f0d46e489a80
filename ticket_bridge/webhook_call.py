"""One HTTP call to a machine that somebody typed the address of; it reaches nothing it must not.

The name is looked up once and that address is used (no second answer from DNS); private
networks only where allowed; redirects are not followed; the whole call has one time limit.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MOST_BYTES = 256 * 1024
LONGEST_URL = 500
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class CallCode(StrEnum):
    """Why a call did not get an answer."""

    ADDRESS = "address"
    PLAIN = "plain"
    PRIVATE = "private"
    HOST = "host"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    TLS = "tls"
    PROTOCOL = "protocol"


class CallFault(Exception):
    """No answer; `code` says why."""

    def __init__(self, code: CallCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Limits:
    """What a call may reach and how long it may take; `networks` are private ones allowed."""

    networks: tuple[Network, ...] = ()
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True)
class Call:
    """What is asked of whom."""

    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True)
class Answer:
    """What came back; a body longer than the limit is cut."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    took_ms: int

    @property
    def ok(self) -> bool:
        """Whether it was taken: 2xx. A redirect is not followed and counts as refused."""
        return 200 <= self.status < 300  # noqa: PLR2004  the range HTTP gives to success


def networks(text: str) -> tuple[Network, ...]:
    """Networks written with commas ("10.0.0.0/8, 127.0.0.1"); ValueError."""
    parts = (part.strip() for part in text.split(","))
    return tuple(ipaddress.ip_network(part, strict=False) for part in parts if part)


def checked_url(url: str) -> SplitResult:
    """The address in its parts, or CallFault `address`; nothing is looked up."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise CallFault(CallCode.ADDRESS)
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError as error:
        raise CallFault(CallCode.ADDRESS) from error
    if parts.scheme not in PORTS or not host or parts.username is not None:
        raise CallFault(CallCode.ADDRESS)
    return parts


def call(what: Call, limits: Limits | None = None) -> Answer:
    """Do it; CallFault when there is no answer at all."""
    limits = limits or Limits()
    parts = checked_url(what.url)
    began = time.monotonic()
    address, private = _pinned(parts, limits)
    if parts.scheme == "http" and not private:
        raise CallFault(CallCode.PLAIN)
    line = _Line(parts, address, limits.connect_seconds)
    cut = threading.Timer(max(0.1, limits.total_seconds - (time.monotonic() - began)), line.cut)
    cut.daemon = True
    cut.start()
    try:
        return _asked(line, what, parts, limits.most_bytes, began)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _fault(line, error) from error
    finally:
        cut.cancel()
        line.close()


def _asked(line: _Line, what: Call, parts: SplitResult, most: int, began: float) -> Answer:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"User-Agent": "Wenda", "Connection": "close", **what.headers}
    line.request(what.method, _quoted(target), body=what.body or None, headers=sent)
    found = line.getresponse()
    body = found.read(most)
    if line.was_cut:
        raise TimeoutError
    took = round((time.monotonic() - began) * 1000)
    headers = {name.lower(): value for name, value in found.getheaders()}
    return Answer(found.status, body, headers, took)


def _quoted(target: str) -> str:
    """What is not ASCII as UTF-8 in percent signs; what is quoted already stays."""
    return "".join(
        sign if sign.isascii() else "".join(f"%{byte:02X}" for byte in sign.encode())
        for sign in target
    )


class _Line(http.client.HTTPConnection):
    """A connection to the address that was checked, under the name that was asked for."""

    def __init__(self, parts: SplitResult, address: str, seconds: float) -> None:
        super().__init__(_ascii(parts), parts.port or PORTS[parts.scheme], timeout=seconds)
        self._address = address
        self._secure = parts.scheme == "https"
        self.default_port = PORTS[parts.scheme]
        self.was_cut = False

    def connect(self) -> None:
        """To the pinned address; the certificate must be the name's."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock: Any = plain
        if self._secure:
            context = ssl.create_default_context()
            # Without the handshake first, so that `cut` reaches the one that is shaken.
            self.sock = context.wrap_socket(
                plain, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()
        if self.was_cut:
            raise TimeoutError

    def cut(self) -> None:
        """The time is over: whoever waits on this connection wakes up."""
        self.was_cut = True
        found: Any = self.sock
        if found is not None:
            try:
                found.shutdown(socket.SHUT_RDWR)
            except OSError:
                found.close()


def _ascii(parts: SplitResult) -> str:
    return (parts.hostname or "").encode("idna").decode("ascii")


def _pinned(parts: SplitResult, limits: Limits) -> tuple[str, bool]:
    """The address that is called and whether it is an allowed private one; CallFault.

    Of several addresses every one must be allowed: a name must not mix a good and a bad one.
    """
    port = parts.port or PORTS[parts.scheme]
    found: list[str] = []
    asking = threading.Thread(target=_look_up, args=(_ascii(parts), port, found), daemon=True)
    asking.start()
    asking.join(limits.connect_seconds)
    if asking.is_alive():
        raise CallFault(CallCode.TIMEOUT, "dns")
    if not found:
        raise CallFault(CallCode.HOST)
    marks = [_is_private(ipaddress.ip_address(each), limits.networks) for each in found]
    return found[0], marks[0]


def _look_up(host: str, port: int, found: list[str]) -> None:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    found.extend(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))


def _is_private(address: Address, allowed: tuple[Network, ...]) -> bool:
    """Whether it is a private address that is allowed; CallFault when it is not allowed."""
    inner = _inner(address)
    if inner.is_global and not inner.is_multicast:
        return False
    if any(inner.version == net.version and inner in net for net in allowed):
        return True
    raise CallFault(CallCode.PRIVATE, str(address))


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address


def _fault(line: _Line, error: Exception) -> CallFault:
    if line.was_cut or isinstance(error, TimeoutError):
        return CallFault(CallCode.TIMEOUT)
    if isinstance(error, ssl.SSLError):
        return CallFault(CallCode.TLS, error.reason or "")
    if isinstance(error, http.client.HTTPException):
        return CallFault(CallCode.PROTOCOL)
    return CallFault(CallCode.REFUSED if isinstance(error, OSError) else CallCode.PROTOCOL)
