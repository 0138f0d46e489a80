"""Customers: the list, one with everything about them, brought in from a sheet, joined."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.errors import InvalidInput
from kb_app.people import importing, merging, panorama
from kb_app.people.judging import FIELDS
from kb_app.permissions import Permission
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.people_messages import IMPORT_REASONS, ROW_CODES
from web.showing import again, notice, see, show

blueprint = Blueprint("people", __name__)
WORDS = {"reasons": IMPORT_REASONS, "codes": ROW_CODES}


@blueprint.get("/desk/people")
@guard(Permission.DESK)
def index() -> str:
    """Customers by name or address."""
    page = forms.page_number(request.args)
    return show("people/index.html", panorama.people(ports(), viewer(), _query(), page))


def _query() -> str:
    return forms.query(request.args)


@blueprint.get("/desk/people/<id:user_id>")
@guard(Permission.DESK)
def person(user_id: int) -> str:
    """One customer from every channel."""
    return show("people/person.html", panorama.person(ports(), viewer(), user_id))


@blueprint.get("/manage/people/import")
@guard(Permission.MANAGE_DESK)
def imports() -> str:
    """Choose a sheet; what was brought in lately."""
    return show("people/imports.html", importing.runs(ports(), viewer()), **WORDS)


@blueprint.post("/manage/people/import")
@guard(Permission.MANAGE_DESK)
@again(imports)
def begin_import() -> ResponseReturnValue:
    """Take a sheet and read it."""
    sent = forms.upload(request.files)
    run_id = importing.begin(ports(), viewer(), sent.filename, sent.stream)
    return see("people.run", run_id=run_id)


@blueprint.get("/manage/people/import/<id:run_id>")
@guard(Permission.MANAGE_DESK)
def run(run_id: int) -> str:
    """Its columns, what it would do, or what it did."""
    page = importing.run(ports(), viewer(), run_id)
    return show("people/run.html", page, fields=FIELDS, **WORDS)


@blueprint.post("/manage/people/import/<id:run_id>/columns")
@guard(Permission.MANAGE_DESK)
@again(run)
def columns(run_id: int) -> ResponseReturnValue:
    """Which column is what; nothing is written yet."""
    chosen = {name: forms.number(request.form, f"column_{name}") for name in FIELDS}
    mapping = {name: place for name, place in chosen.items() if place is not None}
    importing.choose(ports(), viewer(), run_id, mapping)
    return see("people.run", run_id=run_id)


@blueprint.post("/manage/people/import/<id:run_id>/start")
@guard(Permission.MANAGE_DESK)
@again(run)
def start(run_id: int) -> ResponseReturnValue:
    """Write it."""
    counts = importing.confirm(ports(), viewer(), run_id).counts
    notice("people_imported", created=counts["created"], changed=counts["changed"])
    return see("people.run", run_id=run_id)


@blueprint.get("/manage/people/merge")
@guard(Permission.MANAGE_DESK)
def doubles() -> str:
    """Who might be one person, and what was joined lately."""
    found = merging.doubles(ports(), viewer())
    return show("people/doubles.html", found, kept=forms.number_or_none(request.args, "kept"))


@blueprint.post("/manage/people/merge/find")
@guard(Permission.MANAGE_DESK)
@again(doubles)
def find() -> ResponseReturnValue:
    """The two accounts by their addresses."""
    kept = forms.number(request.form, "kept")
    if kept is None:
        kept = merging.find(ports(), viewer(), "kept_email", forms.line(request.form, "kept_email"))
    gone = merging.find(ports(), viewer(), "gone_email", forms.line(request.form, "gone_email"))
    if kept == gone:
        raise InvalidInput("gone_email", "itself")
    return see("people.preview", kept_id=kept, gone_id=gone)


@blueprint.get("/manage/people/merge/<id:kept_id>/<id:gone_id>")
@guard(Permission.MANAGE_DESK)
def preview(kept_id: int, gone_id: int) -> str:
    """What would move."""
    return show("people/merge.html", merging.preview(ports(), viewer(), kept_id, gone_id))


@blueprint.post("/manage/people/merge/<id:kept_id>/<id:gone_id>")
@guard(Permission.MANAGE_DESK)
def merge(kept_id: int, gone_id: int) -> ResponseReturnValue:
    """Join them."""
    merging.merge(ports(), viewer(), kept_id, gone_id)
    notice("people_merged")
    return see("people.person", user_id=kept_id)


@blueprint.post("/manage/people/merges/<id:merge_id>/undo")
@guard(Permission.MANAGE_DESK)
def undo(merge_id: int) -> ResponseReturnValue:
    """Two again."""
    merging.undo(ports(), viewer(), merge_id)
    notice("people_unmerged")
    return see("people.doubles")
