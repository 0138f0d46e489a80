"""What the forms about learning hold."""

from __future__ import annotations

from enum import StrEnum

from kb_app.learning.votes import SHELVES, Choice, Decision
from kb_app.vote_watch import Why
from models import VoteStanding
from web.forms import Form, number, one_of


def vote_choice(form: Form) -> Choice:
    """Which votes that were set aside, and what to do with them."""
    shelf = form.get("shelf", "")
    return Choice(
        decision=one_of(form, "decision", Decision),
        why=one_of(form, "why", Why),
        article_id=number(form, "article_id"),
        days=number(form, "days") or 0,
        shelf=next((each for each in SHELVES if each.value == shelf), VoteStanding.HELD),
    )


class Deed(StrEnum):
    """What a button beside a learned change does."""

    ACCEPT = "accept"
    DISMISS = "dismiss"
    TAKE_BACK = "take_back"
