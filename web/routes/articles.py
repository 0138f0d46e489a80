"""Reading an article and saying whether it helped."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb_app import articles, voting
from kb_app.errors import Moved
from kb_app.permissions import Permission
from web.auth import guard, viewer
from web.context import ports
from web.forms import origin, vote_value
from web.showing import back, is_fragment, notice
from web.showing import show as show_page

blueprint = Blueprint("articles", __name__, url_prefix="/articles")


@blueprint.get("/<slug>")
@guard(Permission.READ)
def show(slug: str) -> ResponseReturnValue:
    """One article; an address it once had leads to the present one."""
    try:
        page = articles.read(ports(), viewer(), slug, origin(request.args))
    except Moved as moved:
        return redirect(url_for("articles.show", slug=moved.slug), 301)
    return show_page("articles/show.html", page)


@blueprint.post("/<id:article_id>/vote")
@guard(Permission.VOTE)
def vote(article_id: int) -> ResponseReturnValue:
    """有用, 没用, or neither; a script gets the new state, a browser its page back."""
    state = voting.vote(ports(), viewer(), article_id, vote_value(request.form))
    if is_fragment():
        return show_page("articles/_vote.html", state)
    notice("voted" if state.my_vote else "vote_removed")
    return back()
