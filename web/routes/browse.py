"""The two trees: by category and by product; an old address leads to the present one."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb_app import browsing
from kb_app.errors import Moved
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import page_number
from web.showing import show

blueprint = Blueprint("browse", __name__)


@blueprint.get("/categories/<slug>")
@guard(Permission.READ)
def category(slug: str) -> ResponseReturnValue:
    """A category with everything below it."""
    try:
        page = browsing.browse_category(ports(), viewer(), slug, page_number(request.args))
    except Moved as moved:
        return redirect(url_for("browse.category", slug=moved.slug), 301)
    return show("browse/show.html", page)


@blueprint.get("/products/<slug>")
@guard(Permission.READ)
def product(slug: str) -> ResponseReturnValue:
    """A product with everything below it."""
    try:
        page = browsing.browse_product(ports(), viewer(), slug, page_number(request.args))
    except Moved as moved:
        return redirect(url_for("browse.product", slug=moved.slug), 301)
    return show("browse/show.html", page)
