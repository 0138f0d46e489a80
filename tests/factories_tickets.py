"""Tickets for tests."""

from __future__ import annotations

import itertools

from sqlalchemy.orm import Session

from models import Ticket

_numbers = itertools.count(1)


def make_ticket(session: Session, subject: str = "门锁打不开") -> Ticket:
    """A new ticket of somebody unknown."""
    ticket = Ticket(
        number=f"T-{next(_numbers)}", requester_key="v:somebody", subject=subject, body=subject
    )
    session.add(ticket)
    session.flush()
    return ticket
