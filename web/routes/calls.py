"""Calls back: a customer chooses a time, the desk calls and records what came of it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.calling import booking
from kb_app.calling import desk as desk_of
from kb_app.errors import InvalidInput
from kb_app.permissions import Permission
from web import call_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("calls", __name__)


@blueprint.get("/chat/callback")
@guard(Permission.ASK)
def form() -> str:
    """The number, what about, and when."""
    chat = request.values.get("chat", "")[: call_forms.LONGEST]
    page = booking.call_page(ports(), viewer(), chat)
    days = call_forms.days_of(page.slots, ports().config.timezone)
    return show("calls/form.html", page, days=days)


@blueprint.post("/chat/callback")
@guard(Permission.ASK)
@again(form)
def book() -> ResponseReturnValue:
    """Promise it."""
    public_id = booking.book(ports(), viewer(), call_forms.booking(request.form))
    notice("call_booked")
    return see("calls.booked", public_id=public_id)


@blueprint.get("/chat/callback/<public_id>")
@guard(Permission.ASK)
def booked(public_id: str) -> str:
    """What was promised."""
    page = booking.booked(ports(), viewer(), public_id)
    days = call_forms.days_of(page.slots, ports().config.timezone)
    return show("calls/booked.html", page, days=days)


@blueprint.post("/chat/callback/<public_id>")
@guard(Permission.ASK)
@again(booked)
def change(public_id: str) -> ResponseReturnValue:
    """Another time, or no call."""
    off = request.form.get("deed") == "off"
    slot = None if off else call_forms.slot(request.form)
    if not off and slot is None:
        raise InvalidInput("slot", "empty")
    booking.change(ports(), viewer(), public_id, slot)
    notice("call_off" if off else "call_changed")
    return see("calls.booked", public_id=public_id)


@blueprint.get("/desk/callbacks")
@guard(Permission.DESK)
def desk(public_id: str = "") -> str:
    """Who is to be called, in the order of the times promised."""
    page = desk_of.calls(ports(), viewer())
    days = call_forms.days_of(page.slots, ports().config.timezone)
    return show("calls/desk.html", page, days=days, opened=public_id)


@blueprint.post("/desk/callbacks/<public_id>/claim")
@guard(Permission.DESK)
@again(desk)
def claim(public_id: str) -> ResponseReturnValue:
    """I will call."""
    desk_of.claim(ports(), viewer(), public_id, forms.needed_number(request.form, "version"))
    notice("call_claimed")
    return see("calls.desk")


@blueprint.post("/desk/callbacks/<public_id>/result")
@guard(Permission.DESK)
@again(desk)
def result(public_id: str) -> ResponseReturnValue:
    """接通、未接 or 改约."""
    state = desk_of.conclude(ports(), viewer(), public_id, call_forms.outcome(request.form))
    notice(f"call_{state.value}")
    return see("calls.desk")
