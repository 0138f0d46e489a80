"""The front page and the hottest questions."""

from __future__ import annotations

from flask import Blueprint, request

from kb_app import articles, browsing
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import line
from web.showing import show

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@guard(Permission.READ)
def home() -> str:
    """The front page."""
    return show("home.html", articles.home(ports(), viewer()))


@blueprint.get("/hot")
@guard(Permission.READ)
def hot() -> str:
    """The hottest questions, overall or of one category or product."""
    category, product = line(request.args, "category"), line(request.args, "product")
    page = browsing.hottest(ports(), viewer(), category, product)
    return show("hot.html", page)
