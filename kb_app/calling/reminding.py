"""Shortly before a call is due its agent is told, once for each time it was promised for."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.notices import NoticeKind, tell
from kb_app.ports import Ports
from kb_app.setup.agents import desk_people
from models import CallBack, CallState, Team, TeamMember, Ticket, reading, unit_of_work

AHEAD = timedelta(minutes=10)


def remind(ports: Ports) -> int:
    """Tell whom it concerns; returns how many calls that was. Harmless as often as one likes."""
    soon = sa.select(CallBack.id).where(
        CallBack.state == CallState.DUE,
        CallBack.slot_at <= ports.clock() + AHEAD,
        CallBack.reminded_at.is_(None),
    )
    with reading(ports.database) as session:
        ids = session.scalars(soon.order_by(CallBack.slot_at).limit(100)).all()
    for call_id in ids:
        _remind_one(ports, call_id)
    if ids:
        ports.pulse.beat(desk=True)
    return len(ids)


def _remind_one(ports: Ports, call_id: int) -> None:
    with unit_of_work(ports.database) as session:
        call = session.get(CallBack, call_id, with_for_update=True)
        if call is None or call.state is not CallState.DUE or call.reminded_at is not None:
            return
        call.reminded_at = ports.clock()
        if call.ticket_id is not None:
            mark = f"call-{call.slot_at:%Y%m%dT%H%M}"
            tell(session, _concerned(session, call), call.ticket_id, NoticeKind.CALL_DUE, mark)


def _concerned(session: Session, call: CallBack) -> set[int]:
    """Its agent, else the ticket's, else the ticket's team, else everybody of the desk."""
    ticket = session.get(Ticket, call.ticket_id) if call.ticket_id else None
    agent = call.agent_id or (ticket.assignee_id if ticket else None)
    if agent is not None:
        return {agent}
    if ticket is not None and ticket.team_id is not None:
        members = sa.select(TeamMember.user_id).join(Team, Team.id == TeamMember.team_id)
        found = set(session.scalars(members.where(Team.id == ticket.team_id)))
        if found:
            return found
    return {user.id for user in session.scalars(desk_people())}
