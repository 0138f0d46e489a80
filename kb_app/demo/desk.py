"""The demo's desk: teams, working hours, catalogue with forms, promises, quick replies."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import clocks
from kb_app.assigning import node_team, settings
from kb_app.demo.people import FOLDER
from kb_app.ports import Ports
from kb_app.work_time import WorkTime
from models import (
    AgentProfile,
    CustomerLevel,
    DeskSettings,
    FormVersion,
    Plan,
    Policy,
    QuickReply,
    SavedView,
    ServiceNode,
    Team,
    TeamMember,
    Ticket,
    TicketClock,
    TicketStatus,
    TicketTag,
    TimeLimit,
    User,
    WorkCalendar,
)
from ticket_bridge import sla
from ticket_bridge.fields import load, store

TAGS_EVERY = 3


def add_desk(session: Session, people: dict[str, User]) -> None:
    """Everything a lead would have set up before the first ticket."""
    data: dict[str, Any] = json.loads((FOLDER / "desk.json").read_text(encoding="utf-8"))
    for calendar in data["calendars"]:
        session.add(WorkCalendar(**calendar))
    session.flush()
    teams = {row["name"]: _team(session, row, people) for row in data["teams"]}
    session.add(
        DeskSettings(id=1, plan=Plan.CATALOGUE, desk_team_id=teams[data["desk"]].id, close_days=3)
    )
    for position, node in enumerate(data["catalogue"]):
        _node(session, node, None, position, teams)
    levels = {level.name: level.id for level in session.scalars(sa.select(CustomerLevel))}
    for limit in data["limits"]:
        level_id = levels.get(limit.pop("level", ""))
        session.add(TimeLimit(**limit, level_id=level_id))
    for reply in data["replies"]:
        session.add(QuickReply(**reply))
    for position, view in enumerate(data["views"]):
        session.add(SavedView(**view, position=position))
    session.flush()


def _team(session: Session, row: dict[str, Any], people: dict[str, User]) -> Team:
    lead = people[row["lead"]]
    team = Team(name=row["name"], policy=Policy(row["policy"]), lead_id=lead.id, channels=[])
    session.add(team)
    session.flush()
    for email in row["members"]:
        primary = email in row["primary"]
        session.add(TeamMember(team_id=team.id, user_id=people[email].id, is_primary=primary))
    for email, skills in row.get("skills", {}).items():
        session.merge(AgentProfile(user_id=people[email].id, skills=skills, most_open=40))
    return team


def _node(
    session: Session,
    row: dict[str, Any],
    parent_id: int | None,
    position: int,
    teams: dict[str, Team],
) -> None:
    team = teams.get(row.get("team", ""))
    node = ServiceNode(
        name=row["name"],
        summary=row.get("summary", ""),
        parent_id=parent_id,
        position=position,
        impact=row.get("impact", 2),
        skill=row.get("skill", ""),
        team_id=team.id if team else None,
    )
    session.add(node)
    session.flush()
    if "fields" in row:
        fields = store(load(row["fields"]))
        session.add(FormVersion(node_id=node.id, number=1, fields=fields, editor_name=""))
    for place, below in enumerate(row.get("below", ())):
        _node(session, below, node.id, place, teams)


def set_up_ticket(ports: Ports, session: Session, ticket: Ticket, place: int) -> None:
    """Subject, team, priority and a clock as its history tells; some have tags."""
    data: dict[str, Any] = json.loads((FOLDER / "desk.json").read_text(encoding="utf-8"))
    category = ticket.category.slug if ticket.category else ""
    name = data["by_category"].get(category, "")
    node = session.scalar(sa.select(ServiceNode).where(ServiceNode.name == name))
    ticket.node_id = node.id if node else None
    ticket.urgency = 1 + place % 3
    ticket.impact = node.impact if node else 2
    ticket.priority = sla.priority(ticket.urgency, ticket.impact)
    ticket.team_id = _team_of(session, node)
    if place % TAGS_EVERY == 0:
        tag = data["tags"][place % len(data["tags"])]
        session.add(TicketTag(ticket_id=ticket.id, tag=tag))
    session.flush()
    row = clocks.begin(ports, session, ticket)
    if row is not None:
        _wind(ports, session, ticket, row)


def _team_of(session: Session, node: ServiceNode | None) -> int | None:
    found = node_team(session, node.id) if node else None
    return found if found is not None else settings(session).desk_team_id


def _wind(ports: Ports, session: Session, ticket: Ticket, row: TicketClock) -> None:
    history = [
        (event.created_at, TicketStatus(event.after))
        for event in ticket.events
        if event.action == "status"
    ]
    calendar = WorkTime(ports, session).calendar(row.calendar_id)
    clock = sla.replayed(calendar, ticket.created_at, history)
    clocks.put_back(ports, session, ticket, clock)
    if row.next_at is not None:
        # Alarms of long ago would only fill the bell.
        row.next_at = clocks.due_of(row).following(ports.clock() - timedelta(hours=1))
