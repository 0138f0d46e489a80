"""At the desk: a ticket to another system, and calls as they come."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from kb_app.access_tokens import CALLS, any_for
from kb_app.bridging import handing
from kb_app.calls import desk as calls
from kb_app.permissions import Permission
from web import bridge_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.routes.desk import ticket
from web.showing import again, notice, see, show

blueprint = Blueprint("handing", __name__, url_prefix="/desk")
KNOWN_SECONDS = 30.0


@blueprint.app_context_processor
def known() -> dict[str, Callable[[], bool]]:
    """For pages on which a call may pop up."""
    return {"calls_on": _calls_on}


def _calls_on() -> bool:
    """Whether a telephone system has a key; asked of the database twice a minute."""
    kept: tuple[bool, float] = current_app.extensions.get("wenda_calls_on", (False, -math.inf))
    if time.monotonic() - kept[1] > KNOWN_SECONDS:
        kept = (any_for(ports(), CALLS), time.monotonic())
        current_app.extensions["wenda_calls_on"] = kept
    return kept[0]


@blueprint.post("/tickets/<number>/handover")
@guard(Permission.DESK)
@again(ticket)
def hand(number: str) -> ResponseReturnValue:
    """To another system as well."""
    bridge_id = forms.needed_number(request.form, "bridge_id")
    name = handing.hand_over(ports(), viewer(), number, bridge_id)
    notice("handed_over", system=name)
    return see("desk.ticket", number=number)


@blueprint.post("/tickets/<number>/handover/<id:handover_id>/again")
@guard(Permission.DESK)
def retry(number: str, handover_id: int) -> ResponseReturnValue:
    """Try what failed or waits."""
    handing.try_again(ports(), viewer(), number, handover_id)
    notice("handover_again")
    return see("desk.ticket", number=number)


@blueprint.get("/phone")
@guard(Permission.DESK)
def index() -> str:
    """All calls."""
    number = forms.line(request.args, "number")
    page = calls.calls(ports(), viewer(), number, forms.page_number(request.args))
    return show("phone/index.html", page)


@blueprint.get("/phone/live")
@guard(Permission.DESK)
def live() -> str:
    """My calls of this moment, for the pop-up."""
    return show("phone/_live.html", calls.live(ports(), viewer()))


@blueprint.get("/phone/<id:call_id>")
@guard(Permission.DESK)
def call(call_id: int) -> str:
    """One call and who may be calling."""
    return show("phone/show.html", calls.call_page(ports(), viewer(), call_id))


@blueprint.post("/phone/<id:call_id>/link")
@guard(Permission.DESK)
@again(call)
def link(call_id: int) -> ResponseReturnValue:
    """It is about this ticket."""
    number = calls.link(ports(), viewer(), call_id, forms.line(request.form, "into"))
    notice("call_linked", number=number)
    return see("desk.ticket", number=number)


@blueprint.post("/phone/<id:call_id>/ticket")
@guard(Permission.DESK)
@again(call)
def make_ticket(call_id: int) -> ResponseReturnValue:
    """A ticket of what was said."""
    form = bridge_forms.call_ticket(request.form)
    number = calls.make_ticket(ports(), viewer(), call_id, form)
    notice("call_ticket", number=number)
    return see("desk.ticket", number=number)
