"""What another page says of its visitor, signed: a JWT with HS256 and an end, nothing else; pure.

Any library for JSON Web Tokens makes one; here only this one algorithm is taken.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

LONGEST_TOKEN = 4_000
LONGEST_LIFE = 24 * 3600
SKEW = 60
MOST_FIELDS = 12
LONGEST_NAME, LONGEST_VALUE = 30, 200
HEADER = {"alg": "HS256", "typ": "JWT"}
OWN_CLAIMS = frozenset({"exp", "iat", "nbf", "iss", "aud", "sub", "jti"})


class TokenFault(StrEnum):
    """Why a token is not believed."""

    SHAPE = "shape"
    SIGNATURE = "signature"
    EXPIRED = "expired"
    NO_END = "no_end"


class BadToken(ValueError):
    """Not believed; `fault` says why."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def signed(secret: str, fields: Mapping[str, str], ends_at: int) -> str:
    """A token; `ends_at` is Unix seconds. What host pages do, for tests and samples."""
    parts = (HEADER, {**fields, "exp": ends_at})
    body = ".".join(_packed(json.dumps(part, ensure_ascii=False).encode()) for part in parts)
    return f"{body}.{_packed(_mark(secret, body))}"


def opened(secrets: Iterable[str], token: str, now: int) -> dict[str, str]:
    """Its fields, or BadToken. A token that would live longer than a day is not taken."""
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 3:  # noqa: PLR2004  a JWT's three parts
        raise BadToken(TokenFault.SHAPE)
    header, claims = (_object(part) for part in parts[:2])
    mark = _unpacked(parts[2])
    body = ".".join(parts[:2])
    if header.get("alg") != HEADER["alg"]:
        raise BadToken(TokenFault.SIGNATURE)
    if not any(hmac.compare_digest(mark, _mark(secret, body)) for secret in secrets if secret):
        raise BadToken(TokenFault.SIGNATURE)
    end = claims.get("exp")
    if isinstance(end, bool) or not isinstance(end, int | float) or end != end:  # noqa: PLR0124  NaN
        raise BadToken(TokenFault.NO_END)
    if end < now - SKEW:
        raise BadToken(TokenFault.EXPIRED)
    if end > now + LONGEST_LIFE + SKEW:
        raise BadToken(TokenFault.NO_END)
    return kept({name: value for name, value in claims.items() if name not in OWN_CLAIMS})


def kept(fields: Mapping[str, Any]) -> dict[str, str]:
    """What is taken over: short names, short values in one line, not too many."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            continue
        label, text = " ".join(str(name).split()), " ".join(str(value).split())
        clean = (label + text).isprintable()
        if label and text and clean and len(label) <= LONGEST_NAME and len(found) < MOST_FIELDS:
            found[label] = text[:LONGEST_VALUE]
    return found


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_unpacked(part))
    except (ValueError, RecursionError) as error:
        raise BadToken(TokenFault.SHAPE) from error
    if not isinstance(found, dict):
        raise BadToken(TokenFault.SHAPE)
    return found


def _mark(secret: str, body: str) -> bytes:
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    try:
        raw = text.encode("ascii")
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadToken(TokenFault.SHAPE) from error
