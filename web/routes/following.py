"""Following a public question."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kb_app import following
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.showing import notice, see

blueprint = Blueprint("following", __name__)


@blueprint.post("/questions/<public_id>/follow")
@guard(Permission.ACCOUNT)
def follow(public_id: str) -> ResponseReturnValue:
    """Follow it, or stop."""
    now = following.follow(ports(), viewer(), public_id)
    notice("followed" if now else "unfollowed")
    return see("questions.show", public_id=public_id)
