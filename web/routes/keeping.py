"""How long records are kept."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import keeping
from kb_app.keeping import Kept
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("keeping", __name__)


@blueprint.get("/manage/retention")
@guard(Permission.CONFIGURE)
def edit() -> str:
    """The days of each kind."""
    return show("keeping/edit.html", keeping.keeping_page(ports(), viewer()))


@blueprint.post("/manage/retention")
@guard(Permission.CONFIGURE)
@again(edit)
def save() -> ResponseReturnValue:
    """Change them."""
    days = {kind: forms.number(request.form, f"{kind}_days") for kind in Kept}
    version = forms.number(request.form, "version") or 0
    keeping.save_keeping(ports(), viewer(), days, version)
    notice("keeping_saved")
    return see("keeping.edit")
