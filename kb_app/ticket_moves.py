"""Changing a ticket inside a transaction: its state, its agent, its place in the queue.

Every change is logged, moves the clock, and tells who is concerned.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from answerer.dialogue import Why
from kb_app import bridging_marks, clocks
from kb_app.assigning import settings
from kb_app.errors import IllegalMove, NotFound
from kb_app.notices import NoticeKind, tell
from kb_app.ports import Ports
from kb_app.ticket_log import log
from models import (
    JobKind,
    Message,
    MessageKind,
    Ticket,
    TicketStatus,
    User,
    Viewer,
    enqueue,
)
from ticket_bridge.lifecycle import (
    HIDDEN,
    RESTING,
    Life,
    hide,
    may_hide,
    may_move,
    restore,
    standing,
)


def locked(session: Session, number: str) -> Ticket:
    """The ticket, nobody else changing it; NotFound."""
    ticket = session.scalar(sa.select(Ticket).where(Ticket.number == number).with_for_update())
    if ticket is None:
        raise NotFound(number)
    return ticket


def own(session: Session, viewer: Viewer, number: str) -> Ticket:
    """The viewer's own visible ticket, or the one it was joined with; NotFound for others."""
    ticket = locked(session, number)
    while ticket.merged_into_id is not None:
        ticket = session.get_one(Ticket, ticket.merged_into_id, with_for_update=True)
    if ticket.requester_key != viewer.voter_key or ticket.status in HIDDEN:
        raise NotFound(number)
    return ticket


def move_by_hand(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, status: TicketStatus
) -> None:
    """A step somebody chose; IllegalMove for one the life does not have, and once merged."""
    if ticket.status is status:
        return
    if ticket.merged_into_id is not None or not may_move(ticket.status, status):
        raise IllegalMove(f"{ticket.status} -> {status}")
    move(ports, session, ticket, viewer, status)


def move(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, status: TicketStatus
) -> None:
    """Into this state, with everything that follows from it."""
    if ticket.status is status:
        restand(session, ticket)
        return
    log(session, ticket, viewer, "status", ticket.status.value, status.value)
    ticket.status = status
    ticket.updated_at = ports.clock()
    clocks.moved(ports, session, ticket, status)
    if status is TicketStatus.SOLVED:
        ticket.solved_at = ports.clock()
        close_at = ports.clock() + timedelta(days=settings(session).close_days)
        enqueue(session, JobKind.CLOSE_TICKET, run_after=close_at, ticket_id=ticket.id)
    if status is TicketStatus.CLOSED:
        ticket.closed_at = ports.clock()
    if status not in RESTING:
        # Reopened: when it will end is open again; when it did is in its history.
        ticket.solved_at = ticket.closed_at = None
    bridging_marks.moved(session, ticket)
    restand(session, ticket)
    if ticket.question_id is not None:
        enqueue(session, JobKind.INDEX_QUESTION, question_id=ticket.question_id)


def put_away(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, status: TicketStatus
) -> None:
    """Into quarantine or the bin, for thirty days; IllegalMove when it is there already."""
    if not may_hide(ticket.status, status):
        raise IllegalMove(f"{ticket.status} -> {status}")
    life = hide(life_of(ticket), status, ports.clock())
    move(ports, session, ticket, viewer, status)
    ticket.hidden_from = life.hidden_from.value if life.hidden_from else ""
    ticket.hidden_at = life.hidden_at


def bring_back(ports: Ports, session: Session, ticket: Ticket, viewer: Viewer) -> None:
    """Out of quarantine or the bin to where it was; IllegalMove when it is not there."""
    if ticket.status not in HIDDEN:
        raise IllegalMove(f"{ticket.status} is not hidden")
    move(ports, session, ticket, viewer, restore(life_of(ticket)).status)
    ticket.hidden_from, ticket.hidden_at = "", None


def life_of(ticket: Ticket) -> Life:
    """The pure life of a stored ticket."""
    before = TicketStatus(ticket.hidden_from) if ticket.hidden_from else None
    return Life(ticket.status, before, ticket.hidden_at)


def assign(session: Session, ticket: Ticket, viewer: Viewer, agent: User | None = None) -> None:
    """Give it to this agent, or to the viewer."""
    before = ticket.assignee.name if ticket.assignee else ""
    ticket.assignee_id = agent.id if agent else viewer.user_id
    name = agent.name if agent else viewer.name
    log(session, ticket, viewer, "assigned", before, name)
    if agent is not None and agent.id != viewer.user_id:
        tell(session, [agent.id], ticket.id, NoticeKind.ASSIGNED)


def restand(session: Session, ticket: Ticket) -> None:
    """Find its place in the queue anew."""
    session.flush()
    last_from_staff = session.scalar(
        sa.select(Message.from_staff)
        .where(
            Message.ticket_id == ticket.id,
            Message.kind == MessageKind.REPLY,
            # What a rule sent by itself is no answer: the customer still waits for a person.
            Message.client_key.not_like("%:rule-%"),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    danger = ticket.question is not None and ticket.question.reason == Why.SAFETY
    ticket.standing = standing(ticket.status, waits=not last_from_staff, danger=danger)
