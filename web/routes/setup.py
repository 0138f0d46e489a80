"""The desk's set-up: teams and agents, catalogue, working hours, time promises."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from kb_app.errors import NotFound
from kb_app.permissions import Permission
from kb_app.setup import agents, catalogue, hours, limits, teams
from web import forms, setup_forms
from web.auth import guard, viewer
from web.context import ports
from web.showing import again, notice, see, show

blueprint = Blueprint("setup", __name__, url_prefix="/manage")


@blueprint.get("/teams")
@guard(Permission.MANAGE_DESK)
def all_teams() -> str:
    """Teams, agents, and where new tickets go."""
    return show("setup/teams.html", teams.teams(ports(), viewer()))


@blueprint.post("/teams/rules")
@guard(Permission.MANAGE_DESK)
@again(all_teams)
def save_rules() -> ResponseReturnValue:
    """Where new tickets go from now on."""
    teams.save_rules(ports(), viewer(), setup_forms.rules_input(request.form))
    notice("saved")
    return see("setup.all_teams")


@blueprint.get("/teams/new")
@guard(Permission.MANAGE_DESK)
def new_team() -> str:
    """An empty form."""
    return show("setup/team.html", teams.team(ports(), viewer(), None))


@blueprint.post("/teams")
@guard(Permission.MANAGE_DESK)
@again(new_team)
def add_team() -> ResponseReturnValue:
    """A new team."""
    teams.save_team(ports(), viewer(), None, setup_forms.team_input(request.form))
    notice("saved")
    return see("setup.all_teams")


@blueprint.get("/teams/<id:team_id>")
@guard(Permission.MANAGE_DESK)
def edit_team(team_id: int) -> str:
    """One team."""
    return show("setup/team.html", teams.team(ports(), viewer(), team_id))


@blueprint.post("/teams/<id:team_id>")
@guard(Permission.MANAGE_DESK)
@again(edit_team)
def save_team(team_id: int) -> ResponseReturnValue:
    """Change a team."""
    teams.save_team(ports(), viewer(), team_id, setup_forms.team_input(request.form))
    notice("saved")
    return see("setup.all_teams")


@blueprint.get("/agents/<id:user_id>")
@guard(Permission.MANAGE_DESK)
def edit_agent(user_id: int) -> str:
    """One agent."""
    return show("setup/agent.html", agents.agent(ports(), viewer(), user_id))


@blueprint.post("/agents/<id:user_id>")
@guard(Permission.MANAGE_DESK)
@again(edit_agent)
def save_agent(user_id: int) -> ResponseReturnValue:
    """Skills, limit, hours."""
    agents.save_agent(ports(), viewer(), user_id, setup_forms.agent_input(request.form))
    notice("saved")
    return see("setup.all_teams")


@blueprint.post("/agents/<id:user_id>/absences")
@guard(Permission.MANAGE_DESK)
@again(edit_agent)
def add_absence(user_id: int) -> ResponseReturnValue:
    """Away for a while."""
    form = setup_forms.absence_input(request.form, ports().config.timezone)
    agents.add_absence(ports(), viewer(), user_id, form)
    notice("saved")
    return see("setup.edit_agent", user_id=user_id)


@blueprint.post("/agents/<id:user_id>/absences/<id:absence_id>/delete")
@guard(Permission.MANAGE_DESK)
def remove_absence(user_id: int, absence_id: int) -> ResponseReturnValue:
    """Back again."""
    agents.remove_absence(ports(), viewer(), user_id, absence_id)
    notice("removed")
    return see("setup.edit_agent", user_id=user_id)


@blueprint.get("/catalogue")
@guard(Permission.MANAGE_DESK)
def tree() -> str:
    """The service catalogue."""
    return show("setup/catalogue.html", catalogue.catalogue(ports(), viewer()))


@blueprint.get("/catalogue/new")
@guard(Permission.MANAGE_DESK)
def new_node() -> str:
    """An empty form, perhaps below a node."""
    parent = forms.number_or_none(request.args, "parent")
    return show("setup/node.html", catalogue.node(ports(), viewer(), None), parent=parent)


@blueprint.post("/catalogue")
@guard(Permission.MANAGE_DESK)
@again(new_node)
def add_node() -> ResponseReturnValue:
    """A new node; next come its fields."""
    node_id = catalogue.save_node(ports(), viewer(), None, setup_forms.node_input(request.form))
    notice("saved")
    return see("setup.edit_node", node_id=node_id)


@blueprint.get("/catalogue/<id:node_id>")
@guard(Permission.MANAGE_DESK)
def edit_node(node_id: int) -> str:
    """One node."""
    return show("setup/node.html", catalogue.node(ports(), viewer(), node_id), parent=None)


@blueprint.post("/catalogue/<id:node_id>")
@guard(Permission.MANAGE_DESK)
@again(edit_node)
def save_node(node_id: int) -> ResponseReturnValue:
    """Change a node."""
    catalogue.save_node(ports(), viewer(), node_id, setup_forms.node_input(request.form))
    notice("saved")
    return see("setup.tree")


@blueprint.post("/catalogue/<id:node_id>/delete")
@guard(Permission.MANAGE_DESK)
@again(edit_node)
def delete_node(node_id: int) -> ResponseReturnValue:
    """Take a node out."""
    catalogue.delete_node(ports(), viewer(), node_id)
    notice("removed")
    return see("setup.tree")


@blueprint.get("/hours")
@guard(Permission.MANAGE_DESK)
def all_hours() -> str:
    """Working hours and the days of a year."""
    year = forms.number_or_none(request.args, "year")
    opened = forms.number_or_none(request.args, "edit")
    return show("setup/hours.html", hours.hours(ports(), viewer(), year, opened))


@blueprint.post("/hours")
@guard(Permission.MANAGE_DESK)
@again(all_hours)
def save_hours() -> ResponseReturnValue:
    """Make or change working hours."""
    hours.save_calendar(ports(), viewer(), setup_forms.calendar_input(request.form))
    notice("saved")
    return see("setup.all_hours")


@blueprint.post("/hours/delete")
@guard(Permission.MANAGE_DESK)
@again(all_hours)
def delete_hours() -> ResponseReturnValue:
    """Take working hours out."""
    hours.delete_calendar(ports(), viewer(), forms.needed_number(request.form, "calendar_id"))
    notice("removed")
    return see("setup.all_hours")


@blueprint.post("/hours/days")
@guard(Permission.MANAGE_DESK)
@again(all_hours)
def set_day() -> ResponseReturnValue:
    """A day off, or one made up."""
    form = setup_forms.day_input(request.form)
    hours.set_day(ports(), viewer(), form)
    notice("saved")
    return see("setup.all_hours", year=form.day.year if form.day else None)


@blueprint.post("/hours/days/delete")
@guard(Permission.MANAGE_DESK)
def unset_day() -> ResponseReturnValue:
    """An ordinary day again."""
    day = setup_forms.day(forms.line(request.form, "day"))
    if day is None:
        raise NotFound("day")
    hours.unset_day(ports(), viewer(), day)
    notice("removed")
    return see("setup.all_hours", year=day.year)


@blueprint.get("/limits")
@guard(Permission.MANAGE_DESK)
def all_limits() -> str:
    """Time promises."""
    opened = forms.number_or_none(request.args, "edit")
    return show("setup/limits.html", limits.limits(ports(), viewer(), opened))


@blueprint.post("/limits")
@guard(Permission.MANAGE_DESK)
@again(all_limits)
def save_limit() -> ResponseReturnValue:
    """Promise something."""
    limit_id = forms.number(request.form, "limit_id")
    limits.save_limit(ports(), viewer(), limit_id, setup_forms.limit_input(request.form))
    notice("saved")
    return see("setup.all_limits")


@blueprint.post("/limits/<id:limit_id>/delete")
@guard(Permission.MANAGE_DESK)
def delete_limit(limit_id: int) -> ResponseReturnValue:
    """Promise it no more."""
    limits.delete_limit(ports(), viewer(), limit_id)
    notice("removed")
    return see("setup.all_limits")
