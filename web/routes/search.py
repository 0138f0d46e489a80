"""Searching, and suggestions while typing."""

from __future__ import annotations

from flask import Blueprint, request

from kb_app import search, suggesting
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import query, search_form
from web.search_addresses import SearchAddresses
from web.showing import show

blueprint = Blueprint("search", __name__)
HINTS = 4


@blueprint.get("/search")
@guard(Permission.READ)
def results() -> str:
    """One page of results."""
    page = search.find(ports(), viewer(), search_form(request.args))
    return show("search/results.html", page, at=SearchAddresses(page.form))


@blueprint.get("/suggest")
@guard(Permission.READ)
def suggest() -> str:
    """A list of options for what has been typed so far."""
    purpose = "ask" if request.args.get("for") == "ask" else "search"
    if purpose == "ask":
        page = suggesting.hints(ports(), viewer(), query(request.args), HINTS)
    else:
        page = suggesting.suggest(ports(), viewer(), query(request.args))
    return show("search/_suggest.html", page, purpose=purpose)


@blueprint.get("/desk/articles")
@guard(Permission.DESK)
def insertable() -> str:
    """Articles an agent may put into a reply, for what has been typed so far."""
    page = suggesting.insertable(ports(), viewer(), query(request.args))
    return show("search/_insertable.html", page)
