"""What agents and customers do with a ticket; every change is logged and guarded."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kb_app.errors import IllegalMove, InvalidInput, NotFound, TicketChanged
from kb_app.letters import REPLY_BODY, REPLY_SUBJECT
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_pages import CUSTOMERS
from kb_app.typed_text import clean_line, optional, required
from models import (
    Article,
    JobKind,
    Message,
    MessageKind,
    Role,
    Ticket,
    TicketEvent,
    TicketStatus,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)
from ticket_bridge.lifecycle import (
    AUTO_CLOSE_DAYS,
    ENDED,
    after_customer_reply,
    after_staff_reply,
    may_move,
)

LONGEST_MESSAGE = 20_000
LONGEST_KEY = 40
SYSTEM = Viewer(Role.OWNER, None, "system", frozenset(), "system")


@dataclass(frozen=True)
class Posting:
    """A message an agent writes; `status` moves the ticket in the same step."""

    kind: MessageKind
    body: str
    client_key: str
    version: int
    status: TicketStatus | None = None
    insert_article_id: int | None = None


def _locked(session: Session, number: str) -> Ticket:
    ticket = session.scalar(sa.select(Ticket).where(Ticket.number == number).with_for_update())
    if ticket is None:
        raise NotFound(number)
    return ticket


def _own(session: Session, viewer: Viewer, number: str) -> Ticket:
    ticket = _locked(session, number)
    if ticket.requester_key != viewer.voter_key:
        raise NotFound(number)
    return ticket


def log(session: Session, ticket: Ticket, viewer: Viewer, action: str, *change: str) -> None:
    """Add a line to the ticket's history; `change` is (before, after)."""
    before, after = (*change, "", "")[:2]
    session.add(
        TicketEvent(
            ticket_id=ticket.id,
            actor_id=viewer.user_id,
            actor_name=viewer.name,
            action=action,
            before=before,
            after=after,
        )
    )


def post_message(ports: Ports, viewer: Viewer, number: str, posting: Posting) -> None:
    """An agent's reply or note; sending it again (same `client_key`) changes nothing.

    A reply never overwrites: two agents' replies are both kept. Only a status change asks
    for the version the agent saw.
    """
    require(viewer, Permission.DESK)
    body = required("body", posting.body, LONGEST_MESSAGE)
    key = clean_line(posting.client_key)[:LONGEST_KEY] or secrets.token_urlsafe(18)
    with unit_of_work(ports.database) as session:
        ticket = _locked(session, number)
        if _was_sent(session, ticket, key):
            return
        if posting.status is not None and ticket.version != posting.version:
            raise TicketChanged(number)
        body += _article_link(ports, session, posting.insert_article_id)
        _say(session, ticket, viewer, _Said(body, key, posting.kind, from_staff=True))
        if posting.kind is MessageKind.REPLY:
            if ticket.assignee_id is None:
                _assign(session, ticket, viewer)
            if posting.status is None or not may_move(ticket.status, posting.status):
                _move(ports, session, ticket, viewer, after_staff_reply(ticket.status))
            ticket.first_reply_at = ticket.first_reply_at or ports.clock()
            _mail_reply(ports, session, ticket, body)
        if posting.status is not None:
            _move_by_hand(ports, session, ticket, viewer, posting.status)
        ticket.updated_at = ports.clock()


@dataclass(frozen=True)
class _Said:
    body: str
    client_key: str
    kind: MessageKind
    from_staff: bool


def _article_link(ports: Ports, session: Session, article_id: int | None) -> str:
    """A link to put below a message; InvalidInput for what customers may not read."""
    if article_id is None:
        return ""
    article = session.scalar(
        sa.select(Article).where(Article.id == article_id, Article.visible_to(CUSTOMERS))
    )
    if article is None:
        raise InvalidInput("insert_article_id", "unknown")
    title = re.sub(r"([\\\[\]])", r"\\\1", article.title)
    return f"\n\n[{title}]({ports.config.base_url}/articles/{article.slug})"


def _was_sent(session: Session, ticket: Ticket, client_key: str) -> bool:
    sent = session.scalar(
        sa.select(Message.ticket_id).where(Message.client_key == f"{ticket.id}:{client_key}")
    )
    return sent is not None


def _say(session: Session, ticket: Ticket, viewer: Viewer, said: _Said) -> None:
    session.add(
        Message(
            ticket_id=ticket.id,
            author_id=viewer.user_id,
            author_name=viewer.name or ticket.requester_name,
            from_staff=said.from_staff,
            kind=said.kind,
            body=said.body,
            client_key=f"{ticket.id}:{said.client_key}",
        )
    )


def _move_by_hand(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, status: TicketStatus
) -> None:
    if ticket.status is status:
        return
    if not may_move(ticket.status, status):
        raise IllegalMove(f"{ticket.status} -> {status}")
    _move(ports, session, ticket, viewer, status)


