"""Tickets with known times, for reports whose numbers can be worked out by hand."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from models import Ticket, TicketEvent, TicketStatus

_numbers = itertools.count(1)
NOON = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
"""Midday in Shanghai, a Tuesday."""


def handled(
    session: Session, agent_id: int | None, reply: int | None = None, done: int | None = None,
    **facts: Any,
) -> Ticket:  # fmt: skip
    """A ticket opened at NOON (or `created_at`), first answered and solved after minutes."""
    created = facts.pop("created_at", NOON)
    after = {
        "first_reply_at": None if reply is None else created + timedelta(minutes=reply),
        "solved_at": None if done is None else created + timedelta(minutes=done),
        "status": TicketStatus.OPEN if done is None else TicketStatus.SOLVED,
    }
    ticket = Ticket(
        number=f"R-{next(_numbers)}",
        requester_key="v:somebody",
        subject="门锁打不开",
        body="门锁打不开",
        assignee_id=agent_id,
        created_at=created,
        **{**after, **facts},
    )
    session.add(ticket)
    session.flush()
    return ticket


def reopened(session: Session, ticket: Ticket) -> None:
    """It was solved once and opened again."""
    session.add(
        TicketEvent(ticket_id=ticket.id, actor_id=None, action="status",
                    before="solved", after="open")
    )  # fmt: skip
