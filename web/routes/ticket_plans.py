"""Tickets that staff begin, their templates, and the calendar that begins them."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.permissions import Permission
from kb_app.plans import opening
from kb_app.plans import schedules as calendar
from kb_app.plans import templates as kept
from web import forms, plan_forms, rule_words
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("ticket_plans", __name__)


def _form(template: str, template_id: int | None) -> str:
    node_id = forms.number_or_none(request.values, "node_id")
    typed = plan_forms.known(request.args)
    page = kept.new_ticket_page(ports(), viewer(), template_id, typed, node_id)
    return show(template, page, words=rule_words)


@blueprint.get("/desk/new")
@guard(Permission.DESK)
def new() -> str:
    """A ticket for a customer on the phone, perhaps from a template."""
    return _form("ticket_plans/new.html", forms.number_or_none(request.values, "template_id"))


@blueprint.post("/desk/new")
@guard(Permission.DESK)
@again(new)
def begin() -> ResponseReturnValue:
    """Begin it."""
    number = opening.open_by_hand(ports(), viewer(), plan_forms.new_ticket(request.form))
    notice("ticket_opened", number=number)
    return see("desk.ticket", number=number)


@blueprint.get("/manage/templates")
@guard(Permission.MANAGE_DESK)
def templates() -> str:
    """All templates."""
    return _form("ticket_plans/templates.html", None)


@blueprint.get("/manage/templates/new")
@guard(Permission.MANAGE_DESK)
def new_template() -> str:
    """An empty form."""
    return _form("ticket_plans/template.html", None)


@blueprint.post("/manage/templates")
@guard(Permission.MANAGE_DESK)
@again(new_template)
def add_template() -> ResponseReturnValue:
    """Add one."""
    kept.save_template(ports(), viewer(), None, plan_forms.template(request.form))
    notice("template_saved")
    return see("ticket_plans.templates")


@blueprint.get("/manage/templates/<id:template_id>")
@guard(Permission.MANAGE_DESK)
def edit_template(template_id: int) -> str:
    """One template."""
    return _form("ticket_plans/template.html", template_id)


@blueprint.post("/manage/templates/<id:template_id>")
@guard(Permission.MANAGE_DESK)
@again(edit_template)
def save_template(template_id: int) -> ResponseReturnValue:
    """Change one."""
    kept.save_template(ports(), viewer(), template_id, plan_forms.template(request.form))
    notice("template_saved")
    return see("ticket_plans.templates")


@blueprint.post("/manage/templates/<id:template_id>/delete")
@guard(Permission.MANAGE_DESK)
@again(edit_template)
def delete_template(template_id: int) -> ResponseReturnValue:
    """Take one out."""
    kept.delete_template(ports(), viewer(), template_id)
    notice("removed")
    return see("ticket_plans.templates")


@blueprint.get("/manage/schedules")
@guard(Permission.MANAGE_DESK)
def schedules() -> str:
    """All schedules, and a form."""
    opened = forms.number_or_none(request.values, "edit")
    page = calendar.schedules(ports(), viewer(), opened)
    return show("ticket_plans/schedules.html", page)


@blueprint.post("/manage/schedules")
@guard(Permission.MANAGE_DESK)
@again(schedules)
def save_schedule() -> ResponseReturnValue:
    """Add or change one."""
    schedule_id = forms.number(request.form, "edit")
    calendar.save_schedule(ports(), viewer(), schedule_id, plan_forms.schedule(request.form))
    notice("schedule_saved")
    return see("ticket_plans.schedules")


@blueprint.post("/manage/schedules/<id:schedule_id>/switch")
@guard(Permission.MANAGE_DESK)
def switch_schedule(schedule_id: int) -> ResponseReturnValue:
    """Pause one, or let it go on."""
    active = calendar.switch(ports(), viewer(), schedule_id)
    notice("schedule_on" if active else "schedule_off")
    return see("ticket_plans.schedules")


@blueprint.post("/manage/schedules/<id:schedule_id>/delete")
@guard(Permission.MANAGE_DESK)
def delete_schedule(schedule_id: int) -> ResponseReturnValue:
    """Take one out."""
    calendar.delete_schedule(ports(), viewer(), schedule_id)
    notice("removed")
    return see("ticket_plans.schedules")
