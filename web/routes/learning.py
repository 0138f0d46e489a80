"""What managers see of learning: votes set aside, every learned change, the replay."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app import vote_passes
from kb_app.learning import changes as deeds
from kb_app.learning import pages, starting
from kb_app.learning import votes as vote_pages
from kb_app.permissions import Permission
from web import learning_forms
from web.auth import guard, viewer
from web.context import ports
from web.forms import line, one_of, page_number
from web.showing import again, notice, see, show

blueprint = Blueprint("learning", __name__, url_prefix="/manage")
DEEDS = {
    learning_forms.Deed.ACCEPT: deeds.accept,
    learning_forms.Deed.DISMISS: deeds.dismiss,
    learning_forms.Deed.TAKE_BACK: deeds.take_back,
}


@blueprint.get("/votes")
@guard(Permission.INSIGHT)
def votes() -> str:
    """Votes that look like stuffing, by reason and article."""
    page = vote_pages.votes_page(ports(), viewer(), line(request.args, "view"))
    return show("learning/votes.html", page)


@blueprint.post("/votes")
@guard(Permission.INSIGHT)
@again(votes)
def decide_votes() -> ResponseReturnValue:
    """Release, reject, or set aside again."""
    choice = learning_forms.vote_choice(request.form)
    count = vote_pages.decide(ports(), viewer(), choice)
    notice(f"votes_{choice.decision.value}", count=count)
    return see("learning.votes", view=line(request.form, "shelf"))


@blueprint.post("/votes/passes/<id:pass_id>/stop")
@guard(Permission.INSIGHT)
def stop_pass(pass_id: int) -> ResponseReturnValue:
    """A release that held for some time ends now."""
    vote_passes.stop(ports(), viewer(), pass_id)
    notice("vote_pass_stopped")
    return see("learning.votes")


@blueprint.get("/learning")
@guard(Permission.INSIGHT)
def changes() -> str:
    """Every learned change, by state."""
    page = pages.changes_page(
        ports(), viewer(), line(request.args, "view"), page_number(request.args)
    )
    return show("learning/changes.html", page)


@blueprint.post("/learning")
@guard(Permission.PUBLISH)
def learn() -> ResponseReturnValue:
    """Learn now."""
    starting.announce(ports(), viewer())
    notice("learning_started", "info")
    return see("learning.changes")


def _list(change_id: int) -> str:
    """The list a change stands in."""
    _ = change_id
    return changes()


@blueprint.post("/learning/<id:change_id>")
@guard(Permission.PUBLISH)
@again(_list)
def decide(change_id: int) -> ResponseReturnValue:
    """Accept a proposal, dismiss it, or take a change back."""
    deed = one_of(request.form, "decision", learning_forms.Deed)
    DEEDS[deed](ports(), viewer(), change_id)
    notice(f"learned_{deed.value}")
    return see("learning.changes", view=line(request.form, "shelf"))


@blueprint.get("/replay")
@guard(Permission.INSIGHT)
def replay() -> str:
    """What ratings and use bring, by the searches that were really made."""
    return show("learning/replay.html", pages.replay_page(ports(), viewer()))
