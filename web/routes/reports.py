"""What leads learn from tickets: people, satisfaction, hours, backlog; a file beside each."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from kb_app.permissions import Permission
from kb_app.reports import backlog, hours, performance, satisfaction, sheets, words
from kb_app.reports.catalogue import Measure
from kb_app.reports.words import COMMENT_HEADER
from web.auth import guard, viewer
from web.context import ports
from web.csv_files import csv_file
from web.excel_files import excel_file
from web.forms import line
from web.report_forms import kept_scope, scope_input
from web.showing import show

blueprint = Blueprint("reports", __name__, url_prefix="/insights/tickets")
FILES = {"csv": csv_file, "xlsx": excel_file}


def download(ending: str, name: str, sheet: sheets.Sheet) -> Response:
    """A table as one of FILES; 404 for anything else."""
    if ending not in FILES:
        abort(404)
    return FILES[ending](name, *sheet)


def draw(template: str, page: object, **extra: object) -> str:
    """A page of reports, with the words for codes and numbers at hand."""
    return show(template, page, words=words, **extra)


@blueprint.get("")
@guard(Permission.MANAGE_DESK)
def people() -> str:
    """Who handled how much, how fast, how well."""
    page = _performance()
    chart = sheets.chart(page.by, (Measure.TICKETS, Measure.SOLVED), page.rows)
    return draw("reports/performance.html", page, chart=chart, kept=kept_scope(page.scope))


@blueprint.get("/people.<ending>")
@guard(Permission.MANAGE_DESK)
def people_file(ending: str) -> Response:
    """The same as a file."""
    page = _performance()
    sheet = sheets.measured(page.by, page.measures, page.rows)
    return download(ending, f"tickets-by-{page.by}", sheet)


def _performance() -> performance.PerformancePage:
    asked = scope_input(request.args)
    return performance.performance(ports(), viewer(), asked, line(request.args, "by"))


@blueprint.get("/satisfaction")
@guard(Permission.MANAGE_DESK)
def ratings() -> str:
    """Stars and words."""
    page = _satisfaction()
    chart = sheets.chart(page.by, (Measure.SATISFIED,), page.rows)
    return draw("reports/satisfaction.html", page, chart=chart, kept=kept_scope(page.scope))


@blueprint.get("/satisfaction.<ending>")
@guard(Permission.MANAGE_DESK)
def ratings_file(ending: str) -> Response:
    """The table as a file."""
    page = _satisfaction()
    sheet = sheets.measured(page.by, page.measures, page.rows)
    return download(ending, f"satisfaction-by-{page.by}", sheet)


@blueprint.get("/comments.<ending>")
@guard(Permission.MANAGE_DESK)
def comments_file(ending: str) -> Response:
    """The words as a file."""
    found = satisfaction.comments(ports(), viewer(), scope_input(request.args))
    return download(ending, "comments", (COMMENT_HEADER, sheets.comment_rows(found)))


def _satisfaction() -> satisfaction.SatisfactionPage:
    asked, low = scope_input(request.args), request.args.get("low") == "1"
    by = line(request.args, "by")
    return satisfaction.satisfaction(ports(), viewer(), asked, by, only_low=low)


@blueprint.get("/hours")
@guard(Permission.MANAGE_DESK)
def by_hour() -> str:
    """When people come."""
    page = hours.hours(ports(), viewer(), scope_input(request.args))
    return draw("reports/hours.html", page, kept=kept_scope(page.scope))


@blueprint.get("/hours.<ending>")
@guard(Permission.MANAGE_DESK)
def by_hour_file(ending: str) -> Response:
    """The same as a file."""
    page = hours.hours(ports(), viewer(), scope_input(request.args))
    return download(ending, "tickets-by-hour", sheets.hour_rows(page))


@blueprint.get("/backlog")
@guard(Permission.MANAGE_DESK)
def unfinished() -> str:
    """What waits, and how long it has."""
    page = _backlog()
    return draw("reports/backlog.html", page, kept=kept_scope(page.scope))


@blueprint.get("/backlog.<ending>")
@guard(Permission.MANAGE_DESK)
def unfinished_file(ending: str) -> Response:
    """The same as a file."""
    return download(ending, "backlog", sheets.backlog_rows(_backlog()))


def _backlog() -> backlog.BacklogPage:
    asked = scope_input(request.args)
    return backlog.backlog(ports(), viewer(), asked, line(request.args, "by"))
