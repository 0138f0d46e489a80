"""How every article does and what to do about it; twins, broken links, categories; CSV beside."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.insight import heat, links, twin_pages, worklist
from kb_app.permissions import Permission
from web import worklist_tables
from web.article_messages import ARTICLE_CSV
from web.auth import guard, viewer
from web.context import ports
from web.csv_files import csv_file
from web.forms import needed_number
from web.insight_forms import kept, wanted
from web.showing import again, notice, see, show
from web.worklist_forms import kept_filter, work_filter

blueprint = Blueprint("worklist", __name__, url_prefix="/insights/articles")
IN_A_FILE = 20_000


@blueprint.get("")
@guard(Permission.INSIGHT)
def page() -> str:
    """The articles that need something, the most urgent first."""
    found = worklist.worklist(ports(), viewer(), work_filter(request.args))
    return show("insights/worklist.html", found, kept=kept_filter(found))


@blueprint.get("/list.csv")
@guard(Permission.INSIGHT)
def table() -> ResponseReturnValue:
    """The same list, whole."""
    found = worklist.worklist(ports(), viewer(), work_filter(request.args), IN_A_FILE)
    rows = worklist_tables.work_rows(found)
    return csv_file("articles", ARTICLE_CSV["worklist"], rows)


@blueprint.get("/twins")
@guard(Permission.INSIGHT)
def twins() -> str:
    """Articles that say much the same."""
    return show("insights/twins.html", twin_pages.twins_page(ports(), viewer()))


@blueprint.get("/twins.csv")
@guard(Permission.INSIGHT)
def twins_table() -> ResponseReturnValue:
    """The pairs as CSV."""
    found = twin_pages.twins_page(ports(), viewer(), IN_A_FILE)
    return csv_file("twins", ARTICLE_CSV["twins"], worklist_tables.twin_rows(found))


@blueprint.post("/twins/dismiss")
@guard(Permission.INSIGHT)
@again(twins)
def dismiss() -> ResponseReturnValue:
    """These two are not the same."""
    first, second = needed_number(request.form, "first"), needed_number(request.form, "second")
    twin_pages.dismiss(ports(), viewer(), first, second)
    notice("twins_dismissed")
    return see("worklist.twins")


@blueprint.post("/twins/restore")
@guard(Permission.INSIGHT)
@again(twins)
def restore() -> ResponseReturnValue:
    """Perhaps they are, after all."""
    first, second = needed_number(request.form, "first"), needed_number(request.form, "second")
    twin_pages.restore(ports(), viewer(), first, second)
    notice("twins_restored")
    return see("worklist.twins")


@blueprint.get("/links")
@guard(Permission.INSIGHT)
def broken() -> str:
    """Links and pictures that lead nowhere, and those that lead elsewhere."""
    return show("insights/links.html", links.links_page(ports(), viewer()))


@blueprint.get("/links.csv")
@guard(Permission.INSIGHT)
def broken_table() -> ResponseReturnValue:
    """All of them as CSV."""
    found = links.links_page(ports(), viewer(), IN_A_FILE)
    return csv_file("links", ARTICLE_CSV["links"], worklist_tables.link_rows(found))


@blueprint.get("/categories")
@guard(Permission.INSIGHT)
def categories() -> str:
    """What is looked for in which category, week by week."""
    found = heat.heat_page(ports(), viewer(), wanted(request.args))
    levels = worklist_tables.heat_levels(found)
    return show("insights/heat.html", found, levels=levels, kept=kept(found.period, None))


@blueprint.get("/categories.csv")
@guard(Permission.INSIGHT)
def categories_table() -> ResponseReturnValue:
    """The same as CSV."""
    found = heat.heat_page(ports(), viewer(), wanted(request.args))
    header = worklist_tables.heat_header(found, ARTICLE_CSV["categories"])
    return csv_file("categories", header, worklist_tables.heat_rows(found))
