"""Rules that work on tickets by themselves: builder, dry run, versions, log."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.permissions import Permission
from kb_app.rules import building, pages, trying
from web import forms, rule_forms, rule_words
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("rules", __name__, url_prefix="/manage/rules")


@blueprint.get("")
@guard(Permission.MANAGE_DESK)
def index() -> str:
    """All rules."""
    return show("rules/index.html", pages.rules(ports(), viewer()), words=rule_words)


@blueprint.get("/new")
@guard(Permission.MANAGE_DESK)
def new() -> str:
    """An empty form."""
    kind = forms.line(request.args, "kind")
    page = pages.rule(ports(), viewer(), None)
    return show("rules/edit.html", page, words=rule_words, kind=kind)


@blueprint.post("")
@guard(Permission.MANAGE_DESK)
@again(new)
def add() -> ResponseReturnValue:
    """Add one, or try what is typed."""
    return _saved_or_tried(None)


@blueprint.get("/<id:rule_id>")
@guard(Permission.MANAGE_DESK)
def edit(rule_id: int) -> str:
    """One rule with its versions and its log."""
    page = pages.rule(ports(), viewer(), rule_id)
    return show("rules/edit.html", page, words=rule_words, kind="")


@blueprint.post("/<id:rule_id>")
@guard(Permission.MANAGE_DESK)
@again(edit)
def save(rule_id: int) -> ResponseReturnValue:
    """Change one, or try what is typed."""
    return _saved_or_tried(rule_id)


def _saved_or_tried(rule_id: int | None) -> ResponseReturnValue:
    form = rule_forms.rule_input(request.form)
    if request.form.get("action") == "try":
        trial = trying.try_rule(ports(), viewer(), form)
        page = pages.rule(ports(), viewer(), rule_id, trial)
        typed = forms.typed(request.form)
        return show("rules/edit.html", page, words=rule_words, kind="", values=typed)
    saved = building.save_rule(ports(), viewer(), rule_id, form)
    notice("rule_saved" if rule_id else "rule_saved_off")
    return see("rules.edit", rule_id=saved)


@blueprint.get("/tickets/<number>")
@guard(Permission.DESK)
def runs(number: str) -> str:
    """What rules did on one ticket."""
    return show("rules/runs.html", pages.runs_on(ports(), viewer(), number), words=rule_words)


@blueprint.post("/<id:rule_id>/switch")
@guard(Permission.MANAGE_DESK)
def switch(rule_id: int) -> ResponseReturnValue:
    """On or off."""
    active = building.switch(ports(), viewer(), rule_id)
    notice("rule_on" if active else "rule_off")
    return see("rules.index")


@blueprint.post("/<id:rule_id>/move")
@guard(Permission.MANAGE_DESK)
def move(rule_id: int) -> ResponseReturnValue:
    """One place up or down."""
    building.move(ports(), viewer(), rule_id, up=request.form.get("way") == "up")
    return see("rules.index")


@blueprint.post("/<id:rule_id>/restore")
@guard(Permission.MANAGE_DESK)
def restore(rule_id: int) -> ResponseReturnValue:
    """As it was."""
    number = forms.needed_number(request.form, "number")
    building.restore(ports(), viewer(), rule_id, number)
    notice("rule_restored", number=number)
    return see("rules.edit", rule_id=rule_id)


@blueprint.post("/<id:rule_id>/delete")
@guard(Permission.MANAGE_DESK)
def delete(rule_id: int) -> ResponseReturnValue:
    """Take one out."""
    building.delete_rule(ports(), viewer(), rule_id)
    notice("rule_deleted")
    return see("rules.index")
