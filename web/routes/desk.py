"""The agents' desk: the queue, one ticket, and turning it into knowledge."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import desk_queue, outside_panels, ticket_pages, tickets
from kb_app.permissions import Permission
from models import TicketStatus
from web import desk_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("desk", __name__, url_prefix="/desk")


@blueprint.get("")
@guard(Permission.DESK)
def queue() -> str:
    """A list of tickets with the counts of all lists."""
    page = desk_queue.queue(ports(), viewer(), desk_forms.queue_filter(request.args))
    undo = forms.number_or_none(request.args, "undo")
    return show("desk/queue.html", page, undo=undo)


@blueprint.get("/tickets/<number>")
@guard(Permission.DESK)
def ticket(number: str) -> str:
    """Everything known about one ticket."""
    page = ticket_pages.desk_ticket(ports(), viewer(), number)
    return show("desk/ticket.html", page, beside=outside_panels.beside(ports(), viewer(), number))


@blueprint.post("/tickets/<number>/messages")
@guard(Permission.DESK)
@again(ticket)
def message(number: str) -> ResponseReturnValue:
    """A reply or a private note, and perhaps a new state with it."""
    posting = forms.posting(request.form)
    tickets.post_message(ports(), viewer(), number, posting)
    sent = "reply_held" if posting.held else "reply_sent"
    notice("note_saved" if posting.kind == "note" else sent)
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/status")
@guard(Permission.DESK)
@again(ticket)
def status(number: str) -> ResponseReturnValue:
    """Move the ticket along its life."""
    target = forms.one_of(request.form, "status", TicketStatus)
    version = forms.needed_number(request.form, "version")
    tickets.change_status(ports(), viewer(), number, target, version)
    notice("status_changed")
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/claim")
@guard(Permission.DESK)
@again(ticket)
def claim(number: str) -> ResponseReturnValue:
    """I take this one."""
    tickets.claim(ports(), viewer(), number, forms.needed_number(request.form, "version"))
    notice("claimed")
    return see("desk.ticket", number=number)
