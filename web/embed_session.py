"""Who is asking inside a frame on another site: no cookie, a signed word in the address.

It names one visitor for some days and opens nothing but that visitor's own questions.
"""

from __future__ import annotations

import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from models import Viewer, visitor

FIELD = "k"
DAYS = 7
LONGEST = 200


def key() -> str:
    """The word of this request, or a fresh one when it has none that holds."""
    sent = (request.form.get(FIELD) or request.args.get(FIELD) or "")[:LONGEST]
    return sent if _visitor_id(sent) else _signer().dumps(secrets.token_hex(16))


def asker(word: str) -> Viewer:
    """The visitor this word names: never more than anybody may see."""
    return visitor(f"embed-{_visitor_id(word)}")


def _visitor_id(word: str) -> str:
    try:
        value = _signer().loads(word, max_age=DAYS * 24 * 3600)
    except BadSignature:
        return ""
    return value if isinstance(value, str) else ""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="embed")
