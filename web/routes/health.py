"""For whoever watches the process: is it alive, and can it work."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from kb_app import health
from kb_app.permissions import Permission
from web.auth import guard
from web.context import ports

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@guard(Permission.READ)
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@guard(Permission.READ)
def ready() -> ResponseReturnValue:
    """Requests can be served; 503 without a database; without search it is limited, not down."""
    found = health.ready(ports())
    return jsonify(found.as_words()), 200 if found.ok else 503
