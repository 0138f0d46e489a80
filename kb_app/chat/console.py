"""The agents' side: the chats that concern me, and one of them with everything known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from kb_app.cards import Choice
from kb_app.chat.guests import GuestRow, guests_of
from kb_app.chat.lines import Line, all_lines
from kb_app.chat.panorama import Panorama, panorama
from kb_app.chat.presence import OnDuty, on_duty, still_there
from kb_app.chat.queue import waiting_works
from kb_app.chat.visiting import Visit, visits
from kb_app.errors import NotFound
from kb_app.passing import Passed, of_chat
from kb_app.permissions import Permission, may, require
from kb_app.ports import Ports
from kb_app.quick_replies import ReplyRow, replies
from kb_app.setup.catalogue import node_choices
from models import (
    AgentState,
    Chat,
    ChatOutcome,
    ChatSeat,
    ChatState,
    Team,
    Viewer,
    reading,
)

ROBOT_ROWS = 30


@dataclass(frozen=True)
class ChatCard:
    """A chat in a list. `waits_since` is when its customer began to wait for somebody."""

    chat_id: int
    public_id: str
    name: str
    topic: str
    state: ChatState
    agent: str
    agent_id: int | None
    why: str
    unread: int
    last_seq: int
    waits_since: datetime | None
    alarmed: bool
    offered_to_me: bool
    offered: bool
    created_at: datetime


@dataclass(frozen=True)
class Lists:
    """Mine, what is offered or waits, what others leave unanswered, what the robot has."""

    me: OnDuty
    mine: tuple[ChatCard, ...]
    waiting: tuple[ChatCard, ...]
    alarmed: tuple[ChatCard, ...]
    joined: tuple[ChatCard, ...]
    with_robot: tuple[ChatCard, ...]


@dataclass(frozen=True)
class Pane:
    """One chat in full, and what I may do with it."""

    card: ChatCard
    lines: tuple[Line, ...]
    outcome: ChatOutcome | None
    ticket: str
    end_reason: str
    rating: int | None
    contact: str
    page: str
    about: str
    said: tuple[str, ...]
    shown: tuple[str, ...]
    customer: Panorama
    mine: bool
    speaks: bool
    seated: bool
    colleagues: tuple[OnDuty, ...]
    teams: tuple[Choice, ...]
    may_manage: bool
    blocked: bool
    node_id: int | None
    nodes: tuple[Choice, ...]
    visits: tuple[Visit, ...]
    guests: tuple[GuestRow, ...]
    passed: Passed = field(default_factory=Passed)


@dataclass(frozen=True)
class ConsolePage:
    """The page: lists, the chat that is open, my quick replies."""

    lists: Lists
    pane: Pane | None
    replies: tuple[ReplyRow, ...]


def console(ports: Ports, viewer: Viewer, public_id: str) -> ConsolePage:
    """Everything the page shows at first; an unknown chat opens none."""
    require(viewer, Permission.DESK)
    opened: Pane | None = None
    if public_id:
        opened = pane(ports, viewer, public_id)
    return ConsolePage(lists(ports, viewer), opened, replies(ports, viewer, None).rows)


def lists(ports: Ports, viewer: Viewer) -> Lists:
    """The chats that concern me."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        seats = set(
            session.scalars(sa.select(ChatSeat.chat_id).where(ChatSeat.user_id == viewer.user_id))
        )
        cards = [card_of(chat, viewer) for chat in _concerning(session, viewer, seats)]
        order = {work.ticket_id: n for n, work in enumerate(waiting_works(ports, session))}
        me = _me(ports, session, viewer)
    if me.state is not AgentState.OFFLINE:
        still_there(ports, (me.user_id,), ())
    active = [card for card in cards if card.state is ChatState.ACTIVE]
    waiting = [card for card in cards if card.state is ChatState.WAITING]
    others = [card for card in active if card.agent_id != viewer.user_id]
    offered = [card for card in others if card.offered_to_me]
    queue = sorted(waiting, key=lambda card: order.get(card.chat_id, len(order)))
    robots = [card for card in cards if card.state is ChatState.ROBOT]
    return Lists(
        me,
        tuple(card for card in active if card.agent_id == viewer.user_id),
        (*offered, *queue),
        tuple(card for card in others if card.alarmed),
        tuple(card for card in others if card.chat_id in seats),
        tuple(robots),
    )


