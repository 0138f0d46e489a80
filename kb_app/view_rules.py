"""What a view of tickets asks for: kept as plain values, turned into conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models import (
    Standing,
    TeamMember,
    Ticket,
    TicketClock,
    TicketStatus,
    TicketTag,
    TicketWatch,
    Viewer,
    among,
    find_tickets,
)
from models.user import user_group
from ticket_bridge.sla import Colour

Rule = Callable[[Viewer, str], sa.ColumnElement[bool]]
ME, NOBODY, MINE = "me", "none", "mine"
MOST_FOUND = 5_000
LONGEST_ID = 9
COLUMNS = (
    "status",
    "priority",
    "due",
    "requester",
    "assignee",
    "team",
    "node",
    "category",
    "channel",
    "tags",
    "created",
    "updated",
    "rating",
)
USUAL = ("status", "priority", "due", "requester", "assignee", "updated")


@dataclass(frozen=True)
class ViewRules:
    """Empty values ask for nothing; `agent` is an id, "me" or "none", `team` an id or "mine"."""

    text: str = ""
    status: str = ""
    agent: str = ""
    team: str = ""
    priority: str = ""
    colour: str = ""
    category: str = ""
    node: str = ""
    tag: str = ""
    channel: str = ""
    group: str = ""
    watched: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.given

    @property
    def given(self) -> dict[str, str]:
        """What is asked for, for addresses and for keeping."""
        return {key: value for key, value in asdict(self).items() if value}


NAMES = tuple(field.name for field in fields(ViewRules))


def rules_of(data: Mapping[str, Any]) -> ViewRules:
    """Rules from plain values; what is unknown is left out."""
    return ViewRules(**{key: str(data[key])[:60] for key in NAMES if data.get(key)})


def conditions(
    session: Session, viewer: Viewer, rules: ViewRules, now: datetime
) -> list[sa.ColumnElement[bool]]:
    """The rules as SQL; a value that cannot be finds nothing."""
    found = list(_plain(viewer, rules))
    if rules.colour:
        found.append(_coloured(rules.colour, now))
    if rules.text:
        ids = find_tickets(session, rules.text, MOST_FOUND)
        found.append(Ticket.id.in_(among(session, ids)))
    return found


def _plain(viewer: Viewer, rules: ViewRules) -> Iterator[sa.ColumnElement[bool]]:
    for name in rules.given:
        if name in _RULES:
            yield _RULES[name](viewer, getattr(rules, name))


def _status(_viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
    known = value in set(TicketStatus)
    return Ticket.status == TicketStatus(value) if known else sa.false()


def _team(viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
    if value == MINE:
        mine = sa.select(TeamMember.team_id).where(TeamMember.user_id == viewer.user_id)
        return Ticket.team_id.in_(mine)
    return _numbered(Ticket.team_id)(viewer, value)


def _numbered(column: Any) -> Rule:
    def rule(_viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
        found = _number(value)
        return sa.false() if found is None else sa.and_(column == found)

    return rule


def _tag(_viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
    return Ticket.id.in_(sa.select(TicketTag.ticket_id).where(TicketTag.tag == value))


def _channel(_viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
    return Ticket.channel == value


def _group(_viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
    members = sa.select(user_group.c.user_id).where(user_group.c.group_id == _number(value))
    return Ticket.requester_id.in_(members)


def _agent(viewer: Viewer, value: str) -> sa.ColumnElement[bool]:
    if value == ME:
        return Ticket.assignee_id == viewer.user_id
    if value == NOBODY:
        return Ticket.assignee_id.is_(None)
    found = _number(value)
    return sa.false() if found is None else Ticket.assignee_id == found


def _watched(viewer: Viewer, what: str) -> sa.ColumnElement[bool]:
    column = TicketWatch.starred if what == "starred" else TicketWatch.follows
    mine = sa.select(TicketWatch.ticket_id).where(TicketWatch.user_id == viewer.user_id, column)
    return Ticket.id.in_(mine)


_RULES: dict[str, Rule] = {
    "status": _status,
    "agent": _agent,
    "team": _team,
    "priority": _numbered(Ticket.priority),
    "category": _numbered(Ticket.category_id),
    "node": _numbered(Ticket.node_id),
    "tag": _tag,
    "channel": _channel,
    "group": _group,
    "watched": _watched,
}


def _coloured(colour: str, now: datetime) -> sa.ColumnElement[bool]:
    """The colour of the promise that is to be kept next, as kb_app.promises says it."""
    clock = aliased(TicketClock)
    warn = sa.func.coalesce(clock.response_warn_at, clock.resolution_warn_at)
    breach = sa.func.coalesce(clock.response_due_at, clock.resolution_due_at)
    rules: dict[str, sa.ColumnElement[bool]] = {
        Colour.RED: breach <= now,
        Colour.AMBER: sa.and_(warn <= now, breach > now),
        Colour.GREEN: warn > now,
    }
    rule = rules.get(colour, sa.false())
    # Only what is being worked on has moments to keep; looked up row by row, a page ends early.
    # (Plus nothing: an index is to serve the one standing that a page asks for, not this range.)
    open_yet = Ticket.standing + 0 <= Standing.ANSWERED.value
    return sa.and_(open_yet, sa.exists().where(clock.ticket_id == Ticket.id, rule))


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= LONGEST_ID else None
