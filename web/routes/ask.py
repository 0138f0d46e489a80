"""Asking a question."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import asking_forms, questions
from kb_app.permissions import Permission
from web import field_forms, forms
from web.auth import guard, viewer
from web.context import ports
from web.passed import passed
from web.showing import again, see, show

blueprint = Blueprint("ask", __name__)


@blueprint.get("/ask")
@guard(Permission.ASK)
def form() -> str:
    """The form, prefilled with what was searched for."""
    node_id = forms.number_or_none(request.values, "node_id")
    page = questions.ask_form(ports(), viewer(), forms.query(request.args), node_id)
    return show("ask/form.html", page, passed=passed())


@blueprint.get("/ask/fields")
@guard(Permission.ASK)
def fields() -> str:
    """The fields of the node just chosen, for a form that stays as it is."""
    node_id = forms.number_or_none(request.args, "node_id")
    found = asking_forms.fields_page(ports(), viewer(), node_id)
    return show("ask/_fields.html", None, chosen=found)


@blueprint.post("/ask")
@guard(Permission.ASK)
@again(form)
def submit() -> ResponseReturnValue:
    """Store the question and go to its page, where the answer is."""
    draft = field_forms.with_form(forms.question(request.form), request.form, request.files)
    public_id = questions.submit(ports(), viewer(), replace(draft, passed=passed()))
    return see("questions.show", public_id=public_id)
