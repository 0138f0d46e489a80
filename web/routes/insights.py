"""What leads learn from the use of the site: funnel, searches, knowledge gaps; CSV beside each."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from kb_app.insight import funnel as funnels
from kb_app.insight import gaps as gap_pages
from kb_app.insight import mending, stages
from kb_app.insight import searches as search_pages
from kb_app.permissions import Permission
from web import insight_tables
from web.auth import guard, viewer
from web.charts import line_chart
from web.context import ports
from web.csv_files import csv_file
from web.forms import line, page_number
from web.insight_forms import kept, wanted
from web.messages import CSV_HEADERS
from web.showing import again, notice, see, show

blueprint = Blueprint("insights", __name__, url_prefix="/insights")
IN_A_FILE = 10_000


@blueprint.get("")
@guard(Permission.INSIGHT)
def funnel() -> str:
    """From searching to a ticket, the measured effect, and how right confident answers were."""
    page = funnels.funnel_page(ports(), viewer(), wanted(request.args))
    return show("insights/funnel.html", page, kept=kept(page.period, page.category_id))


@blueprint.get("/funnel.csv")
@guard(Permission.INSIGHT)
def funnel_table() -> ResponseReturnValue:
    """The funnel as CSV."""
    page = funnels.funnel_page(ports(), viewer(), wanted(request.args))
    return csv_file("funnel", CSV_HEADERS["funnel"], insight_tables.funnel_rows(page))


@blueprint.get("/stages/<stage>")
@guard(Permission.INSIGHT)
def stage(stage: str) -> str:
    """The list behind one number of the funnel."""
    asked = wanted(request.args)
    page = stages.stage_page(ports(), viewer(), stage, asked, page_number(request.args))
    return show("insights/stage.html", page, kept=kept(page.period, page.category_id))


@blueprint.get("/searches")
@guard(Permission.INSIGHT)
def searches() -> str:
    """What people search for, and where that ends."""
    page = search_pages.searches_page(ports(), viewer(), wanted(request.args))
    series = {
        "searches": [day.searches for day in page.days],
        "opened": [day.opened for day in page.days],
        "empty": [day.empty for day in page.days],
    }
    chart = line_chart(page.period.dates, series)
    return show(
        "insights/searches.html", page, chart=chart, kept=kept(page.period, page.category_id)
    )


@blueprint.get("/searches/<table>.csv")
@guard(Permission.INSIGHT)
def searches_table(table: str) -> ResponseReturnValue:
    """One table of the searches page as CSV, longer than the page shows it."""
    if table not in insight_tables.SEARCH_TABLES:
        abort(404)
    page = search_pages.searches_page(ports(), viewer(), wanted(request.args), IN_A_FILE)
    return csv_file(table, CSV_HEADERS[table], insight_tables.search_rows(page, table))


@blueprint.get("/gaps")
@guard(Permission.INSIGHT)
def gaps() -> str:
    """What is missing in the knowledge base, most tickets saved first."""
    page = gap_pages.gaps_page(
        ports(), viewer(), line(request.args, "view"), page_number(request.args)
    )
    return show("insights/gaps.html", page)


@blueprint.get("/gaps.csv")
@guard(Permission.INSIGHT)
def gaps_table() -> ResponseReturnValue:
    """The gaps of one state as CSV."""
    cards = gap_pages.every_gap(ports(), viewer(), line(request.args, "view"))
    return csv_file("gaps", CSV_HEADERS["gaps"], insight_tables.gap_rows(cards))


@blueprint.post("/gaps")
@guard(Permission.INSIGHT)
def find_gaps() -> ResponseReturnValue:
    """Sort what nobody could answer, now."""
    mending.announce(ports(), viewer())
    notice("gaps_sorting", "info")
    return see("insights.gaps")


@blueprint.get("/gaps/progress")
@guard(Permission.INSIGHT)
def gap_progress() -> str:
    """How far the sorting is, for the page to refresh itself."""
    return show("insights/_progress.html", gap_pages.progress(ports(), viewer()))


@blueprint.get("/gaps/<id:gap_id>")
@guard(Permission.INSIGHT)
def gap(gap_id: int) -> str:
    """One gap with its questions."""
    return show("insights/gap.html", gap_pages.gap_page(ports(), viewer(), gap_id))


@blueprint.post("/gaps/<id:gap_id>/write")
@guard(Permission.INSIGHT)
@again(gap)
def write(gap_id: int) -> ResponseReturnValue:
    """A draft for it, opened in the editor."""
    article_id = mending.write(ports(), viewer(), gap_id)
    notice("gap_draft")
    return see("manage.edit", article_id=article_id)


@blueprint.post("/gaps/<id:gap_id>/phrase")
@guard(Permission.INSIGHT)
@again(gap)
def phrase(gap_id: int) -> ResponseReturnValue:
    """Its wordings added to the article nearby."""
    added = mending.phrase(ports(), viewer(), gap_id)
    notice("gap_phrased", count=added)
    return see("insights.gap", gap_id=gap_id)


@blueprint.post("/gaps/<id:gap_id>/ignore")
@guard(Permission.INSIGHT)
def ignore(gap_id: int) -> ResponseReturnValue:
    """Not our business."""
    mending.ignore(ports(), viewer(), gap_id)
    notice("gap_ignored")
    return see("insights.gap", gap_id=gap_id)


@blueprint.post("/gaps/<id:gap_id>/reopen")
@guard(Permission.INSIGHT)
def reopen(gap_id: int) -> ResponseReturnValue:
    """It is, after all."""
    mending.reopen(ports(), viewer(), gap_id)
    notice("gap_reopened")
    return see("insights.gap", gap_id=gap_id)
