"""Asking a question."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import questions
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, see, show

blueprint = Blueprint("ask", __name__)


@blueprint.get("/ask")
@guard(Permission.ASK)
def form() -> str:
    """The form, prefilled with what was searched for."""
    page = questions.ask_form(ports(), viewer(), forms.query(request.args))
    return show("ask/form.html", page)


@blueprint.post("/ask")
@guard(Permission.ASK)
@again(form)
def submit() -> ResponseReturnValue:
    """Store the question and go to its page, where the answer is."""
    public_id = questions.submit(ports(), viewer(), forms.question(request.form))
    return see("questions.show", public_id=public_id)
