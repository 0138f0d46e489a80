"""Who is asking inside a frame on another site: no cookie, a signed word in the address.

It names one visitor for some days and opens nothing but that visitor's own questions. What the
host page handed over (`passed`) travels in it, to be judged anew wherever it is used.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from kb_app import passing
from kb_app.passing import Passed
from models import Viewer, visitor
from web.context import ports
from web.passed import handed_over

FIELD = "k"
DAYS = 7
# With a token of the host page in it; no address may be longer than servers take.
LONGEST = 7_000


@dataclass(frozen=True)
class _Word:
    """A visitor, and a token with plain values of the page around."""

    visitor_id: str = ""
    token: str = ""
    plain: tuple[tuple[str, str], ...] = ()


def key() -> str:
    """The word of this request, or a fresh one when it has none that holds.

    A page that hands something over begins a new word for the visitor, who stays the same.
    """
    sent = (request.form.get(FIELD) or request.args.get(FIELD) or "")[:LONGEST]
    known = _read(sent)
    token, plain = handed_over(request.args)
    if known.visitor_id and not token and not plain:
        return sent
    return _written(known.visitor_id or secrets.token_hex(16), token, plain)


def asker(word: str) -> Viewer:
    """The visitor this word names: never more than anybody may see."""
    return visitor(f"embed-{_read(word).visitor_id}")


def passed(word: str) -> Passed:
    """What the page around handed over, signed or not; never fails."""
    found = _read(word)
    return passing.passed(ports(), found.token, dict(found.plain))


def bare(word: str) -> str:
    """The same visitor in a short word: what was handed over is with the chat by now."""
    known = _read(word)
    return _written(known.visitor_id, "", {}) if known.token or known.plain else word


def _written(visitor_id: str, token: str, plain: dict[str, str]) -> str:
    return str(_signer().dumps([visitor_id, token, plain] if token or plain else visitor_id))


def _read(word: str) -> _Word:
    try:
        value: Any = _signer().loads(word, max_age=DAYS * 24 * 3600)
    except BadSignature:
        return _Word()
    if isinstance(value, list):
        visitor_id, token, plain = value
        return _Word(visitor_id, token, tuple(plain.items()))
    return _Word(value) if isinstance(value, str) else _Word()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="embed")
