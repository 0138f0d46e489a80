"""A question's page: its answer, and what the asker says about it; the public questions."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import escalation, question_pages, questions
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see
from web.showing import show as show_page

blueprint = Blueprint("questions", __name__, url_prefix="/questions")


@blueprint.get("")
@guard(Permission.READ)
def public() -> str:
    """Questions others may learn from."""
    page = question_pages.public(ports(), viewer(), forms.page_number(request.args))
    return show_page("questions/index.html", page)


@blueprint.get("/<public_id>")
@guard(Permission.READ)
def show(public_id: str) -> str:
    """One question with its answer or suggestions."""
    return show_page(
        "questions/show.html", question_pages.question_page(ports(), viewer(), public_id)
    )


@blueprint.post("/<public_id>/more")
@guard(Permission.ASK)
@again(show)
def follow_up(public_id: str) -> ResponseReturnValue:
    """继续问: stored with the question, answered with what came before."""
    questions.follow_up(ports(), viewer(), public_id, forms.follow_up(request.form))
    return see("questions.show", public_id=public_id, _anchor="latest")


@blueprint.post("/<public_id>/solved")
@guard(Permission.ASK)
@again(show)
def solved(public_id: str) -> ResponseReturnValue:
    """解决了: settled without a person."""
    questions.settle(ports(), viewer(), public_id)
    notice("question_settled")
    return see("questions.show", public_id=public_id)


@blueprint.post("/<public_id>/unsolved")
@guard(Permission.ASK)
@again(show)
def unsolved(public_id: str) -> ResponseReturnValue:
    """没解决: becomes a ticket with what was shown attached."""
    extra = forms.escalation(request.form)
    number = escalation.escalate(ports(), viewer(), public_id, extra)
    notice("ticket_made", number=number)
    return see("tickets.show", number=number)
