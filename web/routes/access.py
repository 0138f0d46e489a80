"""Seeing the site as others see it, to check who is let in."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from kb_app import eyes
from kb_app.permissions import Permission
from web.auth import guard, look_as, look_as_oneself, viewer
from web.context import ports
from web.forms import line
from web.security import same_site
from web.showing import again, show

blueprint = Blueprint("access", __name__)


@blueprint.get("/manage/view-as")
@guard(Permission.PUBLISH)
def choose() -> str:
    """Whose eyes to borrow."""
    target = same_site(request.values.get("next", ""))
    return show("access/view_as.html", eyes.eyes_page(ports(), viewer(), target))


@blueprint.post("/manage/view-as")
@guard(Permission.PUBLISH)
@again(choose)
def begin_preview() -> ResponseReturnValue:
    """Look with other eyes from now on; nothing can be done until that ends."""
    look_as(eyes.borrow(ports(), viewer(), line(request.form, "as")))
    return redirect(same_site(request.form.get("next", "")), 303)


@blueprint.post("/view-as/end")
@guard(Permission.READ)
def end_preview() -> ResponseReturnValue:
    """Look with one's own eyes again."""
    look_as_oneself()
    return redirect(same_site(request.form.get("next", "")), 303)
