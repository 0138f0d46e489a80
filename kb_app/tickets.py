"""What agents and customers do with a ticket; every change is logged and guarded."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kb_app import clocks, held_replies
from kb_app.assigning import settings
from kb_app.errors import IllegalMove, InvalidInput, TicketChanged
from kb_app.letters import MAIL_REPLY_BODY, REPLY_BODY, REPLY_SUBJECT
from kb_app.notices import NoticeKind, concerned, tell
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.ticket_log import SYSTEM, add_message, log
from kb_app.ticket_moves import assign, locked, move, move_by_hand, own
from kb_app.ticket_pages import CUSTOMERS
from kb_app.typed_text import clean_line, optional, required
from models import (
    Article,
    Job,
    JobKind,
    Message,
    MessageKind,
    Ticket,
    TicketCopy,
    TicketStatus,
    Viewer,
    enqueue,
    record,
    unit_of_work,
)
from ticket_bridge.lifecycle import (
    ENDED,
    HIDDEN,
    after_customer_reply,
    after_staff_reply,
    may_move,
)

LONGEST_MESSAGE = 20_000
LONGEST_KEY = 40
# Whoever wrote by mail and has no account: no page of theirs to link to.
MAIL_KEY = "m:"
COLLEAGUE = NoticeKind.COLLEAGUE_WROTE


@dataclass(frozen=True)
class Posting:
    """A message an agent writes; `status` moves the ticket in the same step.

    A `held` reply can be taken back for some seconds before its customer sees it.
    """

    kind: MessageKind
    body: str
    client_key: str
    version: int
    status: TicketStatus | None = None
    insert_article_id: int | None = None
    held: bool = False


def post_message(ports: Ports, viewer: Viewer, number: str, posting: Posting) -> None:
    """An agent's reply or note; sending it again (same `client_key`) changes nothing.

    A reply never overwrites: two agents' replies are both kept. Only a status change asks
    for the version the agent saw.
    """
    require(viewer, Permission.DESK)
    body = required("body", posting.body, LONGEST_MESSAGE)
    key = clean_line(posting.client_key)[:LONGEST_KEY] or secrets.token_urlsafe(18)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        if _was_sent(session, ticket, key):
            return
        _check_open(ticket, posting)
        body += _article_link(ports, session, posting.insert_article_id)
        before = held_replies.state_of(session, ticket)
        message = _say(session, ticket, viewer, _Said(body, key, posting.kind, from_staff=True))
        mails: list[Job] = []
        if posting.kind is MessageKind.REPLY:
            mails = _replied(ports, session, ticket, viewer, posting)
        if posting.status is not None:
            move_by_hand(ports, session, ticket, viewer, posting.status)
        held_replies.forget_draft(session, ticket, viewer)
        tell(session, concerned(session, ticket, viewer.user_id), ticket.id, COLLEAGUE, key)
        if posting.held and posting.kind is MessageKind.REPLY:
            held_replies.hold(ports, session, message, mails, before)
        ticket.updated_at = ports.clock()


def _check_open(ticket: Ticket, posting: Posting) -> None:
    """Nobody writes to customers on a ticket out of sight, or moves one they have not seen.

    Out of sight is also one that was merged: its customer reads on in the other.
    """
    if posting.kind is MessageKind.REPLY:
        if ticket.merged_into_id is not None:
            raise TicketChanged(ticket.number)
        if ticket.status in HIDDEN:
            raise IllegalMove(f"reply while {ticket.status}")
    if posting.status is not None and ticket.version != posting.version:
        raise TicketChanged(ticket.number)


def _replied(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, posting: Posting
) -> list[Job]:
    """What follows from an answer to the customer; returns the mails it sends."""
    if ticket.assignee_id is None:
        assign(session, ticket, viewer)
    if posting.status is None or not may_move(ticket.status, posting.status):
        move(ports, session, ticket, viewer, after_staff_reply(ticket.status))
    clocks.responded(ports, session, ticket)
    ticket.first_reply_at = ticket.first_reply_at or ports.clock()
    return mail_reply(ports, session, ticket, viewer, posting.body.strip())


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


def _say(session: Session, ticket: Ticket, viewer: Viewer, said: _Said) -> Message:
    message = Message(
        ticket_id=ticket.id,
        author_id=viewer.user_id,
        author_name=viewer.name or ticket.requester_name,
        from_staff=said.from_staff,
        kind=said.kind,
        body=said.body,
        client_key=f"{ticket.id}:{said.client_key}",
    )
    return add_message(session, message)


def mail_reply(
    ports: Ports, session: Session, ticket: Ticket, viewer: Viewer, body: str
) -> list[Job]:
    """The answer by mail: to the requester, and to those who get copies."""
    copies = session.scalars(
        sa.select(TicketCopy.email)
        .where(TicketCopy.ticket_id == ticket.id)
        .order_by(TicketCopy.email)
    )
    addresses = dict.fromkeys([ticket.requester_email, *copies])
    by_mail = ticket.requester_key.startswith(MAIL_KEY)
    text = (MAIL_REPLY_BODY if by_mail else REPLY_BODY).format(
        subject=ticket.subject,
        reply=body,
        link=f"{ports.config.base_url}/tickets/{ticket.number}",
        site=ports.config.site_name,
    )
    subject = REPLY_SUBJECT.format(number=ticket.number)
    return [
        enqueue(
            session,
            JobKind.SEND_MAIL,
            to=address,
            subject=subject,
            body=text,
            ticket_id=ticket.id,
            mail_kind="reply",
            author_id=viewer.user_id,
        )
        for address in addresses
        if address
    ]


def change_status(
    ports: Ports, viewer: Viewer, number: str, status: TicketStatus, version: int
) -> None:
    """Move a ticket along its life; TicketChanged if it is not as it was looked at."""
    require(viewer, Permission.DESK)
    try:
        with unit_of_work(ports.database) as session:
            ticket = locked(session, number)
            if ticket.version != version:
                raise TicketChanged(number)
            move_by_hand(ports, session, ticket, viewer, status)
    except StaleDataError as error:
        raise TicketChanged(number) from error


def claim(ports: Ports, viewer: Viewer, number: str, version: int) -> None:
    """Take a ticket over; TicketChanged if somebody else was faster.

    A ticket nobody has may be claimed whatever else changed: its customer may have written.
    """
    require(viewer, Permission.DESK)
    with unit_of_work(ports.database) as session:
        ticket = locked(session, number)
        if ticket.assignee_id == viewer.user_id:
            return
        if ticket.assignee_id is not None and ticket.version != version:
            raise TicketChanged(number)
        assign(session, ticket, viewer)
        ticket.updated_at = ports.clock()


def customer_reply(ports: Ports, viewer: Viewer, number: str, body: str, client_key: str) -> None:
    """The customer adds something; a paused, solved or closed ticket wakes up."""
    require(viewer, Permission.TRACK)
    text = required("body", body, LONGEST_MESSAGE)
    key = clean_line(client_key)[:LONGEST_KEY] or secrets.token_urlsafe(18)
    with unit_of_work(ports.database) as session:
        ticket = own(session, viewer, number)
        if _was_sent(session, ticket, key):
            return
        _say(session, ticket, viewer, _Said(text, key, MessageKind.REPLY, from_staff=False))
        move(ports, session, ticket, viewer, after_customer_reply(ticket.status))
        tell(session, concerned(session, ticket), ticket.id, NoticeKind.CUSTOMER_WROTE, key)
        ticket.updated_at = ports.clock()


def rate(ports: Ports, viewer: Viewer, number: str, rating: int, comment: str) -> None:
    """The customer's satisfaction, 1 to 5, once a ticket is solved."""
    require(viewer, Permission.TRACK)
    if not 1 <= rating <= 5:  # noqa: PLR2004  the scale is the database's check too
        raise InvalidInput("rating", "unknown")
    said = optional("comment", comment, 1_000)
    with unit_of_work(ports.database) as session:
        ticket = own(session, viewer, number)
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
        close_at = (ticket.solved_at or now) + timedelta(days=settings(session).close_days)
        if now < close_at:
            # The waiting time was made longer, or it was solved once more since.
            enqueue(session, JobKind.CLOSE_TICKET, run_after=close_at, ticket_id=ticket.id)
            return
        move(ports, session, ticket, SYSTEM, TicketStatus.CLOSED)
        record(session, SYSTEM, "ticket.auto_closed", f"ticket:{ticket.id}")
