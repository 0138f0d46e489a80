"""What staff set on a ticket beside its state: agent, team, priority, subject, tags, copies."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import assigning, bridging_marks, clocks
from kb_app.accounts import checked_email
from kb_app.desk_side import facts_mark
from kb_app.errors import InvalidInput, NotFound, TicketChanged
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.setup.agents import desk_people, split_words
from kb_app.ticket_log import log
from kb_app.ticket_moves import assign, bring_back, locked, put_away
from models import (
    ServiceNode,
    Team,
    Ticket,
    TicketCopy,
    TicketStatus,
    TicketTag,
    TicketWatch,
    User,
    Viewer,
    record,
    unit_of_work,
)
from ticket_bridge.sla import priority

LEVELS = (1, 2, 3)
MOST_COPIES = 10


@dataclass(frozen=True)
class FactsInput:
    """The facts of a ticket as the form sent them; `seen` marks what it showed before."""

    urgency: int | None
    impact: int | None
    node_id: int | None
    tags: str
    copies: str
    seen: str = ""


def hand_over(
    ports: Ports, viewer: Viewer, number: str, agent_id: int | None, team_id: int | None
) -> str:
    """Give a ticket to an agent, or to a team whose policy chooses; returns the new name."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        if team_id is not None and team_id != ticket.team_id:
            to_team(ports, session, ticket, viewer, team_id)
        if agent_id is not None:
            to_agent(session, ticket, viewer, agent_id)
        ticket.updated_at = ports.clock()
        session.flush()
        session.refresh(ticket)
        if ticket.assignee is not None:
            return ticket.assignee.name
        return ticket.team.name if ticket.team else ""


def to_agent(session: Session, ticket: Ticket, viewer: Viewer, agent_id: int) -> None:
    """Into these hands; InvalidInput for somebody who does not work at the desk."""
    agent = session.scalar(desk_people().where(User.id == agent_id))
    if agent is None:
        raise InvalidInput("agent_id", "unknown")
    if ticket.assignee_id != agent.id:
        assign(session, ticket, viewer, agent)


def to_team(ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, team_id: int) -> None:
    """Into this team's queue; who had it is free of it."""
    team = session.get(Team, team_id)
    if team is None or not team.is_active:
        raise InvalidInput("team_id", "unknown")
    before = ticket.team.name if ticket.team else ""
    log(session, ticket, viewer, "team", before, team.name)
    ticket.team_id, ticket.assignee_id = team.id, None
    session.flush()
    assigning.give(ports, session, ticket)
    bridging_marks.placed(session, ticket)


def set_facts(ports: Ports, viewer: Viewer, number: str, form: FactsInput) -> None:
    """Urgency, impact, subject, tags and copies; a new priority may mean a new promise.

    TicketChanged when a colleague changed one of them since the form was shown.
    """
    require(viewer, Permission.DESK)
    tags = split_words("tags", form.tags)
    copies = _addresses(form.copies)
    if form.urgency not in LEVELS or form.impact not in LEVELS:
        raise InvalidInput("urgency", "unknown")
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        if form.seen and form.seen != facts_mark(session, ticket):
            raise TicketChanged(number)
        if form.node_id is not None and session.get(ServiceNode, form.node_id) is None:
            raise InvalidInput("node_id", "unknown")
        set_priority(ports, session, ticket, viewer, (form.urgency, form.impact))
        if ticket.node_id != form.node_id:
            _rename_node(ports, session, ticket, viewer, form.node_id)
        set_tags(session, ticket, viewer, tags)
        session.execute(sa.delete(TicketCopy).where(TicketCopy.ticket_id == ticket.id))
        session.add_all(TicketCopy(ticket_id=ticket.id, email=email) for email in copies)
        ticket.updated_at = ports.clock()


def _addresses(text: str) -> tuple[str, ...]:
    for sign in "，、；;\n ":
        text = text.replace(sign, ",")
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if len(found) > MOST_COPIES:
        raise InvalidInput("copies", "too_many")
    try:
        return tuple(checked_email(address) for address in found)
    except InvalidInput as error:
        raise InvalidInput("copies", "invalid") from error


def set_priority(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, levels: tuple[int, int]
) -> None:
    """Urgency × impact; logged when the priority changes.

    As long as both stay, the priority stays: what may be dangerous has a higher one.
    """
    if levels == (ticket.urgency, ticket.impact):
        return
    ticket.urgency, ticket.impact = levels
    wanted = priority(*levels)
    if wanted == ticket.priority:
        return
    log(session, ticket, viewer, "priority", str(ticket.priority), str(wanted))
    ticket.priority = wanted
    clocks.promised_anew(ports, session, ticket)


def _rename_node(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, node_id: int | None
) -> None:
    before = ticket.node.name if ticket.node else ""
    node = session.get(ServiceNode, node_id) if node_id else None
    log(session, ticket, viewer, "node", before, node.name if node else "")
    ticket.node_id = node_id
    session.flush()
    clocks.promised_anew(ports, session, ticket)


def set_tags(session: Session, ticket: Ticket, viewer: Viewer, tags: tuple[str, ...]) -> None:
    """Exactly these tags; logged when they change."""
    known = session.scalars(
        sa.select(TicketTag.tag).where(TicketTag.ticket_id == ticket.id).order_by(TicketTag.tag)
    ).all()
    if set(known) == set(tags):
        return
    log(session, ticket, viewer, "tags", "、".join(known), "、".join(tags))
    session.execute(sa.delete(TicketTag).where(TicketTag.ticket_id == ticket.id))
    session.add_all(TicketTag(ticket_id=ticket.id, tag=tag) for tag in tags)


def hide(ports: Ports, viewer: Viewer, number: str, status: TicketStatus) -> None:
    """Into quarantine or the bin, for thirty days."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        put_away(ports, session, ticket, viewer, status)
        record(session, viewer, f"ticket.{status.value}", f"ticket:{ticket.id}")


def unhide(ports: Ports, viewer: Viewer, number: str) -> None:
    """Back to where it was."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        if not ticket.body and ticket.requester_key.startswith("gone:"):
            raise NotFound(number)
        bring_back(ports, session, ticket, viewer)
        record(session, viewer, "ticket.brought_back", f"ticket:{ticket.id}")


def watch(ports: Ports, viewer: Viewer, number: str, what: str) -> None:
    """Follow or star a ticket, or stop doing so; `what` is the column."""
    require(viewer, Permission.DESK)
    if what not in {"follows", "starred"} or viewer.user_id is None:
        raise InvalidInput("what", "unknown")
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        found = session.get(TicketWatch, (ticket.id, viewer.user_id))
        if found is None:
            found = TicketWatch(
                ticket_id=ticket.id, user_id=viewer.user_id, follows=False, starred=False
            )
            session.add(found)
        setattr(found, what, not getattr(found, what))
