"""From what a browser sent about imports and exports to the dataclasses of kb_app."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import FileStorage

from kb_app.exchange.formats import ExportFormat, ImportFormat
from kb_app.exchange.judging import OnConflict
from kb_app.exchange.readers.sheet_columns import FIELDS
from kb_app.exchange.runs import Sent
from web import forms
from web.forms import Form


def sent(form: Form, files: Mapping[str, FileStorage]) -> Sent:
    """The file and where it comes from."""
    upload = forms.upload(files)
    return Sent(forms.one_of(form, "format", ImportFormat), upload.filename, upload.stream)


def mapping(form: Form) -> dict[str, int]:
    """Which column holds what; nothing chosen is no column."""
    found = {name: forms.number(form, f"column_{name}") for name in FIELDS}
    return {name: place for name, place in found.items() if place is not None}


def on_conflict(form: Form) -> OnConflict:
    """What happens to articles people edited here."""
    return OnConflict.REPLACE if form.get("on_conflict") == "replace" else OnConflict.KEEP


def export_format(form: Form) -> ExportFormat:
    """Everything, or a sheet."""
    return forms.one_of(form, "format", ExportFormat)
