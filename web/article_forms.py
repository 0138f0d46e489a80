"""What the article editor, its autosave and its merge page send, as kb_app's values."""

from __future__ import annotations

import re

from kb_app.drafts import FIELDS, Typed
from kb_app.merge_pages import FIELDS as MERGED_FIELDS
from kb_app.merge_pages import Settlement
from kb_app.merging import Choice
from web.forms import Form, needed_number, number_or_none

_PIECE = re.compile(r"piece-(\d{1,5})")


def typed_fields(form: Form) -> Typed | None:
    """The fields as they stand in the editor; None when it only says that somebody is here."""
    if "body" not in form:
        return None
    fields = {name: ",".join(form.getlist(name)) for name in FIELDS}
    return Typed(fields, number_or_none(form, "version") or 0)


def settlement(form: Form) -> Settlement:
    """What was chosen between two versions; what cannot be read counts as both, or as mine."""
    pieces = {
        int(match[1]): choice
        for name in form
        if (match := _PIECE.fullmatch(name)) and (choice := _choice(form[name]))
    }
    fields = {
        name: choice for name in MERGED_FIELDS if (choice := _choice(form.get(f"field-{name}", "")))
    }
    return Settlement(needed_number(form, "seen"), pieces, fields)


def _choice(value: str) -> Choice | None:
    return next((choice for choice in Choice if choice.value == value), None)
