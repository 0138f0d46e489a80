"""Bridges to other ticket systems, and keys for telephone systems (for administrators)."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import access_tokens
from kb_app.bridging import setup
from kb_app.permissions import Permission
from web import bridge_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("bridges", __name__, url_prefix="/manage/bridges")


@blueprint.get("")
@guard(Permission.CONFIGURE)
def index() -> str:
    """All bridges and keys."""
    rows = setup.bridges(ports(), viewer())
    return show("bridges/index.html", rows, tokens=access_tokens.tokens(ports(), viewer()))


@blueprint.get("/new")
@guard(Permission.CONFIGURE)
def new() -> str:
    """An empty form."""
    return show("bridges/edit.html", setup.bridge_page(ports(), viewer(), None))


@blueprint.post("")
@guard(Permission.CONFIGURE)
@again(new)
def add() -> ResponseReturnValue:
    """Add one, or try what is typed."""
    return _saved_or_tried(None)


@blueprint.get("/<id:bridge_id>")
@guard(Permission.CONFIGURE)
def edit(bridge_id: int) -> str:
    """One bridge with its log."""
    return show("bridges/edit.html", setup.bridge_page(ports(), viewer(), bridge_id))


@blueprint.post("/<id:bridge_id>")
@guard(Permission.CONFIGURE)
@again(edit)
def save(bridge_id: int) -> ResponseReturnValue:
    """Change one, or try what is typed."""
    return _saved_or_tried(bridge_id)


def _saved_or_tried(bridge_id: int | None) -> ResponseReturnValue:
    form = bridge_forms.bridge_input(request.form)
    if request.form.get("action") == "try":
        tried = setup.try_bridge(ports(), viewer(), bridge_id, form)
        page = setup.bridge_page(ports(), viewer(), bridge_id, tried)
        return show("bridges/edit.html", page, values=forms.typed(request.form))
    saved, secret = setup.save_bridge(ports(), viewer(), bridge_id, form)
    notice("bridge_saved")
    if secret:
        notice("bridge_secret", "info", secret=secret)
    return see("bridges.edit", bridge_id=saved)


@blueprint.post("/<id:bridge_id>/pause")
@guard(Permission.CONFIGURE)
def pause(bridge_id: int) -> ResponseReturnValue:
    """Stop, or go on."""
    active = setup.pause(ports(), viewer(), bridge_id)
    notice("bridge_resumed" if active else "bridge_paused")
    return see("bridges.index")


@blueprint.post("/<id:bridge_id>/delete")
@guard(Permission.CONFIGURE)
def delete(bridge_id: int) -> ResponseReturnValue:
    """Take one out."""
    setup.delete_bridge(ports(), viewer(), bridge_id)
    notice("bridge_deleted")
    return see("bridges.index")


@blueprint.post("/tokens")
@guard(Permission.CONFIGURE)
@again(index)
def add_token() -> ResponseReturnValue:
    """A new key, shown once."""
    name = forms.line(request.form, "token_name")
    secret = access_tokens.make(ports(), viewer(), name, access_tokens.CALLS)
    notice("token_made", "info", secret=secret)
    return see("bridges.index", _anchor="tokens")


@blueprint.post("/tokens/<id:token_id>/revoke")
@guard(Permission.CONFIGURE)
def revoke_token(token_id: int) -> ResponseReturnValue:
    """It opens nothing any more."""
    access_tokens.revoke(ports(), viewer(), token_id)
    notice("token_revoked")
    return see("bridges.index", _anchor="tokens")
