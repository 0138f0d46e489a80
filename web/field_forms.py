"""From what a browser sent about forms, built and filled in, to the dataclasses of kb_app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import BinaryIO, cast

from werkzeug.datastructures import FileStorage, MultiDict

from kb_app.asking_forms import Filled
from kb_app.files import Upload
from kb_app.questions import QuestionDraft
from kb_app.typed_text import clean, clean_line
from ticket_bridge.fields import MOST_FIELDS
from web.forms import Form, number_or_none

PREFIX = "field-"
PARTS = (
    "key",
    "kind",
    "label",
    "hint",
    "options",
    "pattern",
    "least",
    "most",
    "when_label",
    "when_value",
)
LONGEST_PART = 4_000


def with_form(
    draft: QuestionDraft, form: Form, files: MultiDict[str, FileStorage]
) -> QuestionDraft:
    """The question with the form that came along."""
    given = {
        name.removeprefix(PREFIX): tuple(clean(value) for value in values)
        for name, values in form.lists()
        if name.startswith(PREFIX)
    }
    uploads = tuple(
        (name.removeprefix(PREFIX), Upload(clean_line(sent.filename), cast(BinaryIO, sent.stream)))
        for name, sent in files.items()
        if name.startswith(PREFIX) and sent.filename
    )
    filled = Filled(
        number_or_none(form, "node_id"), number_or_none(form, "urgency"), given, uploads
    )
    return replace(draft, filled=filled)


def builder_rows(form: Form) -> list[Mapping[str, str]]:
    """The builder's rows in their order; `order` lists the row numbers as they stand."""
    order = [n for n in form.getlist("order") if n.isascii() and n.isdigit()][: MOST_FIELDS + 5]
    rows: list[Mapping[str, str]] = []
    for place in order:
        row = {part: form.get(f"{part}-{place}", "")[:LONGEST_PART] for part in PARTS}
        if f"required-{place}" in form:
            row["required"] = "1"
        if f"drop-{place}" not in form:
            rows.append(row)
    return rows
