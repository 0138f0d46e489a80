"""Asking colleagues in by mail, and their way in."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.people import inviting
from kb_app.people.inviting import InviteInput
from kb_app.permissions import Permission
from web import forms
from web.auth import begin_session, guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("invitations", __name__)


@blueprint.get("/manage/invitations")
@guard(Permission.CONFIGURE)
def index() -> str:
    """Who was asked, and the form."""
    return show("people/invitations.html", inviting.invites(ports(), viewer()))


@blueprint.post("/manage/invitations")
@guard(Permission.CONFIGURE)
@again(index)
def invite() -> ResponseReturnValue:
    """Ask somebody."""
    form = InviteInput(
        forms.line(request.form, "email"),
        forms.line(request.form, "name"),
        forms.line(request.form, "role"),
        forms.number(request.form, "team_id"),
    )
    inviting.invite(ports(), viewer(), form)
    notice("invited", email=form.email)
    return see("invitations.index")


@blueprint.post("/manage/invitations/<id:invite_id>/resend")
@guard(Permission.CONFIGURE)
def resend(invite_id: int) -> ResponseReturnValue:
    """A new link; the old one ends."""
    inviting.resend(ports(), viewer(), invite_id)
    notice("invited_again")
    return see("invitations.index")


@blueprint.post("/manage/invitations/<id:invite_id>/revoke")
@guard(Permission.CONFIGURE)
def revoke(invite_id: int) -> ResponseReturnValue:
    """The link ends."""
    inviting.revoke(ports(), viewer(), invite_id)
    notice("invite_revoked")
    return see("invitations.index")


@blueprint.get("/invited/<token>")
@guard(Permission.ENTER)
def welcome(token: str) -> str:
    """The way in for whom it was mailed to."""
    return show("people/welcome.html", inviting.welcome(ports(), viewer(), token))


@blueprint.post("/invited/<token>")
@guard(Permission.ENTER)
@again(welcome)
def accept(token: str) -> ResponseReturnValue:
    """Name and password, and one is in."""
    name, password = forms.line(request.form, "name"), forms.secret(request.form, "password")
    begin_session(inviting.accept(ports(), viewer(), token, name, password))
    notice("invite_accepted")
    return see("desk.queue" if viewer().role != "content_manager" else "manage.articles")
