"""What the page that turns a ticket into knowledge sends, as the dataclasses of kb_app."""

from __future__ import annotations

from kb_app.promotion import Rechoice
from kb_app.supplementing import Addition
from web.forms import Form, keys, line, needed_number, text


def rechoice(form: Form) -> Rechoice:
    """Which messages were in the text, and which ones are wanted in it now."""
    return Rechoice(text(form, "body"), _drafted(form), keys(form, "parts"))


def addition(form: Form, field: str) -> Addition:
    """A wording (`phrasing`) or a text (`body`) for the article whose button was pressed."""
    said = line(form, field) if field == "phrasing" else text(form, field)
    return Addition(needed_number(form, "article_id"), said, keys(form, "kept"))


def _drafted(form: Form) -> tuple[str, ...]:
    return tuple(each for each in form.get("drafted", "").split(",") if each)
