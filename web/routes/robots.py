"""What machines read: robots.txt, the map of public articles, llms.txt."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from kb_app import public_map
from kb_app.permissions import Permission
from web.auth import guard
from web.context import ports

blueprint = Blueprint("robots", __name__)


@blueprint.get("/robots.txt")
@guard(Permission.READ)
def robots() -> Response:
    """What is not worth reading, and where the map is."""
    return _text(render_template("robots/robots.txt"), "text/plain")


@blueprint.get("/sitemap.xml")
@guard(Permission.READ)
def sitemap() -> Response:
    """The map, or the list of its pages when there are many."""
    pages = public_map.map_pages(ports())
    if pages > 1:
        return _text(render_template("robots/pages.xml", pages=pages), "application/xml")
    found = public_map.addresses(ports(), 1)
    return _text(render_template("robots/sitemap.xml", found=found), "application/xml")


@blueprint.get("/sitemap-<id:page>.xml")
@guard(Permission.READ)
def sitemap_page(page: int) -> Response:
    """One page of the map."""
    found = public_map.addresses(ports(), page)
    if not found and page > 1:
        abort(404)
    return _text(render_template("robots/sitemap.xml", found=found), "application/xml")


@blueprint.get("/llms.txt")
@guard(Permission.READ)
def llms() -> Response:
    """The public articles for language models, as llmstxt.org describes it."""
    page = render_template("robots/llms.txt", shelves=public_map.shelves(ports()))
    return _text(page, "text/plain")


def _text(content: str, kind: str) -> Response:
    response = Response(content, mimetype=kind)
    # An article that is closed is gone from the next answer.
    response.headers["Cache-Control"] = "no-cache"
    return response
