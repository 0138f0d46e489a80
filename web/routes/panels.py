"""Pages of other systems beside a ticket: set up, and shown in a frame of their own."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from kb_app import outside_panels
from kb_app.outside_panels import PanelInput
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("panels", __name__)
# This page holds one frame and nothing else; it may show this panel's origin alone.
FRAME_CSP = (
    "default-src 'none'; style-src 'self'; frame-src {origin}; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)


@blueprint.get("/manage/panels")
@guard(Permission.CONFIGURE)
def index() -> str:
    """All of them."""
    return show("people/panels.html", outside_panels.panels(ports(), viewer()), opened=None)


@blueprint.post("/manage/panels")
@guard(Permission.CONFIGURE)
@again(index)
def add() -> ResponseReturnValue:
    """A new one."""
    outside_panels.save(ports(), viewer(), None, _input())
    notice("panel_saved")
    return see("panels.index")


@blueprint.get("/manage/panels/<id:panel_id>")
@guard(Permission.CONFIGURE)
def edit(panel_id: int) -> str:
    """One of them, to be changed."""
    found = outside_panels.panels(ports(), viewer())
    return show("people/panels.html", found, opened=panel_id)


@blueprint.post("/manage/panels/<id:panel_id>")
@guard(Permission.CONFIGURE)
@again(edit)
def save(panel_id: int) -> ResponseReturnValue:
    """Change it."""
    outside_panels.save(ports(), viewer(), panel_id, _input())
    notice("panel_saved")
    return see("panels.index")


@blueprint.post("/manage/panels/<id:panel_id>/secret")
@guard(Permission.CONFIGURE)
def renew(panel_id: int) -> ResponseReturnValue:
    """Another secret."""
    outside_panels.renew(ports(), viewer(), panel_id)
    notice("panel_renewed")
    return see("panels.edit", panel_id=panel_id)


@blueprint.post("/manage/panels/<id:panel_id>/delete")
@guard(Permission.CONFIGURE)
def delete(panel_id: int) -> ResponseReturnValue:
    """Show it no more."""
    outside_panels.delete(ports(), viewer(), panel_id)
    notice("removed")
    return see("panels.index")


def _input() -> PanelInput:
    return PanelInput(
        forms.line(request.form, "name"),
        forms.line(request.form, "url"),
        forms.number(request.form, "height"),
        "is_active" in request.form,
        forms.number(request.form, "version") or 0,
    )


@blueprint.get("/desk/tickets/<number>/panels/<id:panel_id>")
@guard(Permission.DESK)
def framed(number: str, panel_id: int) -> Response:
    """The frame around the other system's page."""
    page = outside_panels.framed(ports(), viewer(), number, panel_id)
    response = Response(show("people/framed.html", page))
    response.headers["Content-Security-Policy"] = FRAME_CSP.format(origin=page.origin)
    response.headers["Cache-Control"] = "no-store"
    return response
