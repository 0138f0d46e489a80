"""A ticket as its customer sees it: progress, answers, rating."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import ticket_joining, ticket_pages, tickets
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see
from web.showing import show as show_page

blueprint = Blueprint("tickets", __name__, url_prefix="/tickets/<number>")


@blueprint.get("")
@guard(Permission.TRACK)
def show(number: str) -> ResponseReturnValue:
    """Where my request stands; a number that was merged leads on."""
    into = ticket_joining.merged_into(ports(), viewer(), number)
    if into is not None:
        return see("tickets.show", number=into)
    return show_page("tickets/show.html", ticket_pages.customer_ticket(ports(), viewer(), number))


@blueprint.post("/reply")
@guard(Permission.TRACK)
@again(show)
def reply(number: str) -> ResponseReturnValue:
    """Add something to my request."""
    body, key = forms.text(request.form, "body"), forms.key(request.form, "client_key")
    tickets.customer_reply(ports(), viewer(), number, body, key)
    notice("reply_sent")
    return see("tickets.show", number=number)


@blueprint.post("/rate")
@guard(Permission.TRACK)
@again(show)
def rate(number: str) -> ResponseReturnValue:
    """Say how satisfied I am."""
    rating = forms.needed_number(request.form, "rating")
    tickets.rate(ports(), viewer(), number, rating, forms.text(request.form, "comment"))
    notice("rated")
    return see("tickets.show", number=number)


@blueprint.post("/reopen")
@guard(Permission.TRACK)
@again(show)
def reopen(number: str) -> ResponseReturnValue:
    """It is not solved after all."""
    body, key = forms.text(request.form, "body"), forms.key(request.form, "client_key")
    tickets.customer_reply(ports(), viewer(), number, body, key)
    notice("reopened")
    return see("tickets.show", number=number)
