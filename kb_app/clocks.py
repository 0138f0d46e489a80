"""The clock of a ticket in the database: begun with it, moved with its state, never guessed.

What was promised is copied to the ticket; a later change of the rules does not change it.
"""

from __future__ import annotations

from dataclasses import asdict, astuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.ports import Ports
from kb_app.work_time import WorkTime
from models import CustomerLevel, ServiceNode, Ticket, TicketClock, TicketStatus, TimeLimit, User
from ticket_bridge import sla
from ticket_bridge.calendar import Calendar, NoWorkingTime
from ticket_bridge.lifecycle import HIDDEN
from ticket_bridge.sla import Case, Clock, Due, Limit

FIELDS = tuple(Clock.__dataclass_fields__)


def begin(ports: Ports, session: Session, ticket: Ticket) -> TicketClock | None:
    """Start the clock of a new ticket, if a promise fits it."""
    limit = _limit(session, ticket)
    if limit is None:
        return None
    row = TicketClock(ticket_id=ticket.id)
    session.add(row)
    _promise(row, limit)
    _keep(row, sla.begin(ticket.created_at), _calendar(ports, session, row))
    session.flush()
    return row


def moved(ports: Ports, session: Session, ticket: Ticket, status: TicketStatus) -> None:
    """The ticket came into this state now."""
    row = session.get(TicketClock, ticket.id)
    if row is None:
        return
    calendar = _calendar(ports, session, row)
    as_if = TicketStatus.PAUSED if status in HIDDEN else status
    _keep(row, sla.moved(clock_of(row), calendar, as_if, ports.clock()), calendar)


def responded(ports: Ports, session: Session, ticket: Ticket) -> None:
    """A member of staff has answered for the customer to read."""
    row = session.get(TicketClock, ticket.id)
    if row is None or row.responded_at is not None:
        return
    calendar = _calendar(ports, session, row)
    _keep(row, sla.responded(clock_of(row), calendar, ports.clock()), calendar)


def promised_anew(ports: Ports, session: Session, ticket: Ticket) -> None:
    """Priority or subject changed: the fitting promise, with the time that has passed."""
    limit, row = _limit(session, ticket), session.get(TicketClock, ticket.id)
    if row is None or limit is None:
        return
    calendar = _calendar(ports, session, row)
    now = ports.clock()
    clock = clock_of(row)
    stood = clock.running_since is None
    clock = Clock(
        **{
            **asdict(clock),
            "spent": sla.worked(clock, calendar, now),
            "running_since": None if stood else sla.begin(now).running_since,
        }
    )
    other = row.limit_id != limit.limit_id
    _promise(row, limit)
    _keep(row, clock, _calendar(ports, session, row))
    broken = any(due is not None and due <= now for due in astuple(due_of(row)))
    if other and broken:
        # The time for the new promise is over already: that is said once, at the next tick.
        row.next_at = clock.running_since


def put_back(ports: Ports, session: Session, ticket: Ticket, clock: Clock) -> None:
    """As it was a moment ago: what happened since was taken back."""
    row = session.get(TicketClock, ticket.id)
    if row is not None:
        _keep(row, clock, _calendar(ports, session, row))


def clock_of(row: TicketClock) -> Clock:
    """The pure clock of a stored one."""
    return Clock(**{name: getattr(row, name) for name in FIELDS})


def due_of(row: TicketClock) -> Due:
    """The moments ahead of a stored clock."""
    return Due(
        row.response_warn_at, row.response_due_at, row.resolution_warn_at, row.resolution_due_at
    )


def _promise(row: TicketClock, limit: Limit) -> None:
    row.limit_id, row.calendar_id = limit.limit_id, limit.calendar_id
    row.response_minutes = limit.response_minutes
    row.resolution_minutes = limit.resolution_minutes


def _calendar(ports: Ports, session: Session, row: TicketClock) -> Calendar:
    return WorkTime(ports, session).calendar(row.calendar_id)


def _keep(row: TicketClock, clock: Clock, calendar: Calendar) -> None:
    for name in FIELDS:
        setattr(row, name, getattr(clock, name))
    limit = Limit(row.limit_id or 0, row.response_minutes, row.resolution_minutes)
    try:
        due = sla.due(clock, calendar, limit)
    except NoWorkingTime:
        due = Due()
    row.response_warn_at, row.response_due_at = due.response_warn, due.response
    row.resolution_warn_at, row.resolution_due_at = due.resolution_warn, due.resolution
    row.next_at = due.following(clock.running_since) if clock.running_since else None


def _limit(session: Session, ticket: Ticket) -> Limit | None:
    rules = session.scalars(sa.select(TimeLimit).where(TimeLimit.is_active)).all()
    if not rules:
        return None
    limits = [
        Limit(
            rule.id,
            rule.response_minutes,
            rule.resolution_minutes,
            rule.node_id,
            rule.group_id,
            rule.level_id,
            rule.priority,
            rule.calendar_id,
        )
        for rule in rules
    ]
    customer = session.get(User, ticket.requester_id) if ticket.requester_id else None
    groups = frozenset(group.id for group in customer.groups) if customer else frozenset()
    level = customer.level_id if customer else None
    case = Case(node_path(session, ticket.node_id), groups, level, ticket.priority)
    return sla.fitting(limits, case)


def node_path(session: Session, node_id: int | None) -> tuple[int, ...]:
    """The ids from the top of the catalogue down to this node."""
    path: list[int] = []
    while node_id is not None and node_id not in path:
        path.append(node_id)
        node_id = session.scalar(sa.select(ServiceNode.parent_id).where(ServiceNode.id == node_id))
    return tuple(reversed(path))


def is_vip(session: Session, ticket: Ticket) -> bool:
    """Whether the requester stands on the highest rung of service."""
    if ticket.requester_id is None:
        return False
    rank = session.scalar(
        sa.select(CustomerLevel.rank)
        .join(User, User.level_id == CustomerLevel.id)
        .where(User.id == ticket.requester_id)
    )
    highest = session.scalar(sa.select(sa.func.max(CustomerLevel.rank)))
    return bool(rank) and rank == highest
