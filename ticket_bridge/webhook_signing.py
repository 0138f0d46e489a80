"""Signatures of webhooks: HMAC-SHA256 over id, time and body, as standardwebhooks.com has it.

`whsec_…` secrets, three headers, `v1,<base64>`: receivers find ready-made code for it. What is
older than TOLERANCE counts as a replay.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta

PREFIX = "whsec_"
SECRET_BYTES = 32
LEAST_BYTES = 24
TOLERANCE = timedelta(minutes=5)
LONGEST_STAMP = 12
ID, TIME, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def new_secret() -> str:
    """A secret for one receiver, to be shown to whoever sets it up."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether it can be one: the prefix, then at least 24 bytes in base64."""
    return text.startswith(PREFIX) and len(_key(text)) >= LEAST_BYTES


def signed_headers(secret: str, key: str, at: int, body: bytes) -> dict[str, str]:
    """The three headers for this body; `at` is Unix seconds, `key` the same at every try."""
    return {ID: key, TIME: str(at), SIGNATURE: f"v1,{_mark(secret, key, at, body)}"}


def is_signed(known: Iterable[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Whether one of these secrets signed it, and lately. `headers` has lower-case names."""
    key, stamp = headers.get(ID, ""), headers.get(TIME, "")
    if not key or not (stamp.isascii() and stamp.isdigit() and len(stamp) <= LONGEST_STAMP):
        return False
    at = int(stamp)
    if abs(now - at) > TOLERANCE.total_seconds():
        return False
    marks = [part.partition(",") for part in headers.get(SIGNATURE, "").split()]
    given = [mark.encode() for version, _comma, mark in marks if version == "v1"]
    wanted = [_mark(secret, key, at, body).encode() for secret in known]
    return any(hmac.compare_digest(left, right) for left in given for right in wanted)


def _mark(secret: str, key: str, at: int, body: bytes) -> str:
    text = f"{key}.{at}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), text, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