def _me(ports: Ports, session: Session, viewer: Viewer) -> OnDuty:
    for agent in on_duty(ports, session):
        if agent.user_id == viewer.user_id:
            return agent
    return OnDuty(viewer.user_id or 0, viewer.name, AgentState.OFFLINE, 0, 0)


def _concerning(session: Session, viewer: Viewer, seats: set[int]) -> list[Chat]:
    """Not what colleagues have well in hand: every console asks again and again."""
    me, active = viewer.user_id, Chat.state == ChatState.ACTIVE
    mine = sa.or_(Chat.agent_id == me, Chat.offered_to_id == me, Chat.alarmed_at.is_not(None))
    joined = Chat.id.in_(seats)
    wanted = sa.or_(Chat.state == ChatState.WAITING, sa.and_(active, sa.or_(mine, joined)))
    robots = session.scalars(
        sa.select(Chat)
        .where(Chat.state == ChatState.ROBOT)
        .order_by(Chat.id.desc())
        .limit(ROBOT_ROWS)
    ).all()
    query = sa.select(Chat).where(wanted).options(joinedload(Chat.agent)).order_by(Chat.id)
    return [*session.scalars(query), *reversed(robots)]


def open_chats(session: Session) -> list[Chat]:
    """Every chat that has not ended, oldest first."""
    return list(
        session.scalars(
            sa.select(Chat)
            .where(Chat.state != ChatState.ENDED)
            .options(joinedload(Chat.agent))
            .order_by(Chat.id)
        )
    )


def card_of(chat: Chat, viewer: Viewer) -> ChatCard:
    """A chat in a list, as this viewer sees it."""
    waits = chat.waiting_since if chat.state is ChatState.WAITING else None
    if chat.state is ChatState.ACTIVE and chat.customer_seq > chat.agent_seq:
        waits = chat.customer_at
    return ChatCard(
        chat.id,
        chat.public_id,
        chat.customer_name,
        chat.topic,
        chat.state,
        chat.agent.name if chat.agent else "",
        chat.agent_id,
        chat.why,
        max(0, chat.customer_seq - chat.agent_read),
        chat.last_seq,
        waits,
        chat.alarmed_at is not None,
        chat.offered_to_id is not None and chat.offered_to_id == viewer.user_id,
        chat.offered_to_id is not None,
        chat.created_at,
    )


def pane(ports: Ports, viewer: Viewer, public_id: str) -> Pane:
    """One chat, open or ended; staff may look at any."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        chat = session.scalar(sa.select(Chat).where(Chat.public_id == public_id))
        if chat is None:
            raise NotFound(public_id)
        seated = session.get(ChatSeat, (chat.id, viewer.user_id)) is not None
        mine = chat.agent_id == viewer.user_id and chat.state is ChatState.ACTIVE
        duty = on_duty(ports, session)
        teams = session.scalars(sa.select(Team).where(Team.is_active).order_by(Team.position))
        customer = panorama(ports, session, viewer, chat)
        return Pane(
            card_of(chat, viewer),
            all_lines(session, chat.id, staff=True),
            chat.outcome,
            chat.ticket.number if chat.ticket else "",
            chat.end_reason,
            chat.rating,
            chat.contact,
            chat.page,
            chat.about.number if chat.about else "",
            tuple(chat.summary.get("said", ())),
            tuple(chat.summary.get("shown", ())),
            customer,
            mine,
            mine or (seated and chat.state is ChatState.ACTIVE),
            seated,
            tuple(agent for agent in duty if agent.user_id != viewer.user_id),
            tuple(Choice(team.id, team.name) for team in teams),
            may(viewer, Permission.MANAGE_DESK),
            customer.blocked_until is not None,
            chat.node_id,
            node_choices(session),
            visits(session, chat.id),
            guests_of(ports, session, chat.id),
            of_chat(session, chat.id),
        )


def lines(ports: Ports, viewer: Viewer, public_id: str) -> tuple[Line, ...]:
    """What was said in a chat, for staff."""
    chat_id = find(ports, viewer, public_id)
    with reading(ports.database) as session:
        return all_lines(session, chat_id, staff=True)


def find(ports: Ports, viewer: Viewer, public_id: str) -> int:
    """The id of a chat; NotFound."""
    require(viewer, Permission.DESK)
    with reading(ports.database) as session:
        found = session.scalar(sa.select(Chat.id).where(Chat.public_id == public_id))
    if found is None:
        raise NotFound(public_id)
    return found
