"""One ticket as the agent works on it and as the customer follows it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from indexer.backend import SearchFilter
from kb_app.cards import ArticleCard, ArticleRef, Crumb, cards_by_id, crumb
from kb_app.desk_side import DeskSide, FileRow, answers, desk_side, files
from kb_app.errors import NotFound
from kb_app.held_replies import is_held, told_status
from kb_app.permissions import Permission, require
from kb_app.ports import Ports
from kb_app.promises import Promise, promise_of
from kb_app.rendering import render, render_message
from kb_app.ticket_rows import Part, TicketRow, handed_why, ticket_rows
from models import (
    CUSTOMER_KEY,
    PUBLIC_KEY,
    Article,
    Message,
    MessageKind,
    QuestionShown,
    Role,
    ShownKind,
    Ticket,
    TicketClock,
    TicketEvent,
    TicketStatus,
    Viewer,
    reading,
)
from ticket_bridge.fields import Shown
from ticket_bridge.lifecycle import ENDED, HIDDEN, MOVES

CUSTOMERS = Viewer(Role.CUSTOMER, None, "", frozenset({PUBLIC_KEY, CUSTOMER_KEY}))
HISTORY = 8
SUGGESTED = 5


@dataclass(frozen=True)
class MessageRow:
    """Something said; `html` is sanitised."""

    author_name: str
    from_staff: bool
    kind: MessageKind
    html: str
    created_at: datetime
    mine: bool
    message_id: int = 0
    held_until: datetime | None = None


@dataclass(frozen=True)
class EventRow:
    """A line of the ticket's history."""

    actor_name: str
    action: str
    before: str
    after: str
    created_at: datetime


@dataclass(frozen=True)
class Step:
    """One stage of the way a ticket goes; `key` names it."""

    key: str
    done: bool
    current: bool
    at: datetime | None


@dataclass(frozen=True)
class DeskTicket:
    """A ticket with everything already known about it.

    `insertable` names the shown and suggested articles that every customer may read.
    """

    number: str
    version: int
    subject: str
    body_html: str
    status: TicketStatus
    allowed: tuple[TicketStatus, ...]
    requester_name: str
    requester_email: str
    requester_history: tuple[TicketRow, ...]
    category: Crumb | None
    product: Crumb | None
    assignee_name: str
    assigned_to_me: bool
    messages: tuple[MessageRow, ...]
    events: tuple[EventRow, ...]
    shown: tuple[ArticleCard, ...]
    suggested: tuple[ArticleCard, ...]
    insertable: frozenset[int]
    rating: int | None
    rating_comment: str
    promoted: ArticleRef | None
    client_key: str
    created_at: datetime
    first_reply_at: datetime | None
    solved_at: datetime | None
    handed: str
    side: DeskSide


@dataclass(frozen=True)
class CustomerTicket:
    """A ticket as its requester sees it: no notes, no staff-only data."""

    number: str
    subject: str
    body_html: str
    status: TicketStatus
    steps: tuple[Step, ...]
    messages: tuple[MessageRow, ...]
    can_reply: bool
    can_rate: bool
    can_reopen: bool
    rating: int | None
    rating_comment: str
    shown: tuple[ArticleCard, ...]
    client_key: str
    created_at: datetime
    promise: Promise | None = None
    answers: tuple[Shown, ...] = ()
    files: tuple[FileRow, ...] = ()


def _by_number(session: Session, number: str) -> Ticket:
    ticket = session.scalar(sa.select(Ticket).where(Ticket.number == number))
    if ticket is None:
        raise NotFound(number)
    return ticket


def desk_ticket(ports: Ports, viewer: Viewer, number: str) -> DeskTicket:
    """The agent's view of a ticket."""
    require(viewer, Permission.DESK)
    now = ports.clock()
    with reading(ports.database) as session:
        ticket = _by_number(session, number)
        shown = _shown(session, viewer, ticket)
        suggested = _suggested(ports, session, viewer, ticket)
        return DeskTicket(
            number=ticket.number,
            version=ticket.version,
            subject=ticket.subject,
            body_html=render_message(ticket.body),
            status=ticket.status,
            allowed=MOVES[ticket.status] if ticket.merged_into_id is None else (),
            requester_name=ticket.requester_name,
            requester_email=ticket.requester_email,
            requester_history=_history(session, ticket),
            category=crumb(ticket.category),
            product=crumb(ticket.product),
            assignee_name=ticket.assignee.name if ticket.assignee else "",
            assigned_to_me=ticket.assignee_id == viewer.user_id,
            messages=tuple(_message(message, viewer, now) for message in _told(ticket)),
            events=tuple(_event(event) for event in ticket.events),
            shown=shown,
            suggested=suggested,
            insertable=_insertable(session, (*shown, *suggested)),
            rating=ticket.rating,
            rating_comment=ticket.rating_comment,
            promoted=promoted_article(session, ticket.id),
            client_key=secrets.token_urlsafe(18),
            created_at=ticket.created_at,
            first_reply_at=ticket.first_reply_at,
            solved_at=ticket.solved_at,
            handed=handed_why(ticket),
            side=desk_side(ports, session, viewer, ticket),
        )


