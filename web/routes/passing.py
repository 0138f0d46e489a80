"""The secret with which other pages sign what they hand over, and how to do it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kb_app import passing
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.showing import notice, see, show

blueprint = Blueprint("passing", __name__, url_prefix="/manage/embed/passing")


@blueprint.get("")
@guard(Permission.CONFIGURE)
def settings() -> str:
    """The secret and samples."""
    return show("passing/settings.html", passing.passing_page(ports(), viewer()))


@blueprint.post("")
@guard(Permission.CONFIGURE)
def renew() -> ResponseReturnValue:
    """A new secret."""
    renewed = passing.renew_secret(ports(), viewer())
    notice("passing_secret" if renewed else "passing_made")
    return see("passing.settings")
