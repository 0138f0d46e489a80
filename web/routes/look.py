"""The look of the site: the form, its preview, and the style sheet and pictures it makes."""

from __future__ import annotations

import base64
import hashlib

from flask import Blueprint, Response, g, make_response, request
from flask.typing import ResponseReturnValue

from kb_app import articles
from kb_app.look import choosing
from kb_app.look.css import CssFault
from kb_app.look.current import site_of
from kb_app.look.values import Look
from kb_app.permissions import Permission
from web import forms, look_forms, site_messages
from web.auth import guard, viewer
from web.context import ports
from web.security import CSP, IMMUTABLE
from web.showing import again, notice, see, show
from web.site import current, site

blueprint = Blueprint("look", __name__)


@blueprint.get("/manage/look")
@guard(Permission.CONFIGURE)
def edit() -> str:
    """The form with its preview."""
    words = {"BLOCKS": site_messages.BLOCKS, "FONTS": site_messages.FONTS}
    page = choosing.look_page(ports(), viewer())
    return show("look/edit.html", page, LEVELS=site_messages.LEVELS, **words)


@blueprint.post("/manage/look")
@guard(Permission.CONFIGURE)
@again(edit)
def save() -> ResponseReturnValue:
    """Keep it for everybody."""
    try:
        choosing.save_look(ports(), viewer(), look_forms.look(request.form, request.files))
    except CssFault as fault:
        g.errors, g.values = {"css": _said(fault)}, forms.typed(request.form)
        return edit(), 422
    current().forget()
    notice("look_saved")
    return see("look.edit")


@blueprint.post("/manage/look/preview")
@guard(Permission.CONFIGURE)
@again(edit)
def preview() -> ResponseReturnValue:
    """The front page as it would look; nothing is kept."""
    form = look_forms.look(request.form, request.files)
    before = Look(logo=site().logo, favicon=site().favicon)
    try:
        look = choosing.chosen_look(ports(), form, before)
    except CssFault as fault:
        return make_response(show("look/fault.html", None, sentence=_said(fault)), 422)
    g.draft_site = site_of(ports(), look)
    response = make_response(show("home.html", articles.home(ports(), viewer())))
    # The one page with styles inside it: allowed by their hash alone.
    digest = base64.b64encode(hashlib.sha256(g.draft_site.sheet.encode()).digest()).decode()
    policy = CSP.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.post("/manage/look/reset")
@guard(Permission.CONFIGURE)
def reset() -> ResponseReturnValue:
    """Back to the default."""
    choosing.reset_look(ports(), viewer())
    current().forget()
    notice("look_reset")
    return see("look.edit")


@blueprint.get("/look/site.css")
@guard(Permission.READ)
def stylesheet() -> Response:
    """The chosen colours and the site's own CSS, under a name that changes with them."""
    shown = site()
    response = Response(shown.sheet, mimetype="text/css")
    fresh = request.args.get("v") == shown.sheet_name
    response.headers["Cache-Control"] = IMMUTABLE if fresh else "public, max-age=60"
    return response


@blueprint.get("/look/pictures/<sha256>")
@guard(Permission.READ)
def picture(sha256: str) -> Response:
    """A logo or favicon."""
    found = choosing.picture(ports(), sha256)
    response = Response(found.content, mimetype=found.media_type)
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _said(fault: CssFault) -> str:
    """What is the matter with the CSS, and in which line."""
    sentence = site_messages.CSS_FAULTS[fault.code].format(what=fault.what)
    return site_messages.CSS_LINE.format(line=fault.line, sentence=sentence)
