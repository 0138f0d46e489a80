"""Which report an address means; never fails."""

from __future__ import annotations

from kb_app.insight.period import USUAL, Period
from kb_app.reports.catalogue import Dimension, Measure
from kb_app.reports.own import Definition, ReportInput
from kb_app.reports.scope import Scope, ScopeInput
from web.forms import Form, line, number_or_none
from web.insight_forms import kept, wanted


def scope_input(args: Form) -> ScopeInput:
    """Days, team, branch of the catalogue."""
    return ScopeInput(wanted(args), number_or_none(args, "team"), number_or_none(args, "node"))


def kept_scope(scope: Scope, **more: str) -> dict[str, str | int]:
    """The same as address parameters."""
    chosen = {"team": scope.team_id, "node": scope.node_id}
    known: dict[str, str | int] = {key: n for key, n in chosen.items() if n is not None}
    return {**kept_days(scope.period), **known, **more}


def kept_days(period: Period) -> dict[str, str | int]:
    """The days alone."""
    return kept(period, None)


def definition_input(form: Form) -> Definition:
    """What the builder asks; codes the catalogue does not know are left out."""
    measures = [code for code in form.getlist("measures") if code in set(Measure)]
    dimension = line(form, "dimension")
    return Definition(
        measures=tuple(Measure(code) for code in dict.fromkeys(measures)),
        dimension=Dimension(dimension) if dimension in set(Dimension) else Dimension.TEAM,
        days=number_or_none(form, "days") or USUAL,
        team_id=number_or_none(form, "team"),
        agent_id=number_or_none(form, "agent"),
        node_id=number_or_none(form, "node"),
        category_id=number_or_none(form, "category"),
        channel=line(form, "channel"),
        priority=number_or_none(form, "priority"),
    )


def report_input(form: Form) -> ReportInput:
    """A report to keep."""
    version = number_or_none(form, "version") or 0
    return ReportInput(line(form, "name"), definition_input(form), "shared" in form, version)
