"""What I asked, and how far it is."""

from __future__ import annotations

from flask import Blueprint, request

from kb_app import question_pages
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import page_number
from web.showing import show

blueprint = Blueprint("my", __name__)


@blueprint.get("/my")
@guard(Permission.TRACK)
def index() -> str:
    """My questions and tickets, newest first."""
    return show("my/index.html", question_pages.mine(ports(), viewer(), page_number(request.args)))
