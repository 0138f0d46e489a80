"""Quick replies: texts agents use again."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import quick_replies
from kb_app.permissions import Permission
from web import desk_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("replies", __name__, url_prefix="/manage/replies")


@blueprint.get("")
@guard(Permission.DESK)
def index() -> str:
    """Mine and everybody's."""
    opened = forms.number_or_none(request.args, "edit")
    return show("desk/replies.html", quick_replies.replies(ports(), viewer(), opened))


@blueprint.post("")
@guard(Permission.DESK)
@again(index)
def save() -> ResponseReturnValue:
    """Make or change one."""
    reply_id = forms.number(request.form, "reply_id")
    quick_replies.save_reply(ports(), viewer(), reply_id, desk_forms.reply_input(request.form))
    notice("saved")
    return see("replies.index")


@blueprint.post("/<id:reply_id>/delete")
@guard(Permission.DESK)
def delete(reply_id: int) -> ResponseReturnValue:
    """Take one out."""
    quick_replies.delete_reply(ports(), viewer(), reply_id)
    notice("removed")
    return see("replies.index")
