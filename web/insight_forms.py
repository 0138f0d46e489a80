"""Which days and which category an address of the insight pages means; never fails."""

from __future__ import annotations

from datetime import date

from kb_app.insight.period import USUAL, Period, Wanted
from web.forms import Form, line, number_or_none


def wanted(args: Form) -> Wanted:
    """The period and category asked for; two dates win over a number of days."""
    return Wanted(
        days=number_or_none(args, "days") or USUAL,
        first=_date(line(args, "from")),
        last=_date(line(args, "to")),
        category_id=number_or_none(args, "category"),
    )


def kept(period: Period, category_id: int | None) -> dict[str, str | int]:
    """The same as address parameters, to be carried along."""
    days: dict[str, str | int] = (
        {"days": period.days}
        if period.days
        else {"from": period.first.isoformat(), "to": period.last.isoformat()}
    )
    return days if category_id is None else {**days, "category": category_id}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
