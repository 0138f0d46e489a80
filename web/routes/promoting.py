"""Turning a solved ticket into knowledge: a new article, or more for one that exists."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from kb_app import promotion, supplementing
from kb_app.permissions import Permission, may
from kb_app.supplementing import Outcome
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.promotion_forms import addition, rechoice
from web.showing import again, notice, see, show

blueprint = Blueprint("promoting", __name__, url_prefix="/desk/tickets/<number>/promote")


@blueprint.get("")
@guard(Permission.PROMOTE)
def page(number: str) -> str:
    """A proposed article, with the near ones that exist shown first."""
    if request.method == "POST":
        wanted = rechoice(request.form)
        found = promotion.choose_again(ports(), viewer(), number, wanted)
        g.values = forms.typed(request.form)
        g.values.pop("body", None)
        return show("desk/promote.html", found)
    return show("desk/promote.html", promotion.propose(ports(), viewer(), number))


@blueprint.post("")
@guard(Permission.PROMOTE)
@again(page)
def make(number: str) -> ResponseReturnValue:
    """Make the draft (twice makes one) and go on to it, as far as one may write."""
    article_id = promotion.promote(ports(), viewer(), number, forms.draft(request.form))
    if may(viewer(), Permission.WRITE):
        notice("promoted")
        return see("manage.edit", article_id=article_id)
    notice("promoted_for_review")
    return see("desk.ticket", number=number)


@blueprint.post("/messages")
@guard(Permission.PROMOTE)
def choose(number: str) -> str:
    """The same page with other messages in its text; nothing is saved."""
    return page(number)


@blueprint.post("/phrasing")
@guard(Permission.PROMOTE)
@again(page)
def phrase(number: str) -> ResponseReturnValue:
    """The customer's wording for an article that exists."""
    wanted = addition(request.form, "phrasing")
    outcome = supplementing.add_phrasing(ports(), viewer(), number, wanted)
    notice(f"phrasing_{outcome}", "info" if outcome is Outcome.KNOWN else "success")
    return see("desk.ticket", number=number)


@blueprint.post("/update")
@guard(Permission.PROMOTE)
@again(page)
def update(number: str) -> ResponseReturnValue:
    """The text at the end of an article: in the editor, or as a note to who may write."""
    wanted = addition(request.form, "body")
    outcome = supplementing.supplement(ports(), viewer(), number, wanted)
    if may(viewer(), Permission.WRITE):
        notice("supplement_added")
        return see("manage.edit", article_id=wanted.article_id, draft=1)
    notice(f"supplement_{outcome}", "info" if outcome is Outcome.KNOWN else "success")
    return see("desk.ticket", number=number)
