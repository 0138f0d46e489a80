"""Bringing knowledge in from files and giving it out: both run in the worker, pages watch."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from kb_app.exchange import run_pages, runs
from kb_app.exchange.formats import EXPORT_TYPES
from kb_app.permissions import Permission
from web import exchange_forms, site_messages
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("exchange", __name__, url_prefix="/manage")
WORDS = {
    "STATES": site_messages.RUN_STATES,
    "FORMATS": site_messages.IMPORT_FORMATS,
    "COLUMNS": site_messages.COLUMN_NAMES,
    "note_reason": site_messages.note_reason,
    "run_reason": site_messages.run_reason,
}


@blueprint.get("/import")
@guard(Permission.PUBLISH)
def imports() -> str:
    """Where a file is sent, and what was brought in lately."""
    return show("exchange/imports.html", run_pages.imports(ports(), viewer()), **WORDS)


@blueprint.post("/import")
@guard(Permission.PUBLISH)
@again(imports)
def begin_import() -> ResponseReturnValue:
    """Take a file; it is read in the background."""
    sent = exchange_forms.sent(request.form, request.files)
    run_id = runs.begin_import(ports(), viewer(), sent)
    return see("exchange.import_run", run_id=run_id)


@blueprint.get("/import/<id:run_id>")
@guard(Permission.PUBLISH)
def import_run(run_id: int) -> str:
    """One import: its columns, its report, its progress."""
    page = run_pages.import_run(ports(), viewer(), run_id)
    return show("exchange/import.html", page, **WORDS)


@blueprint.get("/import/<id:run_id>/progress")
@guard(Permission.PUBLISH)
def import_progress(run_id: int) -> Response:
    """How far it is; once it waits or has ended, the page is asked to show itself anew."""
    page = run_pages.import_run(ports(), viewer(), run_id)
    response = Response(show("exchange/_progress.html", page.card, **WORDS))
    if not page.card.busy:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/import/<id:run_id>/columns")
@guard(Permission.PUBLISH)
@again(import_run)
def choose_columns(run_id: int) -> ResponseReturnValue:
    """What the columns of a sheet mean."""
    runs.choose_columns(ports(), viewer(), run_id, exchange_forms.mapping(request.form))
    return see("exchange.import_run", run_id=run_id)


@blueprint.post("/import/<id:run_id>/start")
@guard(Permission.PUBLISH)
@again(import_run)
def confirm(run_id: int) -> ResponseReturnValue:
    """Write what was read."""
    runs.confirm(ports(), viewer(), run_id, exchange_forms.on_conflict(request.form))
    return see("exchange.import_run", run_id=run_id)


@blueprint.post("/import/<id:run_id>/cancel")
@guard(Permission.PUBLISH)
def cancel(run_id: int) -> ResponseReturnValue:
    """Stop; what was written stays."""
    runs.cancel(ports(), viewer(), run_id)
    notice("import_cancelled", "info")
    return see("exchange.imports")


@blueprint.get("/export")
@guard(Permission.PUBLISH)
def exports() -> str:
    """What can be taken away, and what was packed lately."""
    return show("exchange/exports.html", run_pages.exports(ports(), viewer()), **WORDS)


@blueprint.post("/export")
@guard(Permission.PUBLISH)
@again(exports)
def begin_export() -> ResponseReturnValue:
    """Have it packed in the background."""
    file_format = exchange_forms.export_format(request.form)
    runs.begin_export(ports(), viewer(), file_format, "versions" in request.form)
    notice("export_begun", "info")
    return see("exchange.exports")


@blueprint.get("/export/progress")
@guard(Permission.PUBLISH)
def export_progress() -> str:
    """The list of exports alone, for a page that watches."""
    return show("exchange/_exports.html", run_pages.exports(ports(), viewer()), **WORDS)


@blueprint.get("/export/<id:run_id>/file")
@guard(Permission.PUBLISH)
def export_file(run_id: int) -> Response:
    """The finished file."""
    found = runs.product(ports(), viewer(), run_id)
    response = send_file(
        found.path,
        mimetype=EXPORT_TYPES[found.file_format],
        as_attachment=True,
        download_name=found.filename,
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
