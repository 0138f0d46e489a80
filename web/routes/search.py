"""Searching, and suggestions while typing."""

from __future__ import annotations

from flask import Blueprint, request

from kb_app import search
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import query, search_form
from web.showing import show

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@guard(Permission.READ)
def results() -> str:
    """One page of results."""
    page = search.find(ports(), viewer(), search_form(request.args))
    return show("search/results.html", page)


@blueprint.get("/suggest")
@guard(Permission.READ)
def suggest() -> str:
    """A list of options for what has been typed so far."""
    purpose = "ask" if request.args.get("for") == "ask" else "search"
    page = search.suggest(ports(), viewer(), query(request.args))
    return show("search/_suggest.html", page, purpose=purpose)
