"""What the person at work wrote themselves: drafts, handed in, come back, published."""

from __future__ import annotations

from flask import Blueprint

from kb_app import own_drafts
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.showing import show

blueprint = Blueprint("own", __name__, url_prefix="/manage")


@blueprint.get("/own-articles")
@guard(Permission.DRAFT)
def mine() -> str:
    """One's own articles, the last changed first."""
    return show("manage/mine.html", own_drafts.own_page(ports(), viewer()))
