"""Replies that can still be taken back: for ten seconds nobody outside sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app import clocks
from kb_app.errors import IllegalMove
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_log import log
from kb_app.ticket_moves import locked, restand
from models import (
    HeldReply,
    Job,
    JobKind,
    JobStatus,
    Message,
    MessageKind,
    Ticket,
    TicketClock,
    TicketDraft,
    TicketStatus,
    Viewer,
    drop_text,
    enqueue,
    insert_if_absent,
    text_ref,
    unit_of_work,
    utcnow,
)
from ticket_bridge.sla import Clock

HOLD = timedelta(seconds=10)
TIMES = ("first_reply_at", "solved_at", "closed_at")


def state_of(session: Session, ticket: Ticket) -> dict[str, Any]:
    """What a reply may change on a ticket, as it is now."""
    times = {name: _plain(getattr(ticket, name)) for name in TIMES}
    row = session.get(TicketClock, ticket.id)
    clock = row and {key: _plain(value) for key, value in asdict(clocks.clock_of(row)).items()}
    return {
        "ticket_id": ticket.id,
        "status": ticket.status.value,
        "assignee_id": ticket.assignee_id,
        "clock": clock,
        **times,
    }


def hold(
    ports: Ports, session: Session, message: Message, mails: Sequence[Job], before: dict[str, Any]
) -> None:
    """Keep the reply and its mails back for a moment."""
    until = ports.clock() + HOLD
    message.held_until = until
    session.flush()
    for mail in mails:
        mail.run_after = until
    _show_later(session, message, until)
    ticket = session.get_one(Ticket, message.ticket_id)
    after = {"status": ticket.status.value, "assignee_id": ticket.assignee_id}
    session.add(
        HeldReply(
            message_id=message.id,
            job_ids=[mail.id for mail in mails],
            before={**before, "after": after},
            until=until,
        )
    )


def _show_later(session: Session, message: Message, at: datetime) -> None:
    """A public question is found by what has gone out by then."""
    ticket = session.get_one(Ticket, message.ticket_id)
    if ticket.question_id is not None:
        enqueue(session, JobKind.INDEX_QUESTION, run_after=at, question_id=ticket.question_id)


def told_status(session: Session, ticket: Ticket, now: datetime) -> TicketStatus:
    """The state as the customer may know it: before a reply that can still be taken back."""
    held = next((message for message in ticket.messages if is_held(message, now)), None)
    found = session.get(HeldReply, held.id) if held is not None else None
    if found is None or found.before["ticket_id"] != ticket.id:
        return ticket.status
    return TicketStatus(found.before["status"])


def is_held(message: Message, now: datetime) -> bool:
    """Whether a message has not gone out yet."""
    return message.held_until is not None and now < message.held_until


def take_back(ports: Ports, viewer: Viewer, number: str, message_id: int) -> str:
    """Undo my reply and what it changed; returns its text. IllegalMove when it is too late."""
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        message = session.get(Message, message_id)
        held = session.get(HeldReply, message_id)
        mine = message is not None and message.author_id == viewer.user_id
        if message is None or held is None or not mine or message.ticket_id != ticket.id:
            raise IllegalMove("no such reply to take back")
        if ports.clock() >= held.until:
            raise IllegalMove("too late to take it back")
        session.execute(
            sa.delete(Job).where(Job.id.in_(held.job_ids), Job.status == JobStatus.WAITING)
        )
        body = message.body
        drop_text(session, text_ref(ticket.id, message.id), body)
        # What was merged meanwhile lies on a ticket that this reply never changed.
        if held.before["ticket_id"] == ticket.id:
            _put_back(ports, session, ticket, viewer, held)
        _show_later(session, message, ports.clock())
        session.delete(held)
        session.delete(message)
        session.flush()
        restand(session, ticket)
        ticket.updated_at = ports.clock()
        keep_draft(session, ticket, viewer, body)
        return body


def _put_back(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, held: HeldReply
) -> None:
    """What the reply changed, as far as nobody has changed it since."""
    before, after = held.before, held.before["after"]
    if ticket.assignee_id == after["assignee_id"]:
        ticket.assignee_id = before["assignee_id"]
    went_on = session.scalar(
        sa.select(Message.id)
        .where(
            Message.ticket_id == ticket.id,
            Message.id > held.message_id,
            Message.kind == MessageKind.REPLY,
        )
        .limit(1)
    )
    if went_on is not None or ticket.status != after["status"]:
        log(session, ticket, viewer, "taken_back", ticket.status.value, ticket.status.value)
        return
    status = TicketStatus(before["status"])
    log(session, ticket, viewer, "taken_back", ticket.status.value, status.value)
    ticket.status = status
    for name in TIMES:
        setattr(ticket, name, _moment(before[name]))
    if before["clock"] is not None:
        clock = {key: _moment(value) for key, value in before["clock"].items()}
        clocks.put_back(ports, session, ticket, Clock(**clock))


def keep_draft(
    session: Session, ticket: Ticket, viewer: Viewer, body: str, kind: str = "reply"
) -> None:
    """Keep what an agent has typed, or forget it when it is empty."""
    if viewer.user_id is None or not body.strip():
        forget_draft(session, ticket, viewer)
        return
    place = {"ticket_id": ticket.id, "user_id": viewer.user_id}
    insert_if_absent(session, TicketDraft, **place, kind=kind, body=body, updated_at=utcnow())
    session.execute(sa.update(TicketDraft).filter_by(**place).values(kind=kind, body=body))


def forget_draft(session: Session, ticket: Ticket, viewer: Viewer) -> None:
    """What was typed has been sent."""
    session.execute(
        sa.delete(TicketDraft).where(
            TicketDraft.ticket_id == ticket.id, TicketDraft.user_id == viewer.user_id
        )
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
