"""From what a browser sent about the desk's set-up to the dataclasses of kb_app."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from kb_app.errors import InvalidInput
from kb_app.setup.agents import AbsenceInput, AgentInput
from kb_app.setup.catalogue import NodeInput
from kb_app.setup.hours import CalendarInput, DayInput
from kb_app.setup.limits import LimitInput
from kb_app.setup.teams import RulesInput, TeamInput
from models import Plan, Policy
from ticket_bridge.calendar import DAYS
from web.forms import Form, line, number, one_of

UNITS = {"minutes": 1, "hours": 60}


def numbers(form: Form, name: str) -> tuple[int, ...]:
    """Several ids of one field; those that cannot be ids are left out."""
    return tuple(dict.fromkeys(int(v) for v in form.getlist(name) if v.isascii() and v.isdigit()))[
        :200
    ]


def team_input(form: Form) -> TeamInput:
    """A team."""
    return TeamInput(
        name=line(form, "name"),
        policy=one_of(form, "policy", Policy),
        lead_id=number(form, "lead_id"),
        calendar_id=number(form, "calendar_id"),
        channels=tuple(form.getlist("channels")),
        member_ids=numbers(form, "member_ids"),
        primary_ids=numbers(form, "primary_ids"),
        is_active="is_active" in form,
        version=number(form, "version") or 0,
    )


def rules_input(form: Form) -> RulesInput:
    """The desk's own rules."""
    return RulesInput(
        one_of(form, "plan", Plan), number(form, "desk_team_id"), number(form, "close_days")
    )


def agent_input(form: Form) -> AgentInput:
    """What an agent can and may be given."""
    return AgentInput(line(form, "skills"), number(form, "most_open"), number(form, "calendar_id"))


def absence_input(form: Form, timezone: str) -> AbsenceInput:
    """From when to when somebody is away, in the site's time."""
    return AbsenceInput(
        moment(form, "begins_at", timezone), moment(form, "ends_at", timezone), line(form, "reason")
    )


def moment(form: Form, name: str, timezone: str) -> datetime | None:
    """A local date and time; None when empty, InvalidInput when it cannot be one."""
    typed = line(form, name)
    if not typed:
        return None
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(timezone))
    except ValueError as error:
        raise InvalidInput(name, "invalid") from error


def node_input(form: Form) -> NodeInput:
    """A node of the catalogue."""
    return NodeInput(
        name=line(form, "name"),
        summary=line(form, "summary"),
        parent_id=number(form, "parent_id"),
        team_id=number(form, "team_id"),
        skill=line(form, "skill"),
        impact=number(form, "impact"),
        position=number(form, "position"),
        is_active="is_active" in form,
        version=number(form, "version") or 0,
    )


def calendar_input(form: Form) -> CalendarInput:
    """Working hours."""
    return CalendarInput(
        number(form, "calendar_id"),
        line(form, "name"),
        tuple(line(form, f"day_{day}") for day in range(DAYS)),
        "keeps_holidays" in form,
        "is_default" in form,
    )


def day_input(form: Form) -> DayInput:
    """A special day."""
    return DayInput(day(line(form, "day")), form.get("works") == "1", line(form, "day_name"))


def day(text: str) -> date | None:
    """A date, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def limit_input(form: Form) -> LimitInput:
    """A time promise; the customer is "group-3" or "level-2"."""
    kind, _dash, customer = line(form, "customer").partition("-")
    customer_id = int(customer) if customer.isascii() and customer.isdigit() else None
    return LimitInput(
        name=line(form, "name"),
        node_id=number(form, "node_id"),
        group_id=customer_id if kind == "group" else None,
        level_id=customer_id if kind == "level" else None,
        priority=number(form, "priority"),
        calendar_id=number(form, "calendar_id"),
        response_minutes=_minutes(form, "response_minutes"),
        resolution_minutes=_minutes(form, "resolution_minutes"),
    )


def _minutes(form: Form, name: str) -> int | None:
    amount = number(form, name)
    unit = UNITS.get(form.get(f"{name}_unit", "minutes"), 1)
    return None if amount is None else amount * unit