def _move(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, status: TicketStatus
) -> None:
    if ticket.status is status:
        return
    log(session, ticket, viewer, "status", ticket.status.value, status.value)
    ticket.status = status
    ticket.updated_at = ports.clock()
    if status is TicketStatus.SOLVED:
        ticket.solved_at = ports.clock()
        close_at = ports.clock() + timedelta(days=AUTO_CLOSE_DAYS)
        enqueue(session, JobKind.CLOSE_TICKET, run_after=close_at, ticket_id=ticket.id)
    if status is TicketStatus.CLOSED:
        ticket.closed_at = ports.clock()
    if status not in ENDED:
        # Reopened: when it will end is open again; when it did is in its history.
        ticket.solved_at = ticket.closed_at = None
    if ticket.question_id is not None:
        enqueue(session, JobKind.INDEX_QUESTION, question_id=ticket.question_id)


def _assign(session: Session, ticket: Ticket, viewer: Viewer) -> None:
    log(session, ticket, viewer, "assigned", "", viewer.name)
    ticket.assignee_id = viewer.user_id


def _mail_reply(ports: Ports, session: Session, ticket: Ticket, body: str) -> None:
    if ticket.requester_email:
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=ticket.requester_email,
            subject=REPLY_SUBJECT.format(number=ticket.number),
            body=REPLY_BODY.format(
                subject=ticket.subject,
                reply=body,
                link=f"{ports.config.base_url}/tickets/{ticket.number}",
                site=ports.config.site_name,
            ),
        )


def change_status(
    ports: Ports, viewer: Viewer, number: str, status: TicketStatus, version: int
) -> None:
    """Move a ticket along its life; TicketChanged if it is not as it was looked at."""
    require(viewer, Permission.DESK)
    try:
        with unit_of_work(ports.database) as session:
            ticket = _locked(session, number)
            if ticket.version != version:
                raise TicketChanged(number)
            _move_by_hand(ports, session, ticket, viewer, status)
    except StaleDataError as error:
        raise TicketChanged(number) from error


def claim(ports: Ports, viewer: Viewer, number: str, version: int) -> None:
    """Take a ticket over; TicketChanged if somebody else was faster.

    A ticket nobody has may be claimed whatever else changed: its customer may have written.
    """
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = _locked(session, number)
        if ticket.assignee_id == viewer.user_id:
            return
        if ticket.assignee_id is not None and ticket.version != version:
            raise TicketChanged(number)
        _assign(session, ticket, viewer)
        ticket.updated_at = ports.clock()


def customer_reply(ports: Ports, viewer: Viewer, number: str, body: str, client_key: str) -> None:
    """The customer adds something; a paused, solved or closed ticket wakes up."""
    require(viewer, Permission.TRACK)
    text = required("body", body, LONGEST_MESSAGE)
    key = clean_line(client_key)[:LONGEST_KEY] or secrets.token_urlsafe(18)
    with unit_of_work(ports.database) as session:
        ticket = _own(session, viewer, number)
        if _was_sent(session, ticket, key):
            return
        _say(session, ticket, viewer, _Said(text, key, MessageKind.REPLY, from_staff=False))
        _move(ports, session, ticket, viewer, after_customer_reply(ticket.status))
        ticket.updated_at = ports.clock()


def rate(ports: Ports, viewer: Viewer, number: str, rating: int, comment: str) -> None:
    """The customer's satisfaction, 1 to 5, once a ticket is solved."""
    require(viewer, Permission.TRACK)
    if not 1 <= rating <= 5:  # noqa: PLR2004  the scale is the database's check too
        raise InvalidInput("rating", "unknown")
    said = optional("comment", comment, 1_000)
    with unit_of_work(ports.database) as session:
        ticket = _own(session, viewer, number)
        if ticket.status not in ENDED:
            raise IllegalMove("rating an unsolved ticket")
        log(session, ticket, viewer, "rated", str(ticket.rating or ""), str(rating))
        ticket.rating, ticket.rating_comment = rating, said
        ticket.updated_at = ports.clock()


def close_if_quiet(ports: Ports, ticket_id: int, now: datetime) -> None:
    """Close a ticket that has stayed solved for the whole waiting time."""
    with unit_of_work(ports.database) as session:
        ticket = session.get(Ticket, ticket_id, with_for_update=True)
        if ticket is None or ticket.status is not TicketStatus.SOLVED:
            return
        waited = ticket.solved_at is not None and now - ticket.solved_at
        if waited and waited >= timedelta(days=AUTO_CLOSE_DAYS):
            _move(ports, session, ticket, SYSTEM, TicketStatus.CLOSED)
            record(session, SYSTEM, "ticket.auto_closed", f"ticket:{ticket.id}")
