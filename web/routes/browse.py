"""The two trees: by category and by product."""

from __future__ import annotations

from flask import Blueprint, request

from kb_app import articles
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import page_number
from web.showing import show

blueprint = Blueprint("browse", __name__)


@blueprint.get("/categories/<slug>")
@guard(Permission.READ)
def category(slug: str) -> str:
    """A category with everything below it."""
    page = articles.browse_category(ports(), viewer(), slug, page_number(request.args))
    return show("browse/show.html", page)


@blueprint.get("/products/<slug>")
@guard(Permission.READ)
def product(slug: str) -> str:
    """A product with everything below it."""
    page = articles.browse_product(ports(), viewer(), slug, page_number(request.args))
    return show("browse/show.html", page)
