"""Which part of the list of articles an address means; never fails."""

from __future__ import annotations

from kb_app.insight.worklist import WorkFilter, WorkPage
from web.forms import Form, line, number_or_none, page_number
from web.insight_forms import kept, wanted


def work_filter(args: Form) -> WorkFilter:
    """Period, category, owner, view, order and page."""
    return WorkFilter(
        period=wanted(args),
        selected=line(args, "view"),
        owner_id=number_or_none(args, "owner"),
        sort=line(args, "sort"),
        page=page_number(args),
    )


def kept_filter(page: WorkPage) -> dict[str, str | int]:
    """The same as address parameters, without view and page."""
    params = kept(page.period, page.category_id) | {"sort": page.part.sort}
    return params if page.owner_id is None else params | {"owner": page.owner_id}
