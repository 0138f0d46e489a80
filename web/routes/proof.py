"""Showing that the address of an account is one's own."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from kb_app import proven_mail
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.routes.account import EntrancePage
from web.showing import notice, see, show

blueprint = Blueprint("proof", __name__)


@blueprint.post("/account/confirm-email")
@guard(Permission.ACCOUNT)
def send_again() -> ResponseReturnValue:
    """Another link by mail."""
    sent = proven_mail.send_again(ports(), viewer())
    notice("proof_mailed" if sent else "proof_done")
    return see("account.show")


@blueprint.get("/confirm-email/<token>")
@guard(Permission.ACCOUNT)
def link(token: str) -> str:
    """What the link in the mail is for, after signing in; the button does it."""
    address = proven_mail.address_behind(ports(), viewer(), token)
    return show("account/proof.html", EntrancePage(token=token), address=address)


@blueprint.post("/confirm-email/<token>")
@guard(Permission.ACCOUNT)
def confirm(token: str) -> ResponseReturnValue:
    """Yes, it is mine."""
    proven_mail.confirm(ports(), viewer(), token)
    notice("proof_done")
    return see("account.show")