def customer_ticket(ports: Ports, viewer: Viewer, number: str) -> CustomerTicket:
    """The requester's view; NotFound for everybody else."""
    require(viewer, Permission.TRACK)
    now = ports.clock()
    with reading(ports.database) as session:
        ticket = _by_number(session, number)
        if ticket.requester_key != viewer.voter_key or ticket.status in HIDDEN:
            raise NotFound(number)
        status = told_status(session, ticket, now)
        ended = status in ENDED
        return CustomerTicket(
            number=ticket.number,
            subject=ticket.subject,
            body_html=render_message(ticket.body),
            status=status,
            steps=_steps(ticket, status),
            messages=tuple(
                _message(message, viewer, now)
                for message in _told(ticket)
                if message.kind is MessageKind.REPLY and not is_held(message, now)
            ),
            can_reply=not ended,
            can_rate=ended,
            can_reopen=ended,
            rating=ticket.rating,
            rating_comment=ticket.rating_comment,
            shown=_shown(session, viewer, ticket),
            client_key=secrets.token_urlsafe(18),
            created_at=ticket.created_at,
            promise=promise_of(session.get(TicketClock, ticket.id), now),
            answers=answers(session, ticket.question_id),
            files=files(session, ticket.question_id),
        )


def _told(ticket: Ticket) -> list[Message]:
    """What was said, in order of time: merged tickets bring older messages."""
    return sorted(ticket.messages, key=lambda message: (message.created_at, message.id))


def promoted_article(session: Session, ticket_id: int) -> ArticleRef | None:
    """The article this ticket became, if it did (`deleted` when it lies in the bin)."""
    article = session.scalar(sa.select(Article).where(Article.source_ticket_id == ticket_id))
    if article is None:
        return None
    status = "deleted" if article.deleted_at else article.status.value
    return ArticleRef(article.id, article.title, article.slug, status)


def _history(session: Session, ticket: Ticket) -> tuple[TicketRow, ...]:
    """The requester's other tickets."""
    rules = [Ticket.requester_key == ticket.requester_key, Ticket.id != ticket.id]
    return ticket_rows(session, rules, Part(HISTORY))


def _shown(session: Session, viewer: Viewer, ticket: Ticket) -> tuple[ArticleCard, ...]:
    if ticket.question_id is None:
        return ()
    ids = session.scalars(
        sa.select(QuestionShown.target_id)
        .where(
            QuestionShown.question_id == ticket.question_id,
            QuestionShown.kind == ShownKind.ARTICLE,
        )
        .order_by(QuestionShown.position)
    )
    return cards_by_id(session, viewer, list(ids))


def _suggested(
    ports: Ports, session: Session, viewer: Viewer, ticket: Ticket
) -> tuple[ArticleCard, ...]:
    hits = ports.engine.similar(ticket.body[:400], SearchFilter(viewer.finding), SUGGESTED)
    return cards_by_id(session, viewer, [hit.ref_id for hit in hits])


def _insertable(session: Session, cards: tuple[ArticleCard, ...]) -> frozenset[int]:
    """Which of them may go into a reply: an internal title must not slip out."""
    ids = [card.article_id for card in cards]
    open_to_all = sa.select(Article.id).where(Article.id.in_(ids), Article.visible_to(CUSTOMERS))
    return frozenset(session.scalars(open_to_all))


def _message(message: Message, viewer: Viewer, now: datetime) -> MessageRow:
    html = render(message.body).html if message.from_staff else render_message(message.body)
    mine = message.author_id is not None and message.author_id == viewer.user_id
    return MessageRow(
        message.author_name,
        message.from_staff,
        message.kind,
        html,
        message.created_at,
        mine or (not message.from_staff and not viewer.is_staff),
        message.id,
        message.held_until if is_held(message, now) else None,
    )


def _event(event: TicketEvent) -> EventRow:
    return EventRow(event.actor_name, event.action, event.before, event.after, event.created_at)


def _steps(ticket: Ticket, status: TicketStatus) -> tuple[Step, ...]:
    """新建 → 处理中 → 处理完毕 → 关闭; a paused ticket stands at 处理中."""
    order = [TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.CLOSED]
    status = TicketStatus.OPEN if status is TicketStatus.PAUSED else status
    times = [ticket.created_at, ticket.first_reply_at, ticket.solved_at, ticket.closed_at]
    here = order.index(status)
    return tuple(
        Step(stage.value, place < here, place == here, at if place <= here else None)
        for place, (stage, at) in enumerate(zip(order, times, strict=True))
    )
