"""Secrets at rest: sealed with a key made from SECRET_KEY, opened only by the same site.

HMAC-SHA256 as stream (counter mode) and as seal over it (encrypt, then authenticate), with a
fresh nonce each time: what the standard library has, since a cipher library is 10 MB more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

NONCE = 16
SEAL = 32
VERSION = "s1."


class Unsealable(ValueError):
    """Not sealed here: SECRET_KEY has changed, or the text was touched."""


def seal(secret_key: str, purpose: str, text: str) -> str:
    """The text so that only this site can read it; empty stays empty."""
    if not text:
        return ""
    nonce = secrets.token_bytes(NONCE)
    stream_key, seal_key = _keys(secret_key, purpose)
    body = _mixed(stream_key, nonce, text.encode())
    mark = hmac.new(seal_key, nonce + body, hashlib.sha256).digest()
    return VERSION + base64.urlsafe_b64encode(nonce + body + mark).decode()


def unseal(secret_key: str, purpose: str, sealed: str) -> str:
    """The text again, or Unsealable."""
    if not sealed:
        return ""
    try:
        data = base64.urlsafe_b64decode(sealed.removeprefix(VERSION))
    except ValueError as error:
        raise Unsealable("not sealed") from error
    nonce, body, mark = data[:NONCE], data[NONCE:-SEAL], data[-SEAL:]
    stream_key, seal_key = _keys(secret_key, purpose)
    wanted = hmac.new(seal_key, nonce + body, hashlib.sha256).digest()
    if not sealed.startswith(VERSION) or not hmac.compare_digest(mark, wanted):
        raise Unsealable("another key")
    return _mixed(stream_key, nonce, body).decode()


def _keys(secret_key: str, purpose: str) -> tuple[bytes, bytes]:
    base = hmac.new(secret_key.encode(), f"seal:{purpose}".encode(), hashlib.sha256).digest()
    stream, mark = (hmac.new(base, part, hashlib.sha256).digest() for part in (b"1", b"2"))
    return stream, mark


def _mixed(key: bytes, nonce: bytes, data: bytes) -> bytes:
    stream = b"".join(
        hmac.new(key, nonce + place.to_bytes(8, "big"), hashlib.sha256).digest()
        for place in range(len(data) // 32 + 1)
    )
    return bytes(left ^ right for left, right in zip(data, stream, strict=False))
