"""A telephone system reports a call as it goes on: one row for its id, whatever comes twice.

Who calls is known by an earlier call of that number that somebody linked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from kb_app.access_tokens import CALLS, holder
from kb_app.errors import InvalidInput
from kb_app.ports import Ports
from kb_app.typed_text import clean_line, required
from models import PhoneCall, Ticket, User, insert_if_absent, unit_of_work

DIRECTIONS = ("in", "out")
# In the order of a call's life; a late report never takes it back.
STATES = ("ringing", "answered", "ended", "missed")
_RANK = {"ringing": 0, "answered": 1, "missed": 2, "ended": 2}
LONGEST_CALL = 24 * 3600
_NUMBER = re.compile(r"\+?\d{3,20}")


@dataclass(frozen=True)
class CallReport:
    """What was sent; empty or None is not known (yet)."""

    key: str
    number: str
    direction: str = "in"
    state: str = "ended"
    seconds: int | None = None
    agent_email: str = ""
    recording_url: str = ""
    ticket_number: str = ""
    began_at: datetime | None = None


@dataclass(frozen=True)
class CallTold:
    """What the telephone system is told back; `is_new` is False when it was known."""

    call_id: int
    is_new: bool
    customer: str
    ticket_number: str


def report(ports: Ports, secret: str, told: CallReport) -> CallTold:
    """Record it or bring it up to date; NotAllowed without a key, InvalidInput by field."""
    token_id = holder(ports, secret, CALLS)
    checked = _checked(told)
    number = plain_number(told.number)
    with unit_of_work(ports.database) as session:
        known = sa.select(PhoneCall).filter_by(token_id=token_id, call_key=checked.key)
        is_new = session.scalar(known) is None
        if is_new:
            # Ringing and answered may come at once: two reports make one row, and neither fails.
            insert_if_absent(
                session,
                PhoneCall,
                token_id=token_id,
                call_key=checked.key,
                number=number,
                direction=checked.direction,
                state=checked.state,
                began_at=checked.began_at or ports.clock(),
            )
        call = session.scalars(
            known.with_for_update().execution_options(populate_existing=True)
        ).one()
        if is_new:
            _recognise(session, call)
        _bring_up_to_date(session, call, checked)
        call.updated_at = ports.clock()
        session.flush()
        customer = session.get(User, call.customer_id) if call.customer_id else None
        ticket = session.get(Ticket, call.ticket_id) if call.ticket_id else None
        return CallTold(
            call.id, is_new, customer.name if customer else "", ticket.number if ticket else ""
        )


def _bring_up_to_date(session: Session, call: PhoneCall, told: CallReport) -> None:
    if _RANK[told.state] >= _RANK[call.state]:
        call.state = told.state
    if told.seconds is not None:
        call.seconds = told.seconds
    call.recording_url = told.recording_url or call.recording_url
    if told.agent_email:
        call.agent_id = _agent(session, told.agent_email)
    if told.ticket_number:
        call.ticket_id = _ticket(session, told.ticket_number)


def _recognise(session: Session, call: PhoneCall) -> None:
    """By the last call of this number that was linked to somebody."""
    earlier = (
        sa.select(PhoneCall.customer_id)
        .where(PhoneCall.number == call.number, PhoneCall.customer_id.is_not(None))
        .order_by(PhoneCall.id.desc())
        .limit(1)
    )
    call.customer_id = session.scalar(earlier)


def _agent(session: Session, email: str) -> int:
    found = session.scalar(
        sa.select(User).where(User.email == email.strip().lower(), User.is_active)
    )
    if found is None or not found.as_viewer().is_staff:
        raise InvalidInput("agent", "unknown")
    return found.id


def _ticket(session: Session, number: str) -> int:
    found = session.scalar(sa.select(Ticket.id).where(Ticket.number == number.strip()))
    if found is None:
        raise InvalidInput("ticket", "unknown")
    return found


def _checked(told: CallReport) -> CallReport:
    key = required("id", clean_line(told.key), 100)
    if told.direction not in DIRECTIONS:
        raise InvalidInput("direction", "unknown")
    if told.state not in STATES:
        raise InvalidInput("state", "unknown")
    if told.seconds is not None and not 0 <= told.seconds <= LONGEST_CALL:
        raise InvalidInput("duration", "range")
    if told.recording_url:
        _check_link(told.recording_url)
    return CallReport(
        key,
        told.number,
        told.direction,
        told.state,
        told.seconds,
        told.agent_email,
        told.recording_url,
        told.ticket_number,
        told.began_at,
    )


def _check_link(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidInput("recording_url", "invalid") from error
    sound = parts.scheme in {"http", "https"} and parts.hostname and url.isprintable()
    if not sound or len(url) > 500 or parts.username:  # noqa: PLR2004  the column's length
        raise InvalidInput("recording_url", "invalid")


def plain_number(text: str) -> str:
    """Digits (and a leading +) alone; +86 and 0086 before a number of China are left out."""
    bare = re.sub(r"[\s()（）.\-]", "", clean_line(text))
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    if not _NUMBER.fullmatch(bare):
        raise InvalidInput("number", "invalid")
    return bare.removeprefix("+86") if bare.startswith("+86") else bare
