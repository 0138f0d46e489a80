"""What I am told, and how."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import notice_settings
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.people_messages import NOTICE_KINDS
from web.showing import again, notice, see, show

blueprint = Blueprint("notice_settings", __name__)


@blueprint.get("/account/notices")
@guard(Permission.DESK)
def edit() -> str:
    """My choice."""
    return show(
        "account/notices.html", notice_settings.settings(ports(), viewer()), kinds=NOTICE_KINDS
    )


@blueprint.post("/account/notices")
@guard(Permission.DESK)
@again(edit)
def save() -> ResponseReturnValue:
    """Choose."""
    sent = request.form
    ways = {
        kind: _way(f"{kind}_app" in sent, f"{kind}_mail" in sent) for kind in notice_settings.KINDS
    }
    form = notice_settings.SettingsInput(
        ways,
        forms.line(sent, "rhythm"),
        forms.line(sent, "quiet_from"),
        forms.line(sent, "quiet_to"),
        forms.number(sent, "version") or 0,
    )
    notice_settings.save(ports(), viewer(), form)
    notice("notice_settings_saved")
    return see("notice_settings.edit")


def _way(app: bool, mail: bool) -> str:
    if app:
        return "both" if mail else "app"
    return "mail" if mail else "none"
