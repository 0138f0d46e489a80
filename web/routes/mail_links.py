"""Where mails lead: the answer somebody was mailed, and replies waiting for a second reader."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.mail import desk_pages, links
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("mail_links", __name__)


@blueprint.get("/m/<token>")
@guard(Permission.READ)
def answer(token: str) -> str:
    """The mailed answer; looking at it changes nothing, mail scanners follow every link."""
    chosen = "unsolved" if request.args.get("is") == "unsolved" else "solved"
    return show("mail_links/answer.html", links.mailed_answer(ports(), token), chosen=chosen)


@blueprint.post("/m/<token>/solved")
@guard(Permission.READ)
def solved(token: str) -> ResponseReturnValue:
    """解决了."""
    links.solved(ports(), token)
    notice("mail_solved")
    return see("mail_links.answer", token=token)


@blueprint.post("/m/<token>/unsolved")
@guard(Permission.READ)
@again(answer)
def unsolved(token: str) -> ResponseReturnValue:
    """没解决: on to a person."""
    number = links.unsolved(ports(), token, forms.text(request.form, "extra"))
    notice("mail_unsolved", number=number)
    return see("mail_links.answer", token=token)


@blueprint.get("/desk/outgoing")
@guard(Permission.DESK)
def outgoing() -> str:
    """Replies waiting for somebody else than their writer."""
    return show("mail_links/outgoing.html", desk_pages.outgoing(ports(), viewer()))


@blueprint.post("/desk/outgoing/<id:out_id>/approve")
@guard(Permission.DESK)
def approve(out_id: int) -> ResponseReturnValue:
    """Let it go."""
    desk_pages.approve(ports(), viewer(), out_id)
    notice("mail_approved")
    return see("mail_links.outgoing")


@blueprint.post("/desk/outgoing/<id:out_id>/reject")
@guard(Permission.DESK)
def reject(out_id: int) -> ResponseReturnValue:
    """It does not go."""
    desk_pages.reject(ports(), viewer(), out_id)
    notice("mail_rejected")
    return see("mail_links.outgoing")
