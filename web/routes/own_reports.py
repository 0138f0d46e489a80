"""Reports people put together themselves: list, builder, answer, mail."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from kb_app.permissions import Permission
from kb_app.reports import catalogue, mailing, own, running, sheets
from kb_app.reports.catalogue import SORTS
from web import forms
from web.auth import guard, viewer
from web.context import ports
from web.report_forms import definition_input, report_input
from web.routes.reports import download, draw
from web.showing import again, notice, see, show

blueprint = Blueprint("own_reports", __name__)


@blueprint.get("/insights/reports")
@guard(Permission.MANAGE_DESK)
def index() -> str:
    """Mine and the shared ones."""
    return draw("reports/own.html", own.reports(ports(), viewer()))


@blueprint.get("/insights/reports/new")
@guard(Permission.MANAGE_DESK)
def new() -> str:
    """The builder, with an answer once something was chosen."""
    return _builder(None)


@blueprint.post("/insights/reports")
@guard(Permission.MANAGE_DESK)
@again(new)
def add() -> ResponseReturnValue:
    """Keep it."""
    report_id = own.save(ports(), viewer(), None, report_input(request.form))
    notice("report_saved")
    return see("own_reports.page", report_id=report_id)


@blueprint.get("/insights/reports/<id:report_id>/edit")
@guard(Permission.MANAGE_DESK)
def edit(report_id: int) -> str:
    """The builder of one."""
    return _builder(report_id)


@blueprint.post("/insights/reports/<id:report_id>/edit")
@guard(Permission.MANAGE_DESK)
@again(edit)
def save(report_id: int) -> ResponseReturnValue:
    """Keep what was changed."""
    own.save(ports(), viewer(), report_id, report_input(request.form))
    notice("report_saved")
    return see("own_reports.page", report_id=report_id)


@blueprint.post("/insights/reports/<id:report_id>/delete")
@guard(Permission.MANAGE_DESK)
def delete(report_id: int) -> ResponseReturnValue:
    """Keep it no more."""
    own.delete(ports(), viewer(), report_id)
    notice("removed")
    return see("own_reports.index")


def _builder(report_id: int | None) -> str:
    """The form; its answer below as soon as measures are chosen in the address or sent."""
    sent = request.form if request.method == "POST" else request.args
    tried = definition_input(sent) if sent.get("dimension") else None
    page = own.builder(ports(), viewer(), report_id, tried)
    result = None
    if request.method == "GET" and page.definition.measures:
        result = running.tried(ports(), viewer(), page.definition)
    return draw(
        "reports/builder.html",
        page,
        result=result,
        chart=_chart(result),
        measures=tuple(catalogue.Measure),
        dimensions=tuple(catalogue.Dimension),
    )


def _chart(result: running.Result | None) -> dict[str, object] | None:
    """Of the measures that have the first one's unit."""
    if result is None or result.definition.dimension is catalogue.Dimension.NONE:
        return None
    first = SORTS[result.definition.measures[0]]
    alike = [measure for measure in result.definition.measures if SORTS[measure] is first]
    return sheets.chart(result.definition.dimension, alike, result.rows)


@blueprint.get("/insights/reports/<id:report_id>")
@guard(Permission.MANAGE_DESK)
def page(report_id: int) -> str:
    """One report as it is now."""
    found = running.report_page(ports(), viewer(), report_id)
    return draw("reports/report.html", found, chart=_chart(found.result))


@blueprint.get("/insights/reports/<id:report_id>/table.<ending>")
@guard(Permission.MANAGE_DESK)
def file(report_id: int, ending: str) -> Response:
    """The same as a file."""
    result = running.report_page(ports(), viewer(), report_id).result
    asked = result.definition
    sheet = sheets.measured(asked.dimension, asked.measures, result.rows)
    return download(ending, f"report-{report_id}", sheet)


@blueprint.post("/insights/reports/<id:report_id>/readers")
@guard(Permission.MANAGE_DESK)
@again(page)
def subscribe(report_id: int) -> ResponseReturnValue:
    """By mail to me or a colleague."""
    user_id = forms.number(request.form, "user_id")
    rhythm = forms.line(request.form, "rhythm")
    mailing.subscribe(ports(), viewer(), report_id, user_id, rhythm)
    notice("report_mailed")
    return see("own_reports.page", report_id=report_id)


@blueprint.post("/insights/reports/<id:report_id>/readers/remove")
@guard(Permission.MANAGE_DESK)
@again(page)
def unsubscribe(report_id: int) -> ResponseReturnValue:
    """No more mails of it."""
    mailing.unsubscribe(ports(), viewer(), report_id, forms.number(request.form, "user_id"))
    notice("report_unmailed")
    return see("own_reports.page", report_id=report_id)


@blueprint.get("/reports/stop/<token>")
@guard(Permission.READ)
def stop_page(token: str) -> str:
    """The link in a mail; a mail program that opens it changes nothing."""
    return show("reports/stop.html", mailing.stop_page(ports(), viewer(), token))


@blueprint.post("/reports/stop/<token>")
@guard(Permission.READ)
def stop(token: str) -> ResponseReturnValue:
    """No more of these mails."""
    mailing.stop(ports(), viewer(), token)
    notice("report_unmailed")
    return see("pages.home")
